"""Values that are written in several ways and mean the same: Kubernetes quantities and networks."""

from __future__ import annotations

import re
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

# https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
_QUANTITY = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)")
_SUFFIXES = {
    "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "": Decimal(1),
    "k": Decimal("1e3"), "M": Decimal("1e6"), "G": Decimal("1e9"), "T": Decimal("1e12"),
    "P": Decimal("1e15"), "E": Decimal("1e18"),
    "Ki": Decimal(2**10), "Mi": Decimal(2**20), "Gi": Decimal(2**30), "Ti": Decimal(2**40),
    "Pi": Decimal(2**50), "Ei": Decimal(2**60),
}  # fmt: skip


def parse_quantity(value: Any) -> Decimal | None:
    """Return the size that a Kubernetes quantity (`500m`, `1.5Gi`, `2e3`, 4) stands for; None when it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    found = _QUANTITY.fullmatch(str(value))
    if found is None or len(str(value)) > 40:
        return None
    number, exponent, suffix = found.groups()
    if exponent and abs(int(exponent[1:])) > 30:
        return None
    return Decimal(number + (exponent or "")) * _SUFFIXES[suffix or ""]


def parse_network(value: Any) -> IPv4Network | IPv6Network | None:
    """Return the network that a CIDR stands for ; None when the value is no CIDR or has host bits set."""
    if not isinstance(value, str) or "/" not in value:
        return None
    try:
        return ip_network(value, strict=True)
    except ValueError:
        return None
