"""From a text to its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from iacrl.domains.kubernetes.document import KubernetesDocument
from iacrl.domains.kubernetes.findings import Findings, place
from iacrl.domains.kubernetes.manifest_checks import TOO_MUCH, Manifest
from iacrl.domains.kubernetes.rules import check_of
from iacrl.domains.kubernetes.rules.between import check_between
from iacrl.domains.kubernetes.rules.metadata import check_metadata
from iacrl.domains.kubernetes.schema.api_schemas import DEFAULT_VERSION, ApiSchemas, schemas_of
from iacrl.domains.kubernetes.structure import items_of, manifests_of
from iacrl.domains.kubernetes.yaml.reader import read
from iacrl.domains.kubernetes.yaml.text_limits import Unreadable
from iacrl.domains.verdict import LAYERS, Diagnostic, Verdict, layers_passed
from iacrl.effort import TooMuchError, spending


@spending()
def validate_texts(texts: Sequence[str], version: str = DEFAULT_VERSION) -> list[Verdict]:
    """Judge texts that are applied together: they share definitions, references and names.

    Returns:
        The verdicts, in order.

    Raises:
        UserError: There are no schemas for `version`.
    """
    schemas = schemas_of(version)
    parts = [_read(text, version) for text in texts]
    readable = [part for part in parts if not isinstance(part, Verdict)]
    customs = {id(part): _check_known(part, schemas) for part in readable}
    manifests = [manifest for part in readable if not part.findings.full for manifest in part.manifests]
    for part in readable:
        if customs[id(part)] and not part.findings.full:
            from iacrl.domains.kubernetes.schema.custom_resources import check_custom_resources

            part.unchecked.extend(check_custom_resources(customs[id(part)], manifests))
    check_between(manifests)
    return [part if isinstance(part, Verdict) else _verdict(part) for part in parts]


class _Part(NamedTuple):
    """One text under validation."""

    text: str
    findings: Findings
    manifests: list[Manifest]
    unchecked: list[str]


def _read(text: str, version: str) -> _Part | Verdict:
    """Return the objects of a text, or the verdict if it cannot be read."""
    try:
        documents = read(text)
    except Unreadable as problem:
        found = (Diagnostic(problem.code, "error", problem.message, "syntax", problem.range),)
        return Verdict("kubernetes", found, layers_passed(LAYERS, found))
    findings = Findings()
    return _Part(text, findings, manifests_of(documents, findings, version), [])


def _verdict(part: _Part) -> Verdict:
    diagnostics = place(part.text, part.findings)
    tree = KubernetesDocument(part.text, part.manifests)
    return Verdict("kubernetes", diagnostics, layers_passed(LAYERS, diagnostics), tuple(part.unchecked), tree)


def _check_known(part: _Part, schemas: ApiSchemas) -> list[Manifest]:
    """Check each object of a built-in kind; return the custom resources."""
    customs: list[Manifest] = []
    manifests = part.manifests
    # The loop also visits the objects that it appends.
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
            try:
                _check_builtin(manifest, schemas, definition)
            except TooMuchError:
                manifest.judged = False
                part.unchecked.append(f"{manifest.kind} {manifest.name}"[:200] + f": {TOO_MUCH}")
            if manifest.sound and manifest.kind.endswith("List"):
                manifests += items_of(manifest)
        if part.findings.full:
            break
    return customs


def _check_builtin(manifest: Manifest, schemas: ApiSchemas, definition: str) -> None:
    """Check one object against its schema, then its rules."""
    validator = schemas.validator(definition)
    whole = True
    if not validator.is_valid(manifest.values):
        from iacrl.domains.kubernetes.schema.schema_errors import report_schema_errors
        from iacrl.domains.kubernetes.schema.unasked import is_unasked
        from iacrl.domains.kubernetes.schema.zero_values import without_nulls

        schema = schemas.schema(definition)
        manifest.values = without_nulls(manifest.values, schema, schema["$defs"])
        if not validator.is_valid(manifest.values):
            before = len(manifest.findings.errors)
            report_schema_errors(manifest, validator, schema, lambda error: is_unasked(manifest, error))
            if len(manifest.findings.errors) > before:
                return
            whole = False
    manifest.sound = whole
    check_metadata(manifest, builtin=True, named=True)
    check = check_of(manifest.group, manifest.kind)
    if check is not None:
        check(manifest)
