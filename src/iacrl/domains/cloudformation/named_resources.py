"""The resource types that a request names, with what each takes, for prompts. The schemas are cfn-lint's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from iacrl.domains.brief_json_schema import SchemaForm, fields_of
from iacrl.domains.brief_schema import brief_lines
from iacrl.domains.named_types import named_in_words, words_key

#: The region whose types are known by name; nearly all regions have them.
_REGION = "us-east-1"
_TYPE = re.compile(r"\bAWS::\w+::\w+")
_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*")


def named_resources(request: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield each resource type that a request names, and the lines that say what it takes.

    Raises:
        UserError: cfn-lint is not installed.
    """
    from iacrl.extras import require

    require("Schemas of CloudFormation", "cloudformation", ("cfnlint",))
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    known = _types()
    names = {name for group in known.values() for name in group}
    written = [name for name in dict.fromkeys(_TYPE.findall(request)) if name in names]
    for name in dict.fromkeys([*written, *named_in_words(request, known, frozenset())]):
        schema: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema(_REGION, name).schema
        given_back = {path.rpartition("/")[2] for path in schema.get("readOnlyProperties") or ()}
        fields = [
            field
            for field in fields_of(schema, SchemaForm(schema.get("definitions") or {}))
            if field.name not in given_back
        ]
        yield name, brief_lines(fields)


@cache
def _types() -> Mapping[str, Sequence[str]]:
    """Return the key of each type's service and name to the types that have it."""
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    found: dict[str, list[str]] = {}
    for name in sorted(PROVIDER_SCHEMA_MANAGER.get_resource_types(_REGION)):
        _, service, kind = name.split("::")[:3]
        found.setdefault(words_key([*_HUMP.findall(service), *_HUMP.findall(kind)]), []).append(name)
    return found
