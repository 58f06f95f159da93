"""What the functions of Kubernetes' libraries compute: addresses, quantities, URLs, versions, formats, expressions."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from fractions import Fraction
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.cel.nodes import CelError
from iacrl.domains.kubernetes.cel.times import read_timestamp
from iacrl.domains.quantities import parse_quantity
from iacrl.go_patterns import compile_go_pattern
from iacrl.patterns import InvalidPatternError, Pattern

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_SEMVER = re.compile(
    r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
    r"(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
)
#: Longer numbers do not fit into 64 bits.
_MOST_DIGITS = 20
_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)


def expression(text: str) -> Pattern:
    """Return a compiled RE2 regular expression.

    Raises:
        CelError: It is not one.
        TooMuchError: It takes too long to compile. Its searches raise it too.
    """
    try:
        return compile_go_pattern(text)
    except InvalidPatternError:
        raise CelError(f"{text!r} is not a regular expression") from None


def read_quantity(text: str) -> Fraction:
    """Return the amount that a text gives.

    Raises:
        CelError: It is not a quantity.
    """
    value = parse_quantity(text) if text else None
    if value is None:
        raise CelError(f"{text!r} is not a quantity")
    return value


def read_ip(text: str) -> Address:
    """Return an address, without a zone and without IPv4 in IPv6.

    Raises:
        CelError: The text is not one.
    """
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        raise CelError(f"{text!r} is not an IP address") from None
    if isinstance(found, ipaddress.IPv6Address) and (found.scope_id or found.ipv4_mapped):
        raise CelError(f"{text!r} has a zone, or is an IPv4 address in an IPv6 one")
    return found


class Cidr(NamedTuple):
    """An address and the length of its prefix."""

    address: Address
    length: int

    @property
    def network(self) -> Any:
        """The network that it is in."""
        return ipaddress.ip_network(f"{self.address}/{self.length}", strict=False)


def read_cidr(text: str) -> Cidr:
    """Return an address block.

    Raises:
        CelError: The text is not one.
    """
    address, slash, length = text.partition("/")
    found = read_ip(address)
    if not slash or not re.fullmatch("0|[1-9][0-9]{0,2}", length) or int(length) > found.max_prefixlen:
        raise CelError(f"{text!r} is not a CIDR block")
    return Cidr(found, int(length))


class Url(NamedTuple):
    """The parts of a URL."""

    scheme: str
    host: str
    hostname: str
    port: str
    path: str
    query: dict[str, list[str]]


def read_url(text: str) -> Url:
    """Return a URL, or an absolute path.

    Raises:
        CelError: The text is neither.
    """
    try:
        parts = urlsplit(text)
        port = "" if parts.port is None else str(parts.port)
    except ValueError:
        raise CelError(f"{text!r} is not a URL") from None
    if re.search(r"[\x00-\x20\x7f]", text) or not (parts.scheme or text.startswith("/")):
        raise CelError(f"{text!r} is not a URL")
    host = parts.netloc.rpartition("@")[2]
    name = host[: -len(port) - 1] if port else host.rstrip(":")
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._")
    return Url(parts.scheme, host, name.strip("[]"), port, path, parse_qs(parts.query, keep_blank_values=True))


class Semver(NamedTuple):
    """A semantic version, in the order that versions have."""

    numbers: tuple[int, int, int]
    release: tuple[Any, ...]


def read_semver(text: str, normalize: bool = False) -> Semver:
    """Return a semantic version.

    Raises:
        CelError: The text is not one.
    """
    if normalize:
        core, sign, rest = re.fullmatch(r"([^-+]*)([-+]?)(.*)", text.removeprefix("v"), re.DOTALL).groups()  # type: ignore[union-attr]
        numbers = [re.sub("^0+(?=[0-9])", "", each) for each in core.split(".")]
        text = ".".join([*numbers, "0", "0"][: max(3, len(numbers))]) + sign + rest
    match = _SEMVER.fullmatch(text)
    if match is None:
        raise CelError(f"{text!r} is not a semantic version")
    before = (match[4] or "").split(".") if match[4] else []
    too_long = any(each.isdigit() and len(each) > _MOST_DIGITS for each in (match[1], match[2], match[3], *before))
    if too_long or any(each.isdigit() and len(each) > 1 and each[0] == "0" for each in before):
        raise CelError(f"{text!r} is not a semantic version")
    ranks = tuple((0, int(each), "") if each.isdigit() else (1, 0, each) for each in before)
    return Semver((int(match[1]), int(match[2]), int(match[3])), ranks if before else ((2, 0, ""),))


def format_problem(name: str, text: str) -> str | None:
    """Return why a text does not match a named format; None if it does."""
    prefix = name.endswith("Prefix")
    checked = f"{text[:-1]}a" if prefix and text.endswith("-") else text
    check = {
        "dns1123Label": grammar.dns_label,
        "dns1123Subdomain": grammar.dns_subdomain,
        "dns1035Label": grammar.dns_1035_label,
        "qualifiedName": grammar.qualified_name,
        "labelValue": grammar.label_value,
    }.get(name.removesuffix("Prefix"))
    if check is not None:
        return check(checked)
    if name == "uri":
        return None if _reads(read_url, text) else "not a URI"
    if name == "uuid":
        return None if _UUID.fullmatch(text) else "not a UUID"
    if name == "byte":
        return None if is_base64(text) else "not base64"
    if name == "date":
        return None if _reads(read_timestamp, f"{text}T00:00:00Z") else "not a date"
    return None if _reads(read_timestamp, text) else "not a time"


def _reads(reader: Any, text: str) -> bool:
    try:
        reader(text)
    except CelError:
        return False
    return True


def is_base64(text: str) -> bool:
    """Return whether a text is base64 with padding."""
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(text) % 4 == 0
