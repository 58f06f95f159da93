"""Kubernetes' libraries: URLs, quantities, addresses, networks, named formats and versions."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from iacrl.domains.kubernetes.cel import library
from iacrl.domains.kubernetes.cel.call_signatures import FORMATS
from iacrl.domains.kubernetes.cel.nodes import CelError
from iacrl.domains.kubernetes.cel.values import NONE, Format, Optional


def _amount(value: Any) -> Fraction:
    return Fraction(value)


def _tests(reader: Callable[..., Any]) -> Callable[..., bool]:
    def test(*takes: Any) -> bool:
        try:
            reader(*takes)
        except CelError:
            return False
        return True

    return test


def _whole(value: Fraction) -> int:
    if value.denominator != 1 or not -(2**63) <= value < 2**63:
        raise CelError("cannot convert value to integer")
    return value.numerator


def _contains(cidr: library.Cidr, other: Any) -> bool:
    address = library.read_ip(other) if isinstance(other, str) else other
    return address.version == cidr.address.version and address in cidr.network


def _contains_cidr(cidr: library.Cidr, other: Any) -> bool:
    inner = library.read_cidr(other) if isinstance(other, str) else other
    return _contains(cidr, inner.address) and inner.length >= cidr.length


def _canonical(text: str) -> bool:
    return str(library.read_ip(text)) == text


def _validate(name: str, text: str) -> Optional:
    problem = library.format_problem(name, text)
    return NONE if problem is None else Optional([problem])


def _order(one: Any, other: Any) -> int:
    return int(one > other) - int(one < other)


#: By name; a method takes what it is called on first.
LIBRARIES: Final[dict[str, Callable[..., Any]]] = {
    "isURL": _tests(library.read_url),
    "url": library.read_url,
    "getScheme": lambda url: url.scheme,
    "getHost": lambda url: url.host,
    "getHostname": lambda url: url.hostname,
    "getPort": lambda url: url.port,
    "getEscapedPath": lambda url: url.path,
    "getQuery": lambda url: url.query,
    "isQuantity": _tests(library.read_quantity),
    "quantity": library.read_quantity,
    "isInteger": lambda value: value.denominator == 1 and -(2**63) <= value < 2**63,
    "asInteger": _whole,
    "asApproximateFloat": float,
    "sign": lambda value: (value > 0) - (value < 0),
    "add": lambda value, other: value + _amount(other),
    "sub": lambda value, other: value - _amount(other),
    "isLessThan": lambda value, other: value < other,
    "isGreaterThan": lambda value, other: value > other,
    "compareTo": _order,
    "isIP": _tests(library.read_ip),
    "ip": lambda value: value.address if isinstance(value, library.Cidr) else library.read_ip(value),
    "ip.isCanonical": _canonical,
    "family": lambda address: address.version,
    "isUnspecified": lambda address: address.is_unspecified,
    "isLoopback": lambda address: address.is_loopback,
    "isLinkLocalMulticast": lambda address: (
        address in ipaddress.ip_network("224.0.0.0/24" if address.version == 4 else "ff02::/16")
    ),
    "isLinkLocalUnicast": lambda address: address.is_link_local,
    "isGlobalUnicast": lambda address: (
        not (address.is_unspecified or address.is_loopback or address.is_multicast or address.is_link_local)
        and str(address) != "255.255.255.255"
    ),
    "isCIDR": _tests(library.read_cidr),
    "cidr": library.read_cidr,
    "containsIP": _contains,
    "containsCIDR": _contains_cidr,
    "masked": lambda cidr: library.Cidr(cidr.network.network_address, cidr.length),
    "prefixLength": lambda cidr: cidr.length,
    "format.named": lambda name: Optional(Format(name)) if name in FORMATS else NONE,
    "format.?": Format,
    "validate": _validate,
    "isSemver": _tests(library.read_semver),
    "semver": library.read_semver,
    "major": lambda version: version.numbers[0],
    "minor": lambda version: version.numbers[1],
    "patch": lambda version: version.numbers[2],
}
