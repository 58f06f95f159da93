"""Conditions on values, and the messages for values that violate them, in the style of the provider's own.

A condition is a list: a kind and its arguments.

| kind | arguments | the value must be |
|---|---|---|
| `enum`, `enum_i` | texts | one of them; `enum_i` ignores case |
| `range` | least, most (null for none) | a number between them; of texts, whole numbers are judged |
| `numbers` | numbers | one of them |
| `multiple` | number | divisible by it |
| `whole` | | a whole number |
| `length` | least, most | so long; counted in bytes and in characters, whichever fits |
| `match`, `no_match` | expression in the syntax of RE2 | a text in which it is found, or not |
| `form` | name | of that form, see `forms` |
| `bits` | least, most | a CIDR block with so many bits of prefix |
| `never` | | absent: the provider has no such argument |
| `any` | conditions | as one of them says |
| `described` | condition | as it says; only the provider's documentation says so, so a warning |
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from iacrl.domains.rules import Rule
from iacrl.domains.terraform.cty.numeric import Number
from iacrl.domains.terraform.provider_rules.facts import Condition
from iacrl.domains.terraform.provider_rules.forms import form_words, has_form, matches, prefix_length
from iacrl.domains.terraform.rules import described_rule, provider_rule
from iacrl.domains.terraform.structure.names import nearest

Datum = str | Number

VALUE_NOT_ALLOWED = provider_rule(
    "TF320",
    "Value is not one of those allowed",
    "The provider takes only certain values for this argument. The nearest one is named. For aws the list holds what "
    "the provider named, and what the newest service models of AWS have besides; for google what its descriptions "
    "list.",
)
OUT_OF_RANGE = provider_rule(
    "TF321", "Number out of range", "The provider takes only numbers of a certain range for this argument."
)
WRONG_LENGTH = provider_rule(
    "TF322", "Wrong length", "The text is shorter or longer than the provider takes for this argument."
)
NO_MATCH = provider_rule(
    "TF323",
    "Value does not match the pattern",
    "The provider takes only texts that match a regular expression, or have nothing that matches one.",
)
WRONG_FORM = provider_rule(
    "TF324",
    "Value has the wrong form",
    "The provider wants a text of a certain form: an ARN, a CIDR block (often without host bits or within a range "
    "of prefix lengths), an IP address, JSON, a time, a duration.",
)
NOT_WHOLE = provider_rule("TF325", "Number is not whole", "The provider takes only whole numbers for this argument.")
ARGUMENT_NOT_TAKEN = provider_rule(
    "TF326",
    "Argument the provider does not take",
    "The schema has the argument, but the provider refuses it in a configuration: id is decided by the provider.",
)
NOT_AS_DESCRIBED = described_rule(
    "TF330",
    "Value is not as the provider's documentation says",
    "The documentation lists the values of this argument, gives a range, or says that it holds a CIDR block, JSON, a "
    "time or a whole number. The provider most likely refuses anything else, in validate or in apply.",
)

RULES = (
    VALUE_NOT_ALLOWED,
    OUT_OF_RANGE,
    WRONG_LENGTH,
    NO_MATCH,
    WRONG_FORM,
    NOT_WHOLE,
    ARGUMENT_NOT_TAKEN,
    NOT_AS_DESCRIBED,
)

#: The rule behind each kind; `any` has the rule of its first condition.
_RULE_OF = {
    "enum": VALUE_NOT_ALLOWED,
    "enum_i": VALUE_NOT_ALLOWED,
    "numbers": VALUE_NOT_ALLOWED,
    "range": OUT_OF_RANGE,
    "multiple": OUT_OF_RANGE,
    "length": WRONG_LENGTH,
    "match": NO_MATCH,
    "no_match": NO_MATCH,
    "form": WRONG_FORM,
    "bits": WRONG_FORM,
    "whole": NOT_WHOLE,
    "never": ARGUMENT_NOT_TAKEN,
    "described": NOT_AS_DESCRIBED,
}
#: Longer texts are not quoted in a message.
_SHOWN = 100
_MANY = 40
#: Texts with more digits are not read as numbers.
_LONGEST_NUMBER = 40


def holds(condition: Condition, value: Datum) -> bool:
    """Say whether a value meets a condition."""
    return _TESTS[condition[0]](condition, value)


def rule_of(condition: Condition) -> Rule:
    """Return the rule behind a condition."""
    return rule_of(condition[1]) if condition[0] == "any" else _RULE_OF[condition[0]]


def words_of(condition: Condition, name: str, value: Datum, secret: bool) -> str:
    """Return the message for a value that does not meet a condition."""
    got = "" if secret else f", got {_shown(value)}"
    return f"expected {name} {_wanted(condition)}{got}.{_hint(condition, value)}"


def _wanted(condition: Condition) -> str:
    kind, *arguments = condition
    match kind:
        case "enum" | "enum_i" | "numbers":
            shown = " ".join(f'"{one}"' if kind != "numbers" else str(one) for one in arguments[:_MANY])
            return f"to be one of [{shown}{' ...' if len(arguments) > _MANY else ''}]"
        case "range":
            return f"to be {_between(*arguments)}"
        case "multiple":
            return f"to be divisible by {arguments[0]}"
        case "length":
            return f"to have a length {_between(*arguments)}"
        case "match":
            return f'to match the regular expression "{arguments[0]}"'
        case "no_match":
            return f'to have nothing that matches the regular expression "{arguments[0]}"'
        case "form":
            return f"to be {form_words(arguments[0])}"
        case "bits":
            return f"to be a CIDR block with a prefix length {_between(*arguments)}"
        case "whole":
            return "to be a whole number"
        case "any":
            return ", or ".join(_wanted(one) for one in arguments)
        case "described":
            return f"{_wanted(arguments[0])}, as its documentation says"
    return "to be absent: the provider has no such argument"


def _between(least: float | None, most: float | None) -> str:
    if least is None:
        return f"of at most ({most})"
    return f"of at least ({least})" if most is None else f"in the range ({least} - {most})"


def _shown(value: Datum) -> str:
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= _SHOWN else f"a text of {len(value)} characters"
    return str(float(value)) if isinstance(value, Fraction) else str(value)


def _hint(condition: Condition, value: Datum) -> str:
    if condition[0] in ("any", "described"):
        return next((hint for one in condition[1:] if (hint := _hint(one, value))), "")
    if condition[0] not in ("enum", "enum_i") or not isinstance(value, str) or len(value) > _SHOWN:
        return ""
    for one in condition[1:]:
        if one.lower() == value.lower():
            return f' Did you mean "{one}"?'
    return nearest(value, condition[1:])


def _enum(condition: Condition, value: Datum) -> bool:
    return value in condition[1:]


def _enum_ignoring_case(condition: Condition, value: Datum) -> bool:
    return isinstance(value, str) and value.lower() in {one.lower() for one in condition[1:]}


def _range(condition: Condition, value: Datum) -> bool:
    if isinstance(value, str):
        if not has_form("integer", value) or len(value) > _LONGEST_NUMBER:
            return True
        value = int(value)
    _, least, most = condition
    return not ((least is not None and value < least) or (most is not None and value > most))


def _multiple(condition: Condition, value: Datum) -> bool:
    return isinstance(value, str) or value % condition[1] == 0


def _length(condition: Condition, value: Datum) -> bool:
    text = str(value)
    _, least, most = condition
    return not (
        (least is not None and len(text.encode(errors="replace")) < least) or (most is not None and len(text) > most)
    )


def _whole(condition: Condition, value: Datum) -> bool:
    return isinstance(value, str | int) or (isinstance(value, float) and value.is_integer())


def _bits(condition: Condition, value: Datum) -> bool:
    length = prefix_length(str(value))
    return length is None or condition[1] <= length <= condition[2]


_TESTS: dict[str, Callable[[Condition, Any], bool]] = {
    "enum": _enum,
    "enum_i": _enum_ignoring_case,
    "numbers": _enum,
    "range": _range,
    "multiple": _multiple,
    "whole": _whole,
    "length": _length,
    "match": lambda condition, value: matches(condition[1], value),
    "no_match": lambda condition, value: not matches(condition[1], value),
    "form": lambda condition, value: has_form(condition[1], value),
    "bits": _bits,
    "never": lambda condition, value: False,
    "any": lambda condition, value: any(holds(one, value) for one in condition[1:]),
    "described": lambda condition, value: holds(condition[1], value),
}
