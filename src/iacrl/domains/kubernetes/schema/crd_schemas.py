"""Turns a CustomResourceDefinition's structural schema into a compiled JSON Schema.

Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from iacrl.domains.kubernetes.schema.custom_formats import CHECKED_FORMATS, PATTERN, PREFIX, is_date_time, pattern_check
from iacrl.domains.kubernetes.schema.custom_numbers import FORMATS_SINCE, with_number_limits
from iacrl.domains.paths import Steps

if TYPE_CHECKING:
    import jsonschema_rs

#: Keywords with the same meaning in JSON Schema.
_SAME: Final = (
    "enum", "maxItems", "maxLength", "maxProperties", "maximum", "minItems", "minLength", "minProperties", "minimum",
    "multipleOf", "required", "uniqueItems",
)  # fmt: skip
#: What every object has. Its metadata is checked separately, against Kubernetes' own schema.
_RESOURCE: Final[dict[str, Any]] = {
    "apiVersion": {"type": "string", "minLength": 1},
    "kind": {"type": "string", "minLength": 1},
    "metadata": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
}


@dataclass(frozen=True, slots=True)
class CustomSchema:
    """One version of a custom kind.

    Attributes:
        schema: The converted JSON Schema.
        validator: The compiled schema; None if it cannot be compiled (an invalid regular expression).
        has_rules: Whether it has CEL rules (`x-kubernetes-validations`).
        source: The structural schema that was converted.
        has_lists: Whether a list in it is a set or a map, whose items must differ.
        has_objects: Whether a value in it is a whole object (`x-kubernetes-embedded-resource`).
    """

    schema: dict[str, Any]
    validator: jsonschema_rs.Validator | None
    has_rules: bool
    source: dict[str, Any]
    has_lists: bool
    has_objects: bool


class CustomVersion:
    """One served version of a custom kind, compiled on first use.

    Attributes:
        source: The structural schema; empty if the version has none.
        drops_status: Whether the server drops the status of a new object.
    """

    def __init__(self, version: dict[str, Any]) -> None:
        self.source = (version.get("schema") or {}).get("openAPIV3Schema") or {}
        self.drops_status = (version.get("subresources") or {}).get("status") is not None
        self._compiled: dict[bool, CustomSchema] = {}

    def schema(self, minor: int) -> CustomSchema:
        """Return the compiled schema, as a minor version of Kubernetes understands it.

        Raises:
            TooMuchError: A pattern takes too long to compile.
        """
        formats = minor >= FORMATS_SINCE
        if formats not in self._compiled:
            self._compiled[formats] = _compiled(json.dumps(self.source), formats)
        return self._compiled[formats]


def schemas_in(definition: dict[str, Any]) -> dict[tuple[str, str], dict[str, CustomVersion]]:
    """Return `{(group, kind): {version: schema}}` for a definition that fits its own schema."""
    spec = definition["spec"]
    found = {version["name"]: CustomVersion(version) for version in spec["versions"] if version.get("served")}
    return {(spec["group"], spec["names"]["kind"]): found}


@lru_cache(maxsize=256)
def _compiled(text: str, formats: bool) -> CustomSchema:
    import jsonschema_rs

    source = json.loads(text)
    schema = convert(source, formats=formats, strict=True)
    schema["properties"] = {
        **schema.get("properties", {}),
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"type": "object"},
    }
    try:
        validator: jsonschema_rs.Validator | None = compile_custom(schema)
    except (ValueError, jsonschema_rs.ValidationError):
        validator = None
    return CustomSchema(
        schema,
        validator,
        '"x-kubernetes-validations"' in text,
        source,
        '"x-kubernetes-list-type"' in text,
        '"x-kubernetes-embedded-resource"' in text,
    )


def _patterns(schema: Any) -> Iterator[str]:
    """Yield the patterns that a converted schema has as formats."""
    if isinstance(schema, dict):
        name = schema.get("format")
        if isinstance(name, str) and name.startswith(PATTERN):
            yield name
        schema = list(schema.values())
    if isinstance(schema, list):
        for inner in schema:
            yield from _patterns(inner)


def compile_custom(schema: dict[str, Any]) -> jsonschema_rs.Validator:
    """Compile a converted schema.

    Raises:
        ValueError: A pattern is invalid for this engine.
        TooMuchError: A pattern takes too long to compile.
    """
    import jsonschema_rs

    formats = {**CHECKED_FORMATS, "date-time": is_date_time}
    formats |= {name: pattern_check(name.removeprefix(PATTERN)) for name in _patterns(schema)}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True, formats=formats)


def repeated_items(source: dict[str, Any], value: Any, steps: Steps = ()) -> Iterator[tuple[Steps, str]]:
    """Yield the place of each repeated item of a set or map, and the item, in a value that its schema allows."""
    properties, rest = source.get("properties") or {}, source.get("additionalProperties")
    if isinstance(value, dict):
        for name, inner in value.items():
            schema = properties.get(name, rest)
            if isinstance(schema, dict):
                yield from repeated_items(schema, inner, (*steps, name))
    elif isinstance(value, list) and isinstance(source.get("items"), dict):
        items, kind = source["items"], source.get("x-kubernetes-list-type")
        keys = source.get("x-kubernetes-list-map-keys") or ()
        seen: set[str] = set()
        for index, item in enumerate(value):
            if kind in {"set", "map"}:
                identity = _identity(item, items, keys) if kind == "map" else json.dumps(item, sort_keys=True)
                if identity in seen:
                    yield (*steps, index), identity
                seen.add(identity)
            yield from repeated_items(items, item, (*steps, index))


def embedded_objects(source: dict[str, Any], value: Any, steps: Steps = ()) -> Iterator[tuple[Steps, dict[str, Any]]]:
    """Yield the places of whole objects in a value that its schema allows, and the objects."""
    if source.get("x-kubernetes-embedded-resource") and isinstance(value, dict):
        yield steps, value
    properties, rest = source.get("properties") or {}, source.get("additionalProperties")
    pairs: Any = ()
    if isinstance(value, dict):
        pairs = [(name, properties.get(name, rest), inner) for name, inner in value.items()]
    elif isinstance(value, list):
        pairs = [(index, source.get("items"), inner) for index, inner in enumerate(value)]
    for step, schema, inner in pairs:
        if isinstance(schema, dict):
            yield from embedded_objects(schema, inner, (*steps, step))


def _identity(item: Any, schema: dict[str, Any], keys: Sequence[str]) -> str:
    """Return the keys of a map's item, with defaults for those left out."""
    fields = schema.get("properties") or {}
    return json.dumps({key: item.get(key, (fields.get(key) or {}).get("default")) for key in keys}, sort_keys=True)


