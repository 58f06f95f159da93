"""IP addresses and blocks, as the API server reads them: strictly since Kubernetes 1.36, before that as older Go did.

Source: `IsValidIPForLegacyField` and `IsValidCIDRForLegacyField` in `pkg/apis/core/validation/validation.go`, behind
the feature gate StrictIPCIDRValidation.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from iacrl.domains.kubernetes.grammar import Check
from iacrl.domains.kubernetes.manifest_checks import Manifest

_STRICT_SINCE: Final = 36
_ZEROS: Final = re.compile(r"(?<![0-9a-fA-F:])0+(?=[0-9])")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def address_of(text: str, strict: bool) -> Address | None:
    """Return the address, or None. Leading zeros are decimal, and allowed only if `strict` is false."""
    if "%" in text:
        return None
    try:
        found = ipaddress.ip_address(text if strict else _ZEROS.sub("", text))
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return None if strict else found.ipv4_mapped
    return found


def network_of(text: str, strict: bool) -> Network | None:
    """Return the block, or None; with `strict` it may have no bits beyond its prefix."""
    address, slash, length = text.partition("/")
    found = address_of(address, strict)
    if found is None or not slash or not (length.isascii() and length.isdigit() and len(length) < 9):
        return None
    if strict and length != str(int(length)):
        return None
    try:
        return ipaddress.ip_network(f"{found}/{int(length)}", strict=strict)
    except ValueError:
        return None


def is_strict(manifest: Manifest) -> bool:
    """Return whether the API server of this version reads addresses strictly."""
    return manifest.minor >= _STRICT_SINCE


def ip_address(manifest: Manifest) -> Check:
    """Return the check of an address, IPv4 or IPv6."""
    return lambda text: None if address_of(text, is_strict(manifest)) else "it is not an IP address"


def ordinary_ip(manifest: Manifest) -> Check:
    """Return the check of an address that can be an endpoint: not unspecified, loopback or link-local."""

    def check(text: str) -> str | None:
        address = address_of(text, is_strict(manifest))
        if address is None:
            return "it is not an IP address"
        local = address.is_link_local or (address.is_multicast and _is_local(address))
        if address.is_unspecified or address.is_loopback or local:
            return "it must not be an unspecified, loopback or link-local address"
        return None

    return check


def _is_local(address: Address) -> bool:
    """Return whether a multicast address is link-local: 224.0.0.0/24 or ff?2::/16."""
    packed = address.packed
    return packed[:3] == b"\xe0\x00\x00" if address.version == 4 else packed[1] & 0x0F == 2


def cidr(manifest: Manifest) -> Check:
    """Return the check of a block such as `10.0.0.0/8`."""
    strict = is_strict(manifest)
    loose = "it is not a CIDR block such as 10.0.0.0/8"
    why = f"{loose}, without bits beyond its prefix length" if strict else loose
    return lambda text: None if network_of(text, strict) else why
