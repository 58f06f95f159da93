"""What a kind takes, for `iacrl schema show` and agents: `Deployment`, `Deployment.spec.template`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from iacrl.domains.brief_json_schema import SchemaForm, fields_of, type_words
from iacrl.domains.brief_schema import brief_lines, field_at
from iacrl.domains.kubernetes.schema.api_schemas import DEFAULT_VERSION, schemas_of
from iacrl.domains.kubernetes.schema.catalogue import all_catalogued, catalogued
from iacrl.domains.kubernetes.schema.installed import data_directories, installed_definitions
from iacrl.domains.programs import UnknownTypeError
from iacrl.errors import UserError, did_you_mean

#: Every kind has them, or nobody writes them: they are shown only on request.
_SHUT: Final = frozenset({"metadata", "status"})
_NO_REFERENCES: Final[Mapping[str, Any]] = {}


def brief_kind(name: str, api_version: str | None = None) -> list[str]:
    """Return what a kind or a field of it takes, in a few lines.

    Args:
        name: `KIND` or `KIND.FIELD.FIELD`, with an optional prefix `GROUP/VERSION/`.
        api_version: Selects one of several kinds with this name.

    Raises:
        UserError: The kind or field is unknown; the message names the nearest.
    """
    found, path, schema, others = _find(name, api_version)
    fields = fields_of(schema, SchemaForm(schema.get("$defs", _NO_REFERENCES), _SHUT, _words))
    head = f"{found}. * is required; NAME.FIELD shows what is in {{...}}."
    if others:
        head += f" Also in {', '.join(others)}."
    if not path:
        return [head, *brief_lines([field for field in fields if field.name not in ("apiVersion", "kind")])]
    field = field_at(fields, path, found.partition(" ")[0])
    inner = field.inner() if field.inner else ()
    return [f"{'.'.join(path)} of {head}", *(brief_lines(inner) if inner else [field.words])]


def show_kind(name: str, api_version: str | None) -> tuple[Sequence[str], Any]:
    """Return the same lines, and the whole JSON Schema of the kind.

    Raises:
        UserError: The kind or field is unknown.
    """
    return brief_kind(name, api_version), _find(name, api_version)[2]


def _find(name: str, api_version: str | None) -> tuple[str, list[str], Mapping[str, Any], list[str]]:
    """Return the kind in words, the path after it, its schema and the other apiVersions with this kind."""
    before, slash, rest = name.rpartition("/")
    kind, *path = rest.split(".")
    asked = before if slash else api_version
    shipped = schemas_of(DEFAULT_VERSION)
    added = [definition["spec"] for definition in installed_definitions(data_directories()[0])]
    custom: dict[str, Mapping[str, Any]] = {
        f"{spec['group']}/{version['name']}": (version.get("schema") or {}).get("openAPIV3Schema") or {}
        for spec in added
        if spec["names"]["kind"] == kind
        for version in spec["versions"]
    }
    for group, _, version in all_catalogued(data_directories()[0], kind):
        held = catalogued(data_directories()[0], group, kind, version)
        if held is not None:
            custom.setdefault(f"{group}/{version}", held.source)
    found = [*shipped.served.get(kind, ()), *custom]
    if not found:
        near = did_you_mean(kind, [*shipped.served, *(spec["names"]["kind"] for spec in added)])
        raise UnknownTypeError(f"No schema of kind {kind!r}.{near} `iacrl schema add` takes CustomResourceDefinitions.")
    if asked is not None and asked not in found:
        raise UserError(f"{kind} is not in {asked!r}. It is in {', '.join(found)}.")
    chosen = asked or max(found, key=_maturity)
    others = [each for each in found if each != chosen]
    if chosen in custom:
        return f"{kind} {chosen}", path, custom[chosen], others
    schema = shipped.schema(shipped.kinds[chosen][kind])
    return f"{kind} {chosen}, Kubernetes {DEFAULT_VERSION}", path, schema, others


def _maturity(api_version: str) -> tuple[bool, int, str]:
    """Order apiVersions: stable ones before alpha and beta, then by core API, group and newer version."""
    version = api_version.rpartition("/")[2]
    return "alpha" not in version and "beta" not in version, "/" not in api_version, version


def _words(schema: Mapping[str, Any]) -> str:
    return "integer or string" if schema.get("x-kubernetes-int-or-string") else type_words(schema)