def convert(source: dict[str, Any], *, formats: bool, strict: bool, kept: bool = False) -> dict[str, Any]:
    """Return the JSON Schema of a structural schema.

    Args:
        source: OpenAPI v3 in the form that Kubernetes allows.
        formats: Whether the release compares numbers with the range of their format.
        strict: Whether to refuse unknown fields, as the API server does. Inside `anyOf` and similar keywords they are
            allowed: those only add conditions.
        kept: Whether this is an item of a list that keeps unknown fields: its items keep them too.
    """
    kept = kept or bool(source.get("x-kubernetes-preserve-unknown-fields"))
    schema: dict[str, Any] = {name: source[name] for name in _SAME if source.get(name) is not None}
    if not schema.get("enum", True):
        del schema["enum"]  # an empty one has no effect
    patterns = [{"format": f"{PATTERN}{source['pattern']}"}] if source.get("pattern") else []
    if source.get("x-kubernetes-int-or-string"):
        schema["type"] = ["integer", "string"]
    elif source.get("type") is not None:
        schema["type"] = source["type"]
    if source.get("nullable"):
        if "type" in schema:
            kinds = schema["type"]
            schema["type"] = [*kinds, "null"] if isinstance(kinds, list) else [kinds, "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    schema = with_number_limits(schema, source, formats)
    for end in ("Minimum", "Maximum"):
        # In OpenAPI a flag makes the minimum exclusive; in JSON Schema it is a number of its own.
        if source.get(f"exclusive{end}") is True and end.lower() in schema:
            schema[f"exclusive{end}"] = schema.pop(end.lower())
    if source.get("format") == "date-time":
        schema["format"] = "date-time"
    elif f"{PREFIX}{source.get('format')}" in CHECKED_FORMATS:
        schema["format"] = f"{PREFIX}{source['format']}"
    for name in ("allOf", "anyOf", "oneOf"):
        if source.get(name) and not source.get("x-kubernetes-int-or-string"):
            schema[name] = [convert(each, formats=formats, strict=False) for each in source[name]]
    if patterns:
        schema["allOf"] = [*schema.get("allOf", ()), *patterns]
    if isinstance(source.get("not"), dict):
        schema["not"] = convert(source["not"], formats=formats, strict=False)
    if isinstance(source.get("items"), dict):
        schema["items"] = convert(source["items"], formats=formats, strict=strict, kept=kept)
    _convert_fields(schema, source, formats, strict, kept)
    return schema


def _convert_fields(schema: dict[str, Any], source: dict[str, Any], formats: bool, strict: bool, kept: bool) -> None:
    embedded = bool(source.get("x-kubernetes-embedded-resource"))
    if embedded and strict:
        source = {**source, "properties": {**_RESOURCE, **(source.get("properties") or {})}}
        schema["required"] = [*(schema.get("required") or ()), "apiVersion", "kind"]
    if source.get("properties"):
        schema["properties"] = {
            name: convert(each, formats=formats, strict=strict) for name, each in source["properties"].items()
        }
    rest = source.get("additionalProperties")
    if isinstance(rest, dict):
        schema["additionalProperties"] = convert(rest, formats=formats, strict=strict)
    elif rest is not None:
        schema["additionalProperties"] = rest
    elif strict and source.get("type") == "object" and not kept:
        schema["additionalProperties"] = False
