"""Networks, which have several spellings with the same meaning."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any


def parse_network(value: Any) -> IPv4Network | IPv6Network | None:
    """Return the network of a CIDR; None if the value is not a CIDR or has host bits set."""
    if not isinstance(value, str) or "/" not in value:
        return None
    try:
        return ip_network(value, strict=True)
    except ValueError:
        return None
