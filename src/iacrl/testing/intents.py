"""Reading an intent from the forms that a test may use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from iacrl.domains.registry import all_domains, domain_names
from iacrl.errors import UserError
from iacrl.files import read_text
from iacrl.intent.vocabulary import knows
from iacrl.tasks import Intent, Task
from iacrl.yaml_text import read_yaml


def read_intent(
    source: Mapping[str, Any] | str | Path | Intent | Task, domain: str | None = None
) -> tuple[Intent, str]:
    """Return the intent and the name of its domain.

    Args:
        source: A dict, YAML or JSON text, the path of such a file, an intent, or a task that has one.
        domain: The domain. None: the domain of the task, or the one that the intent implies.

    Raises:
        UserError: It is invalid, does not exist, or does not identify the domain.
    """
    if isinstance(source, Intent):
        return source, domain or domain_of(source)
    if isinstance(source, Task):
        if source.intent is None:
            raise UserError(f"Task {source.id!r} has no intent: only its validity can be asserted, by assert_valid.")
        return source.intent, source.domain
    if isinstance(source, Path):
        try:
            return _read(read_yaml(read_text(source), str(source)), domain)
        except OSError as error:
            raise UserError(f"{source}: {error.strerror}.") from None
    return _read(read_yaml(source, "The intent") if isinstance(source, str) else source, domain)


def _read(raw: object, domain: str | None) -> tuple[Intent, str]:
    name = domain or domain_of(Intent.from_json(raw))
    return Intent.from_json(raw, name), name


def domain_of(intent: Intent) -> str:
    """Return the domain with all the categories of an intent.

    Raises:
        UserError: No domain has them all, or several do.
    """
    asked = intent.entity_types
    fitting = [domain.name for domain in all_domains() if all(knows(domain, each) for each in asked)]
    if len(fitting) == 1:
        return fitting[0]
    listed = " and ".join(sorted(map(str, asked)))
    if fitting:
        raise UserError(f"intent asks for {listed}, which {' and '.join(fitting)} have: give the domain as well.")
    raise UserError(f"intent asks for {listed}: no domain has them all. Domains: {', '.join(domain_names())}.")
