"""The catalogue of rules: cfn-lint's, read from its own rule objects, the limits of `limits`, and rules of its own.

cfn-lint numbers its rules by the section of a template. A verdict needs layers, so this module maps one to the other.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from iacrl.domains.rules import Rule, coded_rule
from iacrl.domains.verdict import Layer

#: The layer of each range of ids, without the letter. The longest matching prefix counts.
LAYER_OF: Final[dict[str, Layer]] = {
    "0": "structure",  # settings and transforms of a template
    "0000": "syntax",  # the text cannot be read
    "1": "references",  # intrinsic functions, and what they refer to
    "100": "structure",  # sections of the template: their names and sizes
    "11": "schema",  # the format of a value
    "1700": "structure",
    "1701": "structure",
    "2": "structure",  # parameters
    "2001": "structure",
    "2015": "schema",
    "203": "schema",
    "25": "schema",  # resources of Lambda and EC2, by their older numbers
    "3": "schema",  # resources
    "3001": "structure",
    "3004": "references",
    "3005": "references",
    "3007": "structure",
    "3010": "structure",
    "3011": "structure",
    "3015": "references",
    "4": "structure",  # metadata
    "5": "structure",  # modules
    "6": "structure",  # outputs
    "6005": "references",
    "61": "references",  # what an output's value refers to, and its type
    "7": "structure",  # mappings
    "8": "references",  # conditions
    "8001": "structure",
}

_CFN_LINT = "https://github.com/aws-cloudformation/cfn-lint/blob/main/docs/rules.md"
_PARAMETERS = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html"
_LIMITS_SOURCE = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html; "
    "iacrl.domains.cloudformation.limits"
)
OWN = (
    coded_rule(
        "CF101",
        "Text too long",
        "CloudFormation takes templates of at most 1 MB. Split the template into nested stacks.",
        _LIMITS_SOURCE,
    ),
    coded_rule(
        "CF102",
        "Too many values",
        "The text holds more values than a real template does. An alias counts as much as what it names.",
        _LIMITS_SOURCE,
    ),
    coded_rule(
        "CF103",
        "Nested too deep",
        "The text nests deeper than a real template does. Write the inner values less deep.",
        _LIMITS_SOURCE,
    ),
    coded_rule(
        "CF201",
        "Contradictory parameter",
        "The parameter takes no value, or not its own default, so no stack can be created. Change its constraints.",
        _PARAMETERS,
    ),
    coded_rule(
        "CF301",
        "Reserved tag",
        "Only AWS itself writes tags that begin with aws:. Choose another key.",
        "https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html",
    ),
    coded_rule(
        "CF401",
        "Circular conditions",
        "Conditions refer to each other in a circle, so none of them has a value. Write one without the others.",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/conditions-section-structure.html",
    ),
    coded_rule(
        "CF402",
        "Name exported twice",
        "An export's name is unique in a region, so the stack cannot be created. Give each output a name of its own.",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html",
    ),
)
_OWN_LAYERS: Final = {rule.code: rule.layer for rule in OWN}


@cache
def layer_of(code: str) -> Layer:
    """Return the layer that a rule belongs to, by its id."""
    if code in _OWN_LAYERS:
        return _OWN_LAYERS[code]
    number = code[1:]
    found = [LAYER_OF[number[:length]] for length in range(len(number), 0, -1) if number[:length] in LAYER_OF]
    return found[0] if found else "structure"


def all_rules() -> tuple[Rule, ...]:
    """Return every rule that a verdict may name; only those of this package if cfn-lint is not installed."""
    from iacrl.domains.cloudformation.linter import linter
    from iacrl.errors import UserError

    try:
        loaded = linter()
    except UserError:
        return OWN
    return (
        *OWN,
        *(
            Rule(
                code,
                layer_of(code),
                rule.shortdesc,
                rule.description,
                rule.source_url or _CFN_LINT,
                "error" if code.startswith("E") else "warning",
            )
            for code, rule in sorted(loaded.rules.items())
            if code in loaded.reported
        ),
    )
