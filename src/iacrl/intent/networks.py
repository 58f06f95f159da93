"""Networks, which are written in several ways and mean the same."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any


def parse_network(value: Any) -> IPv4Network | IPv6Network | None:
    """Return the network that a CIDR stands for; None when the value is no CIDR or has host bits set."""
    if not isinstance(value, str) or "/" not in value:
        return None
    try:
        return ip_network(value, strict=True)
    except ValueError:
        return None
