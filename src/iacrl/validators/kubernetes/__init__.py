"""Kubernetes: from a text to a verdict, in process."""

from __future__ import annotations

from dataclasses import replace

from iacrl.validators.verdict import Diagnostic, Layer, Position, Range, Verdict, layers_passed

_RAN: tuple[Layer, ...] = ("extract", "syntax", "schema")


def validate_text(text: str) -> Verdict:
    """Judge a stream of Kubernetes manifests by syntax and schema."""
    import kubernetes_validate
    import yaml

    try:
        objects = [item for item in yaml.safe_load_all(text) if item is not None]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return _verdict((_finding("K8100", str(error).splitlines()[0], "syntax", line, column),))
    found: list[Diagnostic] = []
    if not objects:
        found.append(_finding("K8300", "The text holds no object.", "schema"))
    for item in objects:
        try:
            kubernetes_validate.validate(item, "1.37", strict=True)
        except Exception as error:  # noqa: BLE001 - kubernetes-validate raises KeyError and others on odd input
            found.append(_finding("K8300", str(error).splitlines()[0], "schema"))
    from iacrl.tasks.interim_document import read_document

    return replace(_verdict(tuple(found)), document=read_document(text, "kubernetes"))


def _finding(code: str, message: str, layer: Layer, line: int = 1, column: int = 1) -> Diagnostic:
    return Diagnostic(code, "error", message, layer, Range(Position(line, column), Position(line, column + 1)))


def _verdict(found: tuple[Diagnostic, ...]) -> Verdict:
    return Verdict("kubernetes", found, layers_passed(_RAN, found))
