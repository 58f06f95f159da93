"""Reading an intent from the forms in which a test may hold it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from iacrl.domains.registry import all_domains
from iacrl.errors import UserError
from iacrl.tasks import Intent, Task


def read_intent(source: Mapping[str, Any] | str | Path | Intent | Task) -> Intent:
    """Return the intent.

    Args:
        source: A dict, YAML or JSON text, the path of such a file, an intent, or a task that has one.

    Raises:
        UserError: It breaks the intent language, or there is none.
    """
    if isinstance(source, Intent):
        return source
    if isinstance(source, Task):
        if source.intent is None:
            raise UserError(f"Task {source.id!r} has no intent: only its validity can be asserted, by assert_valid.")
        return source.intent
    if isinstance(source, Path):
        try:
            return _read_yaml(source.read_text(encoding="utf-8-sig"))
        except (UserError, OSError, UnicodeDecodeError) as error:
            raise UserError(f"{source}: {error}") from None
    return _read_yaml(source) if isinstance(source, str) else Intent.from_json(source)


def _read_yaml(text: str) -> Intent:
    try:
        return Intent.from_json(yaml.safe_load(text))
    except (yaml.YAMLError, RecursionError) as error:
        raise UserError(f"The intent is not YAML: {error}") from None


def domain_of(intent: Intent) -> str:
    """Return the domain that an intent speaks of: the first one whose categories it names.

    Raises:
        UserError: No domain has them all.
    """
    types = [wanted.entity_type for wanted in intent.must_exist] + [count.entity_type for count in intent.counts]
    categories = {each.category for each in (*types, *intent.must_not_exist)}
    for domain in all_domains():
        if categories <= {category.name for category in domain.categories}:
            return domain.name
    listed = ", ".join(sorted(categories))
    raise UserError(f"intent: no domain has the categories {listed} together; a text holds things of one or the other.")
