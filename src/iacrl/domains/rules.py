"""A row of a catalogue of rules: what a diagnostic code means, and where the rule comes from.

Each domain has a catalogue of its own; `registry.find_rule` finds a rule in all of them.
"""

from __future__ import annotations

from typing import NamedTuple

from iacrl.domains.verdict import LAYERS, Layer, Severity


class Rule(NamedTuple):
    """One row of the table.

    Attributes:
        code: Its stable code.
        layer: The layer that the rule belongs to.
        title: A short title that the domain's users know ("Unsupported argument").
        explanation: One paragraph: why the program refuses this, and what to write instead.
        source: Where the rule comes from: a page of the domain's documentation or the program that enforces it.
        severity: `error` makes a text invalid, `warning` never does.
    """

    code: str
    layer: Layer
    title: str
    explanation: str
    source: str
    severity: Severity = "error"


def coded_rule(code: str, title: str, explanation: str, source: str, severity: Severity = "error") -> Rule:
    """Return a rule whose code gives its layer.

    Such a code has two letters for the domain and three digits, or four if a layer has used up its hundred. The first
    digit is the layer: 0 extraction, 1 syntax, 2 structure, 3 schema, 4 references.
    """
    return Rule(code, LAYERS[int(code[2])], title, explanation, source, severity)
