"""The whole way from a text to its verdict."""

from __future__ import annotations

from iacrl.validators.kubernetes.findings import Finding, Manifest, place
from iacrl.validators.kubernetes.reader import Unreadable, read
from iacrl.validators.kubernetes.rules import CHECKS
from iacrl.validators.kubernetes.rules.between import check_between
from iacrl.validators.kubernetes.rules.names_labels import check_metadata
from iacrl.validators.kubernetes.schema_errors import report_schema_errors
from iacrl.validators.kubernetes.schemas import DEFAULT_VERSION, Schemas, schemas_of
from iacrl.validators.kubernetes.structure import manifests_of
from iacrl.validators.kubernetes.versions import definition_of, is_custom
from iacrl.validators.verdict import Diagnostic, Layer, Verdict, layers_passed

_RAN: tuple[Layer, ...] = ("extract", "syntax", "structure", "schema", "references")


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
        return Verdict("kubernetes", found, layers_passed(_RAN, found))
    findings: list[Finding] = []
    manifests = manifests_of(documents, findings, version)
    unchecked = [note for manifest in manifests if (note := _check(manifest, schemas)) is not None]
    check_between(manifests)
    diagnostics = place(text, findings)
    return Verdict("kubernetes", diagnostics, layers_passed(_RAN, diagnostics), tuple(dict.fromkeys(unchecked)), None)


def _check(manifest: Manifest, schemas: Schemas) -> str | None:
    """Hold one object against its schema, then its rules; return a note where there is no schema."""
    definition = definition_of(manifest, schemas)
    if definition is None:
        custom = is_custom(manifest, schemas)
        if custom:
            check_metadata(manifest, builtin=False)
        return f"{manifest.kind} {manifest.api_version}: no schema" if custom else None
    validator = schemas.validator(definition)
    if not validator.is_valid(manifest.values):
        schema = {"$ref": f"#/$defs/{definition}", "$defs": schemas.closure(definition)}
        report_schema_errors(manifest, validator, schema)
        return None
    manifest.sound = True
    check_metadata(manifest, builtin=True)
    check = CHECKS.get((manifest.group, manifest.kind))
    if check is not None:
        check(manifest)
    return None
