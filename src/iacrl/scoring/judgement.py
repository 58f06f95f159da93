"""`Judgement`: the verdict on a completion with the task in view. A reward gets it as `verdict`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from iacrl.domains.verdict import LAYERS, Layer

if TYPE_CHECKING:
    from iacrl.domains.document import Document
    from iacrl.domains.verdict import Diagnostic, Verdict
    from iacrl.intent.check import IntentResult

#: What a text can pass: the layers of validation, then the intent, which needs a task too.
JudgedLayer = Layer | Literal["intent"]
#: In order: a layer counts as passed only if every layer before it passed.
JUDGED_LAYERS: tuple[JudgedLayer, ...] = (*LAYERS, "intent")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found in one completion. It has the attributes of its `Verdict` too.

    Attributes:
        found: The validator's verdict on the text.
        layers: The layers passed, lowest first; `intent` is the last one if every clause is met. A layer that needs
            schemas is passed only if everything was judged.
        completion: The raw text of the model.
        text: The source code that `extract` found in the completion.
        intent: Which clauses of the task's intent the text meets; None if they were not checked.
    """

    found: Verdict
    layers: tuple[JudgedLayer, ...]
    completion: str
    text: str
    intent: IntentResult | None = None

    @property
    def domain(self) -> str:
        """The name of the domain whose validator judged."""
        return self.found.domain

    @property
    def valid(self) -> bool:
        """True when no diagnostic is an error and everything was judged: an unjudged text earns nothing."""
        return self.found.valid and self.found.judged

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that make the text invalid."""
        return self.found.errors

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Every finding, in the order of the text."""
        return self.found.diagnostics

    @property
    def unchecked(self) -> tuple[str, ...]:
        """What could not be judged, in words."""
        return self.found.unchecked

    @property
    def document(self) -> Document | None:
        """The validated tree; None if the text has no readable tree."""
        return self.found.document

    def to_json(self) -> dict[str, Any]:
        """Return the plain form of the verdict with all layers passed; `valid` only if everything was judged."""
        return self.found.to_json() | {"valid": self.valid, "layers": list(self.layers)}
