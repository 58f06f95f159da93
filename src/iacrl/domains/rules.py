"""The catalogue of rules: what each diagnostic code means, and where the rule comes from.

Each domain has a catalogue of its own; this module finds a rule in all of them, for `iacrl validate --explain` and for
SARIF.
"""

from __future__ import annotations

from typing import NamedTuple

from iacrl.domains.registry import all_domains
from iacrl.domains.verdict import Layer, Severity
from iacrl.errors import DOCS, UserError, did_you_mean


class Rule(NamedTuple):
    """One row of the table.

    Attributes:
        code: Stable: two letters for the domain and three digits; the first digit is the layer
            (1 syntax, 2 structure, 3 schema, 4 references), 0 is extraction.
        layer: The layer that the rule belongs to.
        title: The short words a user of the domain knows ("Unsupported argument").
        explanation: Why the program refuses this, and what to write instead; one paragraph.
        source: Where the rule comes from: a page of the domain's documentation or the program that enforces it.
        severity: `error` makes a text invalid, `warning` never does.
    """

    code: str
    layer: Layer
    title: str
    explanation: str
    source: str
    severity: Severity = "error"


def find_rule(code: str) -> Rule:
    """Return the rule with this code.

    Raises:
        UserError: No rule has this code; the message names the nearest one.
    """
    known: dict[str, Rule] = {}
    for domain in all_domains():  # one after the other: the rules of some take seconds to load
        known |= {rule.code: rule for rule in domain.rules()}
        if code.upper() in known:
            return known[code.upper()]
    raise UserError(f"No rule {code!r}.{did_you_mean(code.upper(), known)} {DOCS}/rules.md lists them all.")
