"""The short form of a JSON Schema; see `brief_schema`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from iacrl.domains.brief_schema import BriefField


def type_words(schema: Mapping[str, Any]) -> str:
    """Return the type of a scalar in words."""
    if schema.get("enum"):
        return "|".join(str(value) for value in schema["enum"])
    kind = schema.get("type")
    if "oneOf" in schema or isinstance(kind, list):
        return "integer or string"
    return str(kind or "any value")


class SchemaForm(NamedTuple):
    """What reading the fields of a schema needs to know.

    Attributes:
        definitions: What its references name.
        shut: Fields that stay closed when a whole type is shown.
        words: The type of a scalar in words.
    """

    definitions: Mapping[str, Any]
    shut: Collection[str] = ()
    words: Callable[[Mapping[str, Any]], str] = type_words


def fields_of(schema: Mapping[str, Any], form: SchemaForm) -> list[BriefField]:
    """Return the fields of a schema."""
    schema = _resolved(schema, form)
    required = schema.get("required") or ()
    return [_field(name, inner, form, name in required) for name, inner in (schema.get("properties") or {}).items()]


def _field(name: str, schema: Mapping[str, Any], form: SchemaForm, required: bool) -> BriefField:
    schema = _resolved(schema, form)
    around = ""
    while True:
        if isinstance(schema.get("items"), dict):
            around, schema = f"{around}list of ", _resolved(schema["items"], form)
        elif isinstance(schema.get("additionalProperties"), dict) and not schema.get("properties"):
            around, schema = f"{around}map of ", _resolved(schema["additionalProperties"], form)
        else:
            break
    if schema.get("properties"):
        words = around.removesuffix(" of ")
        return BriefField(name, words, required, lambda: fields_of(schema, form), shut=name in form.shut)
    return BriefField(name, f"{around}{form.words(schema)}", required)


def _resolved(schema: Mapping[str, Any], form: SchemaForm) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = form.definitions.get(schema["$ref"].rpartition("/")[2], {})
    return schema
