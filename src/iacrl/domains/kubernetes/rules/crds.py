"""CustomResourceDefinitions: names, versions, and the structural schema of each version."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import Step, entries, placed
from iacrl.domains.kubernetes.rules.crd_decoding import is_decodable
from iacrl.domains.kubernetes.rules.crd_structure import FORBIDDEN, check_structure, is_said
from iacrl.domains.kubernetes.rules.crd_versions import (
    check_deprecation,
    check_review_versions,
    check_selectable_fields,
)
from iacrl.domains.kubernetes.rules.extension import check_client
from iacrl.domains.kubernetes.rules.rule_sources import page
from iacrl.domains.kubernetes.value_words import describe
from iacrl.domains.paths import path_text
from iacrl.domains.rules import coded_rule
from iacrl.go_patterns import compile_go_pattern
from iacrl.patterns import InvalidPatternError

_CRDS = page("tasks/extend-kubernetes/custom-resources/custom-resource-definitions")

CRD_NAME = coded_rule(
    "KB478",
    "Bad name of a CustomResourceDefinition",
    "Its name is the plural of its kind, '.' and its group, which has at least one dot; the names are lower-case.",
    _CRDS,
)
CRD_VERSIONS = coded_rule(
    "KB479",
    "Bad versions of a CustomResourceDefinition",
    "Exactly one version is the storage version, each name is used once, and each version has a schema; the paths of "
    "its subresources begin with .spec and .status, those of its printer columns with '.'.",
    _CRDS + "#specifying-a-structural-schema",
)
CRD_SCHEMA = coded_rule(
    "KB485",
    "Schema that is not structural",
    "Each value in the schema of a CustomResourceDefinition has one of the six types (or x-kubernetes-int-or-string "
    "or x-kubernetes-preserve-unknown-fields), each array has items, properties and additionalProperties exclude each "
    "other, defaults and patterns are well formed, and $ref, definitions and uniqueItems do not exist.",
    _CRDS + "#specifying-a-structural-schema",
)

_TYPES: Final = frozenset({"array", "boolean", "integer", "number", "object", "string"})
_COLUMN_TYPES: Final = frozenset({"boolean", "date", "integer", "number", "string"})
_COLUMN_FORMATS: Final = frozenset({"byte", "date", "date-time", "double", "float", "int32", "int64", "password"})
#: Source: `allowedFieldsAtRootSchema` in `apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go`.
_NOT_BESIDE_STATUS: Final = (
    "allOf", "anyOf", "enum", "maxProperties", "minProperties", "not", "oneOf",
    "x-kubernetes-embedded-resource", "x-kubernetes-map-type",
)  # fmt: skip
_PROTECTED: Final = ("k8s.io", "kubernetes.io")
_APPROVAL: Final = "api-approved.kubernetes.io"
_LISTS: Final = frozenset({"atomic", "set", "map"})


def check_custom_resource_definition(manifest: Manifest) -> None:
    """Check a CustomResourceDefinition. With an error it is no longer `sound`: no object is checked against it."""
    before = len(manifest.findings.errors)
    spec = manifest.values.get("spec") or {}
    _check_names(manifest, spec)
    manifest.one_of(spec.get("scope"), ("Cluster", "Namespaced"), "spec", "scope")
    if spec.get("preserveUnknownFields"):
        message = "preserveUnknownFields belongs to v1beta1: write x-kubernetes-preserve-unknown-fields in the schema."
        manifest.report(CRD_SCHEMA, message, "spec", "preserveUnknownFields")
    versions = entries(spec.get("versions"))
    stored = [version for _, version in versions if version.get("storage")]
    if len(stored) != 1:
        message = f"Exactly one version is stored (storage: true), not {len(stored)}."
        manifest.report(CRD_VERSIONS, message, "spec", "versions")
    for index, version in versions:
        _check_version(manifest, version, "spec", "versions", index)
    named = [(version.get("name") or "", ("spec", "versions", index, "name")) for index, version in versions]
    manifest.report_duplicates(CRD_VERSIONS, named, "the version")
    _check_conversion(manifest, spec.get("conversion") or {}, "spec", "conversion")
    manifest.sound = len(manifest.findings.errors) == before


def _check_names(manifest: Manifest, spec: dict[str, Any]) -> None:
    names, api_group = spec.get("names") or {}, spec.get("group") or ""
    if grammar.dns_subdomain(api_group) or "." not in api_group:
        manifest.report(CRD_NAME, f"The group {api_group!r} is not a domain with a dot.", "spec", "group")
    elif api_group.endswith(tuple(f".{each}" for each in _PROTECTED)) or api_group in _PROTECTED:
        annotations = (manifest.values.get("metadata") or {}).get("annotations") or {}
        if not _is_approval(annotations.get(_APPROVAL) or ""):
            message = (
                f"The group {api_group!r} is Kubernetes' own: a definition in it needs the annotation {_APPROVAL} "
                "with a URL, or a text that begins with 'unapproved'."
            )
            manifest.report(CRD_NAME, message, "spec", "group")
    plural = names.get("plural") or ""
    if manifest.name and manifest.name != f"{plural}.{api_group}":
        message = f"The name must be {f'{plural}.{api_group}'!r}, the plural and the group."
        manifest.report(CRD_NAME, message, "metadata", "name")
    given: list[tuple[str, tuple[Step, ...]]] = [(plural, ("plural",)), (names.get("singular") or "", ("singular",))]
    given += [(each, ("shortNames", index)) for index, each in entries(names.get("shortNames"))]
    given += [(each, ("categories", index)) for index, each in entries(names.get("categories"))]
    for name, steps in given:
        if (name or steps != ("singular",)) and (why := grammar.dns_1035_label(name)):
            manifest.report(CRD_NAME, f"The {steps[0]} {name!r}: {why}.", "spec", "names", *steps)
    kind, listing = names.get("kind") or "", names.get("listKind") or ""
    if manifest.needs(names, "kind", "spec", "names") and (why := grammar.dns_1035_label(kind.lower())):
        manifest.report(CRD_NAME, f"The kind {kind!r}: {why}.", "spec", "names", "kind")
    if listing and (why := grammar.dns_1035_label(listing.lower())):
        manifest.report(CRD_NAME, f"The listKind {listing!r}: {why}.", "spec", "names", "listKind")
    if listing and listing == kind:
        manifest.report(CRD_NAME, "kind and listKind must differ.", "spec", "names", "listKind")


def _is_approval(text: str) -> bool:
    """Return whether a text names an approval: `GetAPIApprovalState` of the API extensions."""
    if text.startswith("unapproved"):
        return True
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc) and text == text.strip()


def _check_version(manifest: Manifest, version: dict[str, Any], *at: Step) -> None:
    if why := grammar.dns_1035_label(version.get("name") or ""):
        manifest.report(CRD_VERSIONS, f"The version {version.get('name')!r}: {why}.", *at)
    schema, here = (version.get("schema") or {}).get("openAPIV3Schema"), (*at, "schema", "openAPIV3Schema")
    if not schema:
        manifest.report(CRD_VERSIONS, "Each version needs schema.openAPIV3Schema.", *at)
    elif schema.get("type") != "object" and (schema.get("type") or not schema.get("x-kubernetes-int-or-string")):
        message = "The schema of a version has type object at its root."
        manifest.report(CRD_VERSIONS, message, *here)
    else:
        before = len(manifest.findings.errors)
        if is_decodable(manifest, schema, *here):
            _check_schema(manifest, schema, *here)
        if (version.get("subresources") or {}).get("status") is not None:
            _check_root(manifest, schema, *here)
        if len(manifest.findings.errors) == before:
            check_structure(manifest, CRD_SCHEMA, schema, *here)
    check_deprecation(manifest, CRD_VERSIONS, version, *at)
    check_selectable_fields(manifest, CRD_VERSIONS, version, *at)
    scale = (version.get("subresources") or {}).get("scale") or {}
    for field, root in (
        ("specReplicasPath", ".spec."),
        ("statusReplicasPath", ".status."),
        ("labelSelectorPath", (".spec.", ".status.")),
    ):
        path = scale.get(field)
        if path is not None and not path.startswith(root):
            message = f"{field} {path!r} must begin with {root if isinstance(root, str) else ' or '.join(root)}."
            manifest.report(CRD_VERSIONS, message, *at, "subresources", "scale", field)
    for place, column in placed(version.get("additionalPrinterColumns"), *at, "additionalPrinterColumns"):
        manifest.needs(column, "name", *place)
        manifest.one_of(column["type"], _COLUMN_TYPES, *place, "type")
        manifest.one_of(column.get("format") or None, _COLUMN_FORMATS, *place, "format")
        if not column["jsonPath"].startswith("."):
            manifest.report(CRD_VERSIONS, f"jsonPath {column['jsonPath']!r} must begin with '.'.", *place, "jsonPath")


def _check_root(manifest: Manifest, schema: dict[str, Any], *at: Step) -> None:
    """Check the root of a schema that has a status subresource."""
    for field in _NOT_BESIDE_STATUS:
        if schema.get(field) is not None and schema[field] is not False:
            manifest.report_key(
                CRD_SCHEMA, f"The root of a schema cannot have {field} where status is a subresource.", *at, field
            )


def _check_conversion(manifest: Manifest, conversion: dict[str, Any], *at: Step) -> None:
    strategy, webhook = conversion.get("strategy"), conversion.get("webhook") or {}
    if not manifest.one_of(strategy, ("None", "Webhook"), *at, "strategy"):
        return
    if strategy == "Webhook":
        if manifest.needs(conversion, "webhook", *at):
            if manifest.needs(webhook, "conversionReviewVersions", *at, "webhook"):
                versions = webhook["conversionReviewVersions"]
                check_review_versions(manifest, CRD_VERSIONS, versions, *at, "webhook", "conversionReviewVersions")
            check_client(manifest, webhook.get("clientConfig") or {}, *at, "webhook", "clientConfig")
    elif webhook:
        manifest.report_key(CRD_VERSIONS, "A webhook needs the strategy Webhook.", *at, "webhook")


def _check_schema(manifest: Manifest, schema: dict[str, Any], *at: Step) -> None:
    """Check one value's schema and the schemas inside it. Conditions (allOf and similar) are skipped."""
    kind = schema.get("type") or None
    either = bool(schema.get("x-kubernetes-int-or-string"))
    if kind is None:
        if not either and not schema.get("x-kubernetes-preserve-unknown-fields"):
            manifest.report(CRD_SCHEMA, f"{path_text(at)} needs a type.", *at)
    elif kind not in _TYPES:
        manifest.one_of(kind, _TYPES, *at, "type")
    for field in FORBIDDEN:
        if is_said(schema, field):
            manifest.report_key(CRD_SCHEMA, f"A schema cannot contain {field}.", *at, field)
    if schema.get("uniqueItems"):
        manifest.report_key(CRD_SCHEMA, "uniqueItems: write x-kubernetes-list-type: set.", *at, "uniqueItems")
    _check_value(manifest, schema, *at)
    _check_list(manifest, schema, kind, *at)
    properties, rest = schema.get("properties") or {}, schema.get("additionalProperties")
    if properties and rest is not None and rest is not True:
        manifest.report_key(
            CRD_SCHEMA, "properties and additionalProperties exclude each other.", *at, "additionalProperties"
        )
    for name, inner in properties.items():
        if not isinstance(inner, dict):
            message = f"The schema of {name!r} must be a mapping, not {describe(inner)}."
            manifest.report(CRD_SCHEMA, message, *at, "properties", name)
        elif not (name == "metadata" and len(at) == _ROOT):
            _check_schema(manifest, inner, *at, "properties", name)
    if isinstance(rest, dict):
        _check_schema(manifest, rest, *at, "additionalProperties")


