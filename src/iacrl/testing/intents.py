"""Reading an intent from the forms in which a test may hold it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

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
    """Return the domain that an intent speaks of: only Kubernetes has the category `object`.

    Raises:
        UserError: It speaks of both.
    """
    sorts = [wanted.entity_type for wanted in intent.must_exist] + [count.entity_type for count in intent.counts]
    sorts += intent.must_not_exist
    objects = {sort.category == "object" for sort in sorts}
    if len(objects) > 1:
        raise UserError("intent asks for Kubernetes objects and for Terraform: a text holds one or the other.")
    return "kubernetes" if objects == {True} else "terraform"
