"""Named forms of text: addresses, documents, times. Each predicate says whether a text has the form.

The programs that read them are Go's: `net.ParseCIDR`, `net.ParseIP`, `json.Unmarshal`, and `arn.Parse` of the AWS SDK.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from iacrl import nested_json

#: By name: its name in a message, and a regular expression in the syntax of RE2.
PATTERNS: dict[str, tuple[str, str]] = {
    "arn": (
        "an ARN",
        r"^$|^arn:aws(-[a-z]+)*:[^:]*:(|aws-global|[a-z]{2}(-[a-z]+)+-\d{1,2}):"
        r"(|aws|aws-managed|third-party|aws-marketplace|\d{12}|cw.{10}):(?s:.+)$",
    ),
    "arn_any": ("an ARN", r"^arn:(?s:[^:]*:[^:]*:[^:]*:[^:]*:.*)$"),
    "rfc3339": (
        "an RFC 3339 time such as 2006-01-02T15:04:05Z",
        r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]?\d|2[0-3]):[0-5]\d:[0-5]\d([.,]\d+)?"
        r"(Z|[+-]([01]\d|2[0-4]):[0-5]\d)$",
    ),
    "duration": (
        'a duration such as "30m" or "1h30m"',
        r"^[+-]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$",
    ),
    "account_id": ("an AWS account ID: exactly 12 digits", r"^\d{12}$"),
    "account_id_or_empty": ("an AWS account ID: exactly 12 digits", r"^(\d{12})?$"),
    "not_empty": ("a text that is not empty", r"(?s)."),
    "not_blank": ("a text that is not only white space", r"[^\t\n\v\f\r \x{85}\x{A0}]"),
    "integer": ("a whole number", r"^[+-]?\d+$"),
    "integer_or_empty": ("a whole number", r"^([+-]?\d+)?$"),
    "boolean_or_empty": ('"true" or "false"', r"^(|1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$"),
    "boolean": ('"true" or "false"', r"^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$"),
    "base64_characters": ("base64", r"^([A-Za-z0-9+/\r\n]*={0,2}[\r\n]*)$"),
    "base64": (
        "base64",
        r"^[\r\n]*(([A-Za-z0-9+/][\r\n]*){4})*"
        r"(([A-Za-z0-9+/][\r\n]*){2}=[\r\n]*=[\r\n]*|([A-Za-z0-9+/][\r\n]*){3}=[\r\n]*)?$",
    ),
    "utc_time": (
        "a time in UTC such as 2006-01-02T15:04:05Z",
        r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]?\d|2[0-3]):[0-5]\d:[0-5]\d([.,]\d+)?Z$",
    ),
    "target_port": (
        'a port (1-65536) or "traffic-port"',
        r"^(traffic-port|\+?0*([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-6]))$",
    ),
    "percentage_or_off": ('a whole number between 0 and 100, or "off"', r"^(off|\+?0*(\d{1,2}|100)|-0+)$"),
    "date": ("a date such as 2006-01-02", r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"),
    "clock": ("a time of day such as 15:04", r"^([01]?\d|2[0-3]):[0-5]\d$"),
    "daily_window": (
        "a window such as 04:00-05:00",
        r"^(([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)?$",
    ),
    "weekly_window": (
        "a window such as sun:04:00-sun:05:00",
        r"^(?i:(sun|mon|tue|wed|thu|fri|sat):([01]\d|2[0-3]):[0-5]\d-(sun|mon|tue|wed|thu|fri|sat):([01]\d|2[0-3]):[0-5]\d)?$",
    ),
    "url": ("a URL with a host", r"^(?i:https?)://[^/?#]+"),
    "https_url": ("an https URL with a host", r"^(?i:https)://[^/?#]+"),
    "uuid": ("a UUID", r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"),
}


def is_ip(text: str, bits: int | None = None) -> bool:
    """Say whether a text is an address, optionally of exactly 32 or 128 bits."""
    return _address(text, bits) is not None


def _address(text: str, bits: int | None = None) -> bytes | None:
    from socket import AF_INET, AF_INET6, inet_pton

    for family, size in ((AF_INET, 32), (AF_INET6, 128)):
        if bits in (None, size) and text.isascii():
            try:
                return inet_pton(family, text)
            except (OSError, ValueError):
                continue
    return None


def prefix_length(text: str, bits: int | None = None) -> int | None:
    """Return the prefix length of a CIDR block, or None if the text is not one."""
    address, slash, length = text.partition("/")
    packed = _address(address, bits) if slash else None
    if packed is None or not length.isdigit() or not length.isascii() or len(length) > 3:
        return None
    return int(length) if int(length) <= 8 * len(packed) else None


def is_network(text: str, bits: int | None = None) -> bool:
    """Say whether a text is a CIDR block whose address has no bit set beyond the prefix."""
    length = prefix_length(text, bits)
    if length is None:
        return False
    packed = _address(text.partition("/")[0], bits) or b""
    return int.from_bytes(packed, "big") & ((1 << (8 * len(packed) - length)) - 1) == 0


def is_json(text: str) -> bool:
    """Say whether a text is a JSON document."""
    try:
        nested_json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return True


def is_json_object(text: str) -> bool:
    """Say whether a text is a JSON object, with nothing before it."""
    return text.startswith("{") and is_json(text)


def is_json_list_of_objects(text: str) -> bool:
    """Say whether a text begins with a JSON list of objects. A blank text does too; text after the list is ignored."""
    found = _first_json(text)
    return found is None or (isinstance(found, list) and all(one is None or isinstance(one, dict) for one in found))


def is_json_object_of_objects(text: str) -> bool:
    """Say whether a text begins with a JSON object whose members are objects. A blank text does too."""
    found = _first_json(text)
    return found is None or (isinstance(found, dict) and all(isinstance(one, dict) for one in found.values()))


def _first_json(text: str) -> Any:
    """Return what a stream decoder reads first: None if there is nothing, an empty text if it is not JSON."""
    if not text.strip(" \t\r\n"):
        return None
    try:
        return json.JSONDecoder(parse_constant=_refuse).raw_decode(nested_json.shallow(text.lstrip(" \t\r\n")))[0]
    except (ValueError, RecursionError):
        return ""


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


#: By name: its name in a message, and the predicate.
CHECKED: dict[str, tuple[str, Callable[[str], bool]]] = {
    "ip": ("an IP address", is_ip),
    "ipv4": ("an IPv4 address", lambda text: is_ip(text, 32)),
    "ipv4_or_mapped": ("an IPv4 address", lambda text: is_ip(text, 32) or (is_ip(text) and "." in text)),
    "ipv6": ("an IPv6 address", lambda text: is_ip(text, 128)),
    "ip_or_cidr": ("an IP address or a CIDR block", lambda text: is_ip(text) or prefix_length(text) is not None),
    "cidr": ("a CIDR block", lambda text: prefix_length(text) is not None),
    "cidr_or_empty": ("a CIDR block", lambda text: not text or prefix_length(text) is not None),
    "ipv4_cidr": ("an IPv4 CIDR block", lambda text: prefix_length(text, 32) is not None),
    "ipv6_cidr": ("an IPv6 CIDR block", lambda text: prefix_length(text, 128) is not None),
    "network": ("a CIDR block without host bits", is_network),
    "network_or_empty": ("a CIDR block without host bits", lambda text: not text or is_network(text)),
    "ipv4_network": ("an IPv4 CIDR block without host bits", lambda text: is_network(text, 32)),
    "ipv4_network_or_empty": ("an IPv4 CIDR block without host bits", lambda text: not text or is_network(text, 32)),
    "ipv6_network": ("an IPv6 CIDR block without host bits", lambda text: is_network(text, 128)),
    "ipv6_network_or_empty": ("an IPv6 CIDR block without host bits", lambda text: not text or is_network(text, 128)),
    "json": ("valid JSON", is_json),
    "json_or_empty": ("valid JSON", lambda text: not text or is_json(text)),
    "json_object": ("a JSON object", is_json_object),
    "json_list_of_objects": ("a JSON list of objects", is_json_list_of_objects),
    "json_object_of_objects": ("a JSON object of objects", is_json_object_of_objects),
    "json_object_or_empty": ("a JSON object", lambda text: not text or is_json_object(text)),
}


def has_form(name: str, text: str) -> bool:
    """Say whether a text has the form of this name."""
    if name in CHECKED:
        return CHECKED[name][1](text)
    return matches(PATTERNS[name][1], text)


def form_words(name: str) -> str:
    """Return the name of a form in messages."""
    return CHECKED[name][0] if name in CHECKED else PATTERNS[name][0]


def matches(pattern: str, text: str) -> bool:
    """Say whether a text contains a match of an expression in the syntax of RE2."""
    return _compiled(pattern).search(text) is not None


@lru_cache(maxsize=2048)
def _compiled(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)
