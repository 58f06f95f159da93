"""The rules behind the engine's diagnostics: one per layer, because the API server's answers have no codes.

They are separate from the in-process validator's rules, because they have no fixtures. `iacrl validate --engine
kubernetes` reports them in the server's words.
"""

from __future__ import annotations

from iacrl.domains.rules import Rule
from iacrl.domains.verdict import Layer
from iacrl.errors import DOCS

_SOURCE = f"a strict server-side dry run, as iacrl.KubernetesEngine asks for it ({DOCS}/kubernetes-engine.md)"


def _rule(code: str, layer: Layer, title: str, what: str) -> Rule:
    words = f"{what} The message is the server's own. The in-process validator gives the same finding its own code."
    return Rule(code, layer, title, words, _SOURCE)


UNKNOWN_KIND = _rule(
    "KB902",
    "structure",
    "The API server has no such kind",
    "It serves no kind of this name in this apiVersion, and the text defines none.",
)
UNDECODED = _rule(
    "KB903",
    "schema",
    "The API server cannot read an object",
    "A field is unknown, is set twice, or has another type.",
)
REFUSED = _rule(
    "KB904",
    "references",
    "The API server refuses an object",
    "Its validation or its admission refuses a value.",
)

ENGINE_RULES: tuple[Rule, ...] = (UNKNOWN_KIND, UNDECODED, REFUSED)
