"""The type of a YAML scalar for kubectl.

kubectl reads YAML with version 2 of go-yaml and turns it into JSON. These are that library's rules, found with `kubectl
patch --local -o json`: YAML 1.1 booleans (`y`, `on`, `no`), octal `0777` and `0o777`, binary `0b101`, underscores in
numbers, but no base 60 (`12:30:45` is a string) and no dates.
"""

from __future__ import annotations

import base64
import math
import re

_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
for _truth, _stems in ((True, ("y", "yes", "true", "on")), (False, ("n", "no", "false", "off"))):
    for _stem in _stems:
        _WORDS.update(dict.fromkeys((_stem, _stem.capitalize(), _stem.upper()), _truth))

_STARTS_A_WORD = frozenset("yYnNtTfFoO~")
_STARTS_A_NUMBER = frozenset("0123456789+-.")

_INTEGER = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_A_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")

_TAG = "tag:yaml.org,2002:"

Scalar = str | int | float | bool | None


class ScalarError(ValueError):
    """A scalar that its tag forbids or that JSON cannot represent."""


def plain(text: str) -> Scalar:
    """Return the value of an untagged plain scalar.

    Raises:
        ScalarError: It is an infinity or NaN, which JSON cannot represent.
    """
    first = text[:1]
    if first in _STARTS_A_NUMBER and first:
        return _number(text)
    if first in _STARTS_A_WORD or not first:
        return _WORDS.get(text, text)
    return _WORDS.get(text, text) if first == "n" or first == "N" else text


def tagged(text: str, tag: str) -> Scalar:
    """Return the value of a scalar with an explicit tag. Tags that YAML does not define give a string, as in go-yaml.

    Raises:
        ScalarError: The text does not have the tag's type.
    """
    name = tag.removeprefix(_TAG) if tag.startswith(_TAG) else ""
    if name == "binary":
        try:
            return base64.b64decode("".join(text.split()), validate=True).decode("utf-8", "replace")
        except ValueError as error:  # not base64, or not even ASCII
            raise ScalarError("!!binary needs base64 text.") from error
    if name not in {"int", "float", "bool", "null"}:
        return text
    value = plain(text)
    fits = {
        "int": isinstance(value, int) and not isinstance(value, bool),
        "float": isinstance(value, int | float) and not isinstance(value, bool),
        "bool": isinstance(value, bool),
        "null": value is None,
    }
    if not fits[name]:
        raise ScalarError(f"{text[:40]!r} is not of the type !!{name}.")
    return value


def is_no_number(text: str) -> bool:
    """Return whether a plain scalar is an infinity or NaN. As a key it is an ordinary text."""
    return _NOT_A_NUMBER.fullmatch(text) is not None


def key(value: Scalar) -> str:
    """Return a mapping key as JSON writes it: numbers and booleans become strings.

    Raises:
        ScalarError: The key is null.
    """
    if value is None:
        raise ScalarError("A key is null. Write a name before the colon, or quote it.")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _number(text: str) -> Scalar:
    if len(text) > 400:  # longer than any number in JSON; int() of a huge text is quadratic
        return text
    digits = text.replace("_", "") if "_" in text else text
    if _INTEGER.fullmatch(digits):
        return _integer(digits, text)
    if _FLOAT.fullmatch(digits):
        return _whole(float(digits), text)
    if _NOT_A_NUMBER.fullmatch(text):
        raise ScalarError(f"{text} cannot be written in JSON, which Kubernetes stores.")
    return text


def _integer(digits: str, text: str) -> Scalar:
    unsigned = digits.lstrip("+-").lower()
    if len(unsigned) > 1 and unsigned[0] == "0" and unsigned[1] not in "xbo":
        unsigned = f"0o{unsigned[1:]}"
    value = int(unsigned, 0)
    if digits[0] == "-":
        value = -value
    if -(2**63) <= value < 2**63:
        return value
    try:
        return float(value)
    except OverflowError:  # more than 308 digits; Go's reader then reads a string
        return text


def _whole(value: float, text: str) -> Scalar:
    """JSON writes 3.0 as 3, so a whole number of moderate size is an integer for the API server."""
    if math.isinf(value):
        return text
    return int(value) if value.is_integer() and abs(value) < 2**63 else value
