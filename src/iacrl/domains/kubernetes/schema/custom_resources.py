"""Custom resources: schemas from CustomResourceDefinitions, in the same text or added by the user before.

Without a schema, an object is "not checked": neither valid nor invalid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from iacrl.domains.kubernetes.manifest_checks import TOO_MUCH, Manifest
from iacrl.domains.kubernetes.rules import object_rules as rules
from iacrl.domains.kubernetes.rules.custom_rules import CRD_RULE
from iacrl.domains.kubernetes.rules.field_rules import DUPLICATE_ITEM
from iacrl.domains.kubernetes.rules.metadata import check_metadata, check_owners
from iacrl.domains.kubernetes.rules.names_labels import check_metadata_of_template
from iacrl.domains.kubernetes.schema.catalogue import PARTLY, catalogued
from iacrl.domains.kubernetes.schema.crd_schemas import (
    CustomSchema,
    CustomVersion,
    embedded_objects,
    repeated_items,
    schemas_in,
)
from iacrl.domains.kubernetes.schema.custom_defaults import with_defaults
from iacrl.domains.kubernetes.schema.installed import data_directories, installed_kind
from iacrl.domains.kubernetes.schema.object_metadata import object_metadata
from iacrl.domains.kubernetes.schema.schema_errors import report_schema_errors
from iacrl.domains.paths import path_text
from iacrl.effort import TooMuchError

if TYPE_CHECKING:
    import jsonschema_rs

CRD: Final = "CustomResourceDefinition"


def check_custom_resources(customs: list[Manifest], manifests: list[Manifest]) -> tuple[str, ...]:
    """Check custom resources by the known definitions; return a note for each kind without one."""
    known: dict[tuple[str, str], dict[str, CustomVersion]] = {}
    folders = data_directories()
    for group, kind in dict.fromkeys((manifest.group, manifest.kind) for manifest in customs):
        if versions := next(filter(None, (installed_kind(folder, group, kind) for folder in folders)), None):
            known[group, kind] = versions
    for each in manifests:
        if each.kind == CRD and each.sound:
            known |= schemas_in(each.values)
    unchecked: dict[str, None] = {}
    for manifest in customs:
        note = f"{manifest.kind} {manifest.api_version}"[:200]
        served = known.get((manifest.group, manifest.kind))
        name = manifest.api_version.rpartition("/")[2]
        in_part = (catalogued(folder, manifest.group, manifest.kind, name) for folder in folders)
        if served is None and (version := next(filter(None, in_part), None)):
            unchecked |= dict.fromkeys(f"{note}: {why}" for why in (*_check(manifest, version), PARTLY))
            manifest.judged = False
        elif served is None:
            check_metadata(manifest, builtin=False, named=False)
            unchecked[f"{note}: no schema"] = None
            manifest.judged = False
        elif name not in served:
            instead = " or ".join(f"{manifest.group}/{version}" for version in served)
            message = f"{manifest.kind} is not served by {manifest.api_version!r}. Write {instead}."
            manifest.report(rules.WRONG_API_VERSION, message, "apiVersion")
        else:
            reasons = _check(manifest, served[name])
            unchecked |= dict.fromkeys(f"{note}: {why}" for why in reasons)
            manifest.judged = not reasons
        if manifest.findings.full:
            break
    return tuple(unchecked)


def _check(manifest: Manifest, version: CustomVersion) -> tuple[str, ...]:
    """Check an object, and return what of it was not checked."""
    try:
        return _check_all(manifest, version)
    except TooMuchError:
        return (TOO_MUCH,)


def _check_all(manifest: Manifest, version: CustomVersion) -> tuple[str, ...]:
    """Check an object against its version as the server does: without a status, with defaults, rules last."""
    schema = version.schema(manifest.minor)
    if schema.validator is None:
        return ("its schema cannot be compiled",)
    values = manifest.values
    if version.drops_status and "status" in values:
        report_schema_errors(manifest, schema.validator, schema.schema, _is_not_an_unknown_status)
        values = {name: value for name, value in values.items() if name != "status"}
    manifest.values = values = with_defaults(schema.source, values)
    _check_object_metadata(manifest, values.get("metadata"), "metadata")
    if not schema.validator.is_valid(values):
        report_schema_errors(manifest, schema.validator, schema.schema)
        return ()
    manifest.sound = True
    check_metadata(manifest, builtin=False, named=True)
    if schema.has_lists:
        for steps, identity in repeated_items(schema.source, values):
            manifest.report(DUPLICATE_ITEM, f"{path_text(steps)} is a duplicate: {identity}.", *steps)
    if schema.has_objects:
        for steps, inner in embedded_objects(schema.source, values):
            _check_embedded(manifest, inner, *steps)
    if schema.has_rules:
        _check_rules(manifest, schema)
    return ()


def _is_not_an_unknown_status(error: jsonschema_rs.ValidationError) -> bool:
    return error.kind.name != "additionalProperties" or error.instance_path[:1] != ["status"]


def _check_object_metadata(manifest: Manifest, metadata: Any, *at: str | int) -> bool:
    """Check metadata against Kubernetes' own schema, and its owners; return whether it fits."""
    if metadata is None:
        return True
    decoded = object_metadata(manifest, metadata, *at)
    if decoded and decoded.get("ownerReferences"):
        check_owners(manifest, decoded["ownerReferences"], *at)
    return decoded is not None


def _check_embedded(manifest: Manifest, inner: dict[str, Any], *at: str | int) -> None:
    metadata = inner.get("metadata")
    if metadata and _check_object_metadata(manifest, metadata, *at, "metadata"):
        check_metadata_of_template(manifest, metadata, *at, "metadata")


def _check_rules(manifest: Manifest, schema: CustomSchema) -> None:
    from iacrl.domains.kubernetes.cel.crd_rules import broken_rules

    for steps, message in broken_rules(schema.source, manifest.values):
        manifest.report(CRD_RULE, message, *steps)
