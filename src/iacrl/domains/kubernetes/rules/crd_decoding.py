"""The parts of a custom kind's schema that Kubernetes' own schema of it leaves open: whether they can be decoded.

Source: `marshal.go` in `staging/src/k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1`. Inside these parts the
API server drops unknown fields without an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import Step
from iacrl.domains.kubernetes.rules.field_rules import WRONG_TYPE
from iacrl.domains.kubernetes.schema.api_schemas import schemas_of
from iacrl.domains.kubernetes.schema.schema_errors import OF_STRICT_DECODING, report_schema_errors
from iacrl.domains.kubernetes.schema.zero_values import without_nulls
from iacrl.domains.kubernetes.value_words import describe
from iacrl.domains.paths import path_text

_SCHEMA: Final = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"
#: Fields with schemas by name, with a list of schemas, and with a schema or a boolean.
_BY_NAME: Final = ("definitions", "patternProperties", "properties")
_LISTS: Final = ("allOf", "anyOf", "oneOf")
_OR_BOOLEAN: Final = ("additionalItems", "additionalProperties")


def is_decodable(manifest: Manifest, schema: dict[str, Any], *at: Step) -> bool:
    """Report the parts of a schema that the API server cannot decode; return whether there are none.

    Args:
        manifest: The definition.
        schema: A schema that fits Kubernetes' own schema of it.
        at: The steps to the schema.
    """
    before = len(manifest.findings.errors)
    for steps, part in _open_parts(schema):
        here = (*at, *steps)
        if isinstance(part, dict):
            _check_part(manifest, part, *here)
        elif steps[-1] in _OR_BOOLEAN and part is not None and not isinstance(part, bool):
            message = f"{path_text(here)} must be a mapping or a boolean, not {describe(part)}."
            manifest.report(WRONG_TYPE, message, *here)
        elif isinstance(part, list) and steps[-1] == "items":
            for index, each in enumerate(part):
                _check_part(manifest, each, *here, index)
    return len(manifest.findings.errors) == before


def _check_part(manifest: Manifest, part: Any, *at: Step) -> None:
    schemas = schemas_of(manifest.version)
    definition = schemas.schema(_SCHEMA)
    decoded = without_nulls(part, definition, definition["$defs"]) if isinstance(part, dict) else part
    inside = Manifest(decoded, manifest.document, (*manifest.steps, *at), manifest.findings, manifest.version)
    inside.kind = path_text(at)
    before = len(manifest.findings.errors)
    validator = schemas.validator(_SCHEMA)
    if not validator.is_valid(decoded):
        report_schema_errors(inside, validator, definition, lambda error: error.kind.name in OF_STRICT_DECODING)
    if isinstance(decoded, dict) and len(manifest.findings.errors) == before:
        is_decodable(manifest, decoded, *at)


def _open_parts(schema: dict[str, Any]) -> Iterator[tuple[tuple[Step, ...], Any]]:
    """Yield the open parts of a schema, and of the schemas in it that are not inside such a part."""
    for field in ("items", *_OR_BOOLEAN):
        if field in schema:
            yield (field,), schema[field]
    for name, part in (schema.get("dependencies") or {}).items():
        yield ("dependencies", name), part
    for steps, inner in _inner(schema):
        if isinstance(inner, dict):
            for deeper, part in _open_parts(inner):
                yield (*steps, *deeper), part


def _inner(schema: dict[str, Any]) -> Iterator[tuple[tuple[Step, ...], Any]]:
    for field in _BY_NAME:
        for name, inner in (schema.get(field) or {}).items():
            yield (field, name), inner
    for field in _LISTS:
        for index, inner in enumerate(schema.get(field) or ()):
            yield (field, index), inner
    yield ("not",), schema.get("not")
