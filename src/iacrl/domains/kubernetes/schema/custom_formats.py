"""The text formats in the schemas of custom kinds.

Sources: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation and
https://pkg.go.dev/github.com/go-openapi/strfmt
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.go_patterns import compile_go_pattern
from iacrl.patterns import InvalidPatternError

#: Prefix of a format, because the engine has its own checks for some names.
PREFIX: Final = "go-"
#: Prefix of a pattern that is checked as a format, so that RE2 judges it.
PATTERN: Final = "re2:"

_UUID: Final = r"(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?%s[0-9a-f]{3}-?%s[0-9a-f]{3}-?[0-9a-f]{12}"
_OCTET: Final = "(?:[01]?[0-9]{1,2}|2[0-4][0-9]|25[0-5])"
_DURATION: Final = (
    r"(?i)[-+]?(?:0|(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)|[0-9]+\s*(?:ns|nanos?|nanoseconds?|us|µs|"
    r"micros?|microseconds?|ms|millis?|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?)"
)
_PATTERNS: Final[dict[str, str]] = {
    "bsonobjectid": "[0-9a-fA-F]{24}",
    "byte": "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})",
    "duration": _DURATION,
    "email": r"(?:[^<>@]*<)?[^@\s<>,;:\"()\[\]\\]+@(?:[^@\s<>,;:\"()\[\]\\]+)>?",
    "hexcolor": "#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})",
    "hostname": r"(?=.{1,255}$)(?:[a-zA-Z0-9\u00a1-\uffff](?:[a-zA-Z0-9\u00a1-\uffff-]{0,61}[a-zA-Z0-9\u00a1-\uffff])?"
    r"\.)*[a-zA-Z0-9\u00a1-\uffff](?:[a-zA-Z0-9\u00a1-\uffff-]{0,61}[a-zA-Z0-9\u00a1-\uffff])?",
    "mac": "[0-9a-fA-F]{2}(?:(?::[0-9a-fA-F]{2}){5}(?:(?::[0-9a-fA-F]{2}){2})?|(?:-[0-9a-fA-F]{2}){5})"
    r"|(?:[0-9a-fA-F]{4}\.){2}[0-9a-fA-F]{4}",
    "rgbcolor": rf"rgb\(\s*{_OCTET}\s*(?:,\s*{_OCTET}\s*){{2}}\)",
    "ssn": "[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}",
    "uri": r"(?:[A-Za-z][A-Za-z0-9+.-]*:[^\s]+|/[^\s]*)",
    "uuid": _UUID % ("[0-9a-f]", "[0-9a-f]"),
    "uuid3": _UUID % ("3", "[0-9a-f]"),
    "uuid4": _UUID % ("4", "[89ab]"),
    "uuid5": _UUID % ("5", "[89ab]"),
}


def _reads(reader: Callable[[str], Any], text: str) -> bool:
    try:
        reader(text)
    except ValueError:
        return False
    return True


def _is_date(text: str) -> bool:
    return re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is not None and _reads(date.fromisoformat, text)


def _is_datetime(text: str) -> bool:
    day, letter, clock = text[:10], text[10:11], text[11:]
    pattern = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
    return _is_date(day) and letter in {"T", "t", " "} and re.fullmatch(pattern, clock) is not None


def is_date_time(text: str) -> bool:
    """Return whether a text is an RFC 3339 time."""
    pattern = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
    return _is_date(text[:10]) and text[10:11] in {"T", "t"} and re.fullmatch(pattern, text[11:]) is not None


def _is_cidr(text: str) -> bool:
    return re.search(r"/(?:0|[1-9][0-9]*)$", text) is not None and _reads(
        lambda each: ipaddress.ip_network(each, strict=False), text
    )


def _checksum(text: str) -> bool:
    """Return whether the checksum of a card's number is right (Luhn)."""
    digits = [int(each) for each in reversed(re.sub("[^0-9]", "", text))]
    doubled = [digit if index % 2 == 0 else sum(divmod(2 * digit, 10)) for index, digit in enumerate(digits)]
    return 12 <= len(digits) <= 19 and sum(doubled) % 10 == 0


def _is_isbn10(text: str) -> bool:
    bare = re.sub("[- ]", "", text)
    if not re.fullmatch("[0-9]{9}[0-9X]", bare):
        return False
    digits = [10 if each == "X" else int(each) for each in bare]
    return sum((10 - index) * digit for index, digit in enumerate(digits)) % 11 == 0


def _is_isbn13(text: str) -> bool:
    bare = re.sub("[- ]", "", text)
    return (
        bool(re.fullmatch("[0-9]{13}", bare))
        and sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(bare)) % 10 == 0
    )


def _matching(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


#: Format, with the prefix -> whether a text matches it. Other formats have no effect.
CHECKED_FORMATS: Final[dict[str, Callable[[str], bool]]] = {
    f"{PREFIX}{name}": check
    for name, check in {
        **{name: _matching(pattern) for name, pattern in _PATTERNS.items()},
        "cidr": _is_cidr,
        "creditcard": _checksum,
        "date": _is_date,
        "datetime": _is_datetime,
        "ipv4": lambda text: _reads(ipaddress.IPv4Address, re.sub(r"\b0+(?=[0-9])", "", text)),
        "ipv6": lambda text: "%" not in text and _reads(ipaddress.IPv6Address, text),
        "isbn": lambda text: _is_isbn10(text) or _is_isbn13(text),
        "isbn10": _is_isbn10,
        "isbn13": _is_isbn13,
        "k8s-short-name": lambda text: grammar.dns_label(text) is None,
        "k8s-long-name": lambda text: grammar.dns_subdomain(text) is None,
    }.items()
}


def pattern_check(pattern: str) -> Callable[[str], bool]:
    """Return a test whether a text matches a pattern in RE2, the engine of Kubernetes.

    Raises:
        ValueError: It is not a regular expression.
        TooMuchError: It takes too long to compile. The test raises it too.
    """
    try:
        compiled = compile_go_pattern(pattern)
    except InvalidPatternError as error:
        raise ValueError(str(error)) from error
    return lambda text: compiled.search(text) is not None
