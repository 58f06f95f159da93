"""Turns schema errors into readable findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from iacrl.domains.kubernetes.findings import MAX_FINDINGS
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules import field_rules as rules
from iacrl.domains.kubernetes.rules.common import QUANTITY
from iacrl.domains.kubernetes.rules.configuration import BASE64
from iacrl.domains.kubernetes.schema import text_formats
from iacrl.domains.kubernetes.schema.custom_formats import PATTERN, PREFIX
from iacrl.domains.kubernetes.value_words import describe
from iacrl.domains.paths import path_text
from iacrl.domains.quantities import meant_quantity
from iacrl.domains.rules import Rule
from iacrl.errors import did_you_mean

if TYPE_CHECKING:
    import jsonschema_rs

_ARTICLES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
    "null": "null",
}

#: Errors of schemas that a decoder which is not strict does not have.
OF_STRICT_DECODING: Final = frozenset({"additionalProperties", "required"})
_FORMATS: Final[dict[str, tuple[Rule, str]]] = {
    text_formats.QUANTITY: (QUANTITY, "a quantity such as 500m or 1Gi"),
    text_formats.TIME: (rules.NOT_A_TIME, "a time such as 2026-01-31T12:00:00Z"),
    text_formats.MICRO_TIME: (rules.NOT_A_TIME, "a time with six digits after the second, 2026-01-31T12:00:00.000000Z"),
    text_formats.BASE64: (BASE64, "base64"),
}


def report_schema_errors(
    manifest: Manifest,
    validator: jsonschema_rs.Validator,
    schema: dict[str, Any],
    ignored: Callable[[jsonschema_rs.ValidationError], bool] | None = None,
) -> None:
    """Report each error of `manifest.values` against `schema`, the one that `validator` was compiled from.

    Args:
        manifest: The object.
        validator: The compiled schema.
        schema: The schema itself.
        ignored: Whether an error is not reported.
    """
    for error in islice(validator.iter_errors(manifest.values), MAX_FINDINGS):
        if ignored is None or not ignored(error):
            _report(manifest, error, schema)


def _report(manifest: Manifest, error: jsonschema_rs.ValidationError, schema: dict[str, Any]) -> None:
    steps = tuple(error.instance_path)
    kind: Any = error.kind  # one class per keyword, with the keyword's fields
    name = kind.name
    where = path_text(steps) or manifest.kind
    if name == "additionalProperties":
        known = _properties(schema, steps)
        for field in kind.unexpected:
            message = f"Unknown field {field!r} in {where}.{did_you_mean(field, known)}"
            manifest.report_key(rules.UNKNOWN_FIELD, message, *steps, field)
    elif name == "required":
        manifest.report(rules.MISSING_FIELD, f"{where} needs the field {kind.property!r}.", *steps)
    elif name == "type":
        message = f"{where} must be {_one_of(kind.types)}, not {describe(error.instance)}."
        manifest.report(rules.WRONG_TYPE, message, *steps)
    elif name in {"minimum", "maximum"} and abs(kind.limit) >= 2**31 - 1:
        bits = 32 if abs(kind.limit) <= 2**31 else 64
        message = f"{where} is a {bits}-bit integer and cannot hold {error.instance}."
        manifest.report(rules.NUMBER_TOO_LARGE, message, *steps)
    elif name == "format" and kind.format == "date-time":
        _report_text(manifest, text_formats.TIME, where, error.instance, steps)
    elif name == "format" and kind.format.startswith(PATTERN):
        pattern = kind.format.removeprefix(PATTERN)
        manifest.report(rules.CUSTOM, f"{where}: {describe(error.instance)} does not match {pattern!r}.", *steps)
    elif name == "format":
        wanted = kind.format.removeprefix(PREFIX)
        manifest.report(rules.CUSTOM, f"{where}: {describe(error.instance)} is not of the format {wanted}.", *steps)
    elif name == "pattern" and kind.pattern in _FORMATS:
        _report_text(manifest, kind.pattern, where, error.instance, steps)
    else:
        manifest.report(rules.CUSTOM, f"{where}: {error.message}.", *steps)


def _report_text(manifest: Manifest, pattern: str, where: str, value: Any, steps: tuple[str | int, ...]) -> None:
    rule, wanted = _FORMATS[pattern]
    meant = meant_quantity(value) if pattern == text_formats.QUANTITY and isinstance(value, str) else ""
    manifest.report(rule, f"{where} must be {wanted}, not {describe(value)}.{meant}", *steps)


def _one_of(types: Any) -> str:
    names = [_ARTICLES[name] for name in ([types] if isinstance(types, str) else types) if name != "null"]
    return " or ".join(names)


def _properties(schema: dict[str, Any], steps: tuple[str | int, ...]) -> set[str]:
    """Return the fields that the schema knows at a place of the instance."""
    known: set[str] = set()
    for inner in _schemas_at(schema, schema, steps):
        known.update(inner.get("properties", ()))
    return known


def _schemas_at(root: dict[str, Any], schema: dict[str, Any], steps: tuple[str | int, ...]) -> Iterator[dict[str, Any]]:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    if not steps:
        yield schema
        return
    step, rest = steps[0], steps[1:]
    inner = schema.get("items") if isinstance(step, int) else schema.get("properties", {}).get(step)
    if inner is None:
        inner = schema.get("additionalProperties")
    if isinstance(inner, dict):
        yield from _schemas_at(root, inner, rest)
