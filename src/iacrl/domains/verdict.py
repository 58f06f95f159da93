"""The result of a validation: `Verdict` and its `Diagnostic`s.

All domains, training, evaluation and the command line share these types. They hold only data and never change;
`verdict._replace(...)` makes a changed copy. They are named tuples because importing `dataclasses` alone takes half as
long as a first verdict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from iacrl.domains.ranges import Range, written_by_name

if TYPE_CHECKING:
    from iacrl.domains.document import Document


def require_text(text: str) -> None:
    """Refuse a value that is not a `str`.

    Raises:
        TypeError: It is not a `str`, for example bytes.
    """
    if not isinstance(text, str):
        raise TypeError(f"Expected source code as a str, got {type(text).__name__}; decode bytes, read files first.")


Severity = Literal["error", "warning"]

Layer = Literal["extract", "syntax", "structure", "schema", "references"]
#: In order: a layer counts as passed only if every layer before it passed.
LAYERS: tuple[Layer, ...] = get_args(Layer)


class Diagnostic(NamedTuple):
    """One finding. `code` (such as `TF203`) is stable and identifies a row in the table of rules."""

    code: str
    severity: Severity
    message: str
    layer: Layer
    range: Range

    def to_json(self) -> dict[str, Any]:
        """Return the plain form that `iacrl validate --jsonl` writes."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "layer": self.layer,
            "range": self.range.to_json(),
        }

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return written_by_name(cls, handler(source))


class Verdict(NamedTuple):
    """The outcome of validating one text (or one module directory).

    Attributes:
        domain: The domain whose validator judged.
        diagnostics: Every finding, in the order of the text.
        layers: The layers that ran and passed, lowest first. A layer above a failed one is never listed.
        unchecked: What could not be judged, in words ("provider acme: no schema"). It does not make a text invalid, but
            a text with such a part earns nothing (see `judged`).
        document: The validated tree for intents and rewards; None if the text has no readable tree.
        judge: The real program that judged, with its version if that matters; empty for the in-process validator.
    """

    domain: str
    diagnostics: tuple[Diagnostic, ...] = ()
    layers: tuple[Layer, ...] = ()
    unchecked: tuple[str, ...] = ()
    document: Document | None = None
    judge: str = ""

    @property
    def valid(self) -> bool:
        """True if no diagnostic is an error. What `unchecked` lists was not judged."""
        return not self.errors

    @property
    def judged(self) -> bool:
        """True if everything was checked against schemas and rules: each entity is judged, and `unchecked` is empty."""
        return not self.unchecked and (self.document is None or all(one.judged for one in self.document.entities))

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that make the text invalid."""
        return tuple(found for found in self.diagnostics if found.severity == "error")

    def to_json(self) -> dict[str, Any]:
        """Return the plain form, without the document; with `judge` if a real program judged."""
        return {
            "valid": self.valid,
            "layers": list(self.layers),
            "diagnostics": [found.to_json() for found in self.diagnostics],
            "unchecked": list(self.unchecked),
            **({"judge": self.judge} if self.judge else {}),
        }


def layers_passed(ran: tuple[Layer, ...], diagnostics: tuple[Diagnostic, ...]) -> tuple[Layer, ...]:
    """Return the layers of `ran` below the first one with an error."""
    failed = {found.layer for found in diagnostics if found.severity == "error"}
    passed: list[Layer] = []
    for layer in LAYERS:
        if layer in failed:
            break
        if layer in ran:
            passed.append(layer)
    return tuple(passed)
