"""The catalogue of rules: what each diagnostic code means, and where the rule comes from.

Each domain lists its rules in its own `rules.py`; this module joins them for `iacrl validate --explain`, for the
generated table in `docs/rules.md` and for the fixtures test (one good and one bad fixture for each code).
"""

from __future__ import annotations

from typing import NamedTuple

from iacrl.domains.verdict import DOMAINS, Domain, Layer, Severity
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


def rules_of(domain: Domain) -> tuple[Rule, ...]:
    """Return every rule of `domain` in the order of their codes."""
    if domain == "terraform":
        from iacrl.domains.terraform.catalogue import RULES
    else:
        from iacrl.domains.kubernetes.rules.table import RULES
    return RULES


def find_rule(code: str) -> Rule:
    """Return the rule with this code.

    Raises:
        UserError: No rule has this code; the message names the nearest one.
    """
    from iacrl.domains.terraform.engine.engine_rules import ENGINE_RULES

    known = {rule.code: rule for rules in (*map(rules_of, DOMAINS), ENGINE_RULES) for rule in rules}
    if code.upper() not in known:
        raise UserError(f"No rule {code!r}.{did_you_mean(code.upper(), known)} {DOCS}/rules.md lists them all.")
    return known[code.upper()]
