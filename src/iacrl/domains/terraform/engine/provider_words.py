"""Maps the messages of real providers to our rules, so the same error has the same code from both validators.

The older plugin SDK, the plugin framework and AWS's own checks word each kind of error in a few ways.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from iacrl.domains.rules import Rule
from iacrl.domains.terraform.provider_rules.combination_rules import (
    CONFLICTING_ARGUMENTS,
    MISSING_COMPANION,
    MISSING_ONE_OF_SEVERAL,
)
from iacrl.domains.terraform.provider_rules.conditions import (
    ARGUMENT_NOT_TAKEN,
    NO_MATCH,
    NOT_WHOLE,
    OUT_OF_RANGE,
    VALUE_NOT_ALLOWED,
    WRONG_FORM,
    WRONG_LENGTH,
)

#: The first one found in summary and detail decides.
_WORDS: Sequence[tuple[str, Rule]] = (
    (r"conflicts with|only one of|Invalid combination of arguments|cannot be specified when", CONFLICTING_ARGUMENTS),
    (r"one of `.*` must be specified|At least one attribute out of|No attribute specified", MISSING_ONE_OF_SEVERAL),
    (r"all of `.*` must be specified|must be configured together|must be specified when", MISSING_COMPANION),
    (r"to be one of \[|must be one of:? \[|Valid Values: \[", VALUE_NOT_ALLOWED),
    (r"[Ww]hole number|to be an integer", NOT_WHOLE),
    (r"[Ll]ength of|Value Length|cannot be (?:longer|shorter) than|string length must", WRONG_LENGTH),
    (r"in the range \(|to be at (?:least|most) \(|value must be (?:between|at)|divisible by", OUT_OF_RANGE),
    (r"unknown key", ARGUMENT_NOT_TAKEN),
    (r"\bARN\b|\bCIDR\b|network [Vv]alue|\bIP(?:v\d)? |\bJSON\b|RFC ?3339|[Dd]uration", WRONG_FORM),
    (r"regular expression|Value Match|invalid value for \w+ \(", NO_MATCH),
)
_COMPILED = [(re.compile(words), rule) for words, rule in _WORDS]


def rule_behind(words: str) -> Rule | None:
    """Return the rule for a provider's summary and detail; None if we have none."""
    return next((rule for expression, rule in _COMPILED if expression.search(words)), None)
