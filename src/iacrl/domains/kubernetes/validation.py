"""The whole way from a text to its verdict."""

from __future__ import annotations

from iacrl.domains.kubernetes.document import KubernetesDocument
from iacrl.domains.kubernetes.findings import Findings, place
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules import check_of
from iacrl.domains.kubernetes.rules.between import check_between
from iacrl.domains.kubernetes.rules.metadata import check_metadata
from iacrl.domains.kubernetes.schema.api_schemas import DEFAULT_VERSION, ApiSchemas, schemas_of
from iacrl.domains.kubernetes.structure import items_of, manifests_of
from iacrl.domains.kubernetes.yaml.reader import read
from iacrl.domains.kubernetes.yaml.text_limits import Unreadable
from iacrl.domains.verdict import LAYERS, Diagnostic, Verdict, layers_passed


def validate_text(text: str, version: str = DEFAULT_VERSION) -> Verdict:
    """Judge a stream of Kubernetes manifests, YAML or JSON.

    Args:
        text: Any number of documents. Bad text never raises: whatever is wrong with it is a diagnostic.
        version: The Kubernetes minor version to judge by, such as `1.37`.

    Raises:
        UserError: There are no schemas for `version`.
    """
    schemas = schemas_of(version)
    try:
        documents = read(text)
    except Unreadable as problem:
        found = (Diagnostic(problem.code, "error", problem.message, "syntax", problem.range),)
        return Verdict("kubernetes", found, layers_passed(LAYERS, found))
    findings = Findings()
    manifests = manifests_of(documents, findings, version)
    unchecked = _check_all(manifests, schemas)
    diagnostics = place(text, findings)
    tree = KubernetesDocument(text, manifests)
    return Verdict("kubernetes", diagnostics, layers_passed(LAYERS, diagnostics), unchecked, tree)


def _check_all(manifests: list[Manifest], schemas: ApiSchemas) -> tuple[str, ...]:
    """Check each object, then the objects against each other; return notes on what has no schema."""
    customs: list[Manifest] = []
    # The loop reaches the objects that it appends.
    for manifest in manifests:
        definition = schemas.name_of(manifest.api_version, manifest.kind)
        if definition is None:
            from iacrl.domains.kubernetes.schema.versions import is_custom, report_unknown

            if is_custom(manifest, schemas):
                manifest.borrowed = manifest.kind in schemas.served
                customs.append(manifest)
            else:
                report_unknown(manifest, schemas)
        else:
            _check_builtin(manifest, schemas, definition)
            if manifest.sound and manifest.kind.endswith("List"):
                manifests += items_of(manifest)
        if manifest.findings.full:
            return ()
    unchecked: tuple[str, ...] = ()
    if customs:
        from iacrl.domains.kubernetes.schema.custom_resources import check_custom_resources

        unchecked = check_custom_resources(customs, manifests)
    check_between(manifests)
    return unchecked


def _check_builtin(manifest: Manifest, schemas: ApiSchemas, definition: str) -> None:
    """Hold one object against its schema, then its rules."""
    validator = schemas.validator(definition)
    whole = True
    if not validator.is_valid(manifest.values):
        from iacrl.domains.kubernetes.schema.schema_errors import report_schema_errors
        from iacrl.domains.kubernetes.schema.zero_values import without_nulls

        schema = schemas.schema(definition)
        manifest.values = without_nulls(manifest.values, schema, schema["$defs"])
        if not validator.is_valid(manifest.values):
            before = len(manifest.findings.errors)
            report_schema_errors(manifest, validator, schema)
            if len(manifest.findings.errors) > before:
                return
            whole = False
    manifest.sound = whole
    check_metadata(manifest, builtin=True, named=True)
    check = check_of(manifest.group, manifest.kind)
    if check is not None:
        check(manifest)