_ROOT: Final = len(("spec", "versions", 0, "schema", "openAPIV3Schema"))


def _check_value(manifest: Manifest, schema: dict[str, Any], *at: Step) -> None:
    pattern = schema.get("pattern")
    if pattern:
        manifest.follows(pattern, _regular_expression, *at, "pattern")
    for index, rule in entries(schema.get("x-kubernetes-validations")):
        if not isinstance(rule, dict) or not rule.get("rule"):
            message = "A validation needs a rule."
            manifest.report(CRD_SCHEMA, message, *at, "x-kubernetes-validations", index)


def _check_list(manifest: Manifest, schema: dict[str, Any], kind: Any, *at: Step) -> None:
    items = schema.get("items")
    if isinstance(items, dict):
        _check_schema(manifest, items, *at, "items")
    elif kind == "array":
        manifest.report(CRD_SCHEMA, f"{path_text(at)} is an array and needs items, one schema.", *at)
    listed, keys = schema.get("x-kubernetes-list-type"), schema.get("x-kubernetes-list-map-keys")
    manifest.one_of(listed, _LISTS, *at, "x-kubernetes-list-type")
    if bool(keys) != (listed == "map"):
        message = "x-kubernetes-list-map-keys and x-kubernetes-list-type: map need each other."
        manifest.report(CRD_SCHEMA, message, *at)


def _regular_expression(text: str) -> str | None:
    try:
        compile_go_pattern(text)
    except InvalidPatternError:
        return "it is not a regular expression"
    return None
