"""Addresses and ports, for security checks of several domains."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from iacrl.domains.security import texts

#: Spellings of "from anywhere" in rules; Azure has its own words.
ANYWHERE = frozenset({"0.0.0.0", "*", "any", "internet"})
#: From this many addresses on (IPv4, IPv6), a list of networks counts as everywhere: more than 10.0.0.0/8 or one
#: registry's part of IPv6. Two rules with half of all addresses each are both open.
_WIDE = (2**25, 2**113)
#: IPv6 addresses that the internet does not route: https://www.rfc-editor.org/rfc/rfc4193
_LOCAL = "fc00::/7"
#: Every cloud refuses longer lists.
_LONGEST = 10_000
#: Secure shell and remote desktop.
ADMINISTRATION = (22, 3389)


def from_anywhere(*sources: Any) -> bool | None:
    """Return whether these lists of networks contain all or nearly all addresses; None if unknown."""
    found = [texts(source) for source in sources]
    known = [text for listed in found if listed is not None for text in listed][:_LONGEST]
    if any(text.lower() in ANYWHERE for text in known) or _is_wide(known):
        return True
    return None if None in found else False


def _is_wide(texts: Iterable[str]) -> bool:
    import ipaddress  # importing it is slower than judging most texts

    local = ipaddress.IPv6Network(_LOCAL)
    old: list[ipaddress.IPv4Network] = []
    new: list[ipaddress.IPv6Network] = []
    for text in texts:
        try:
            network = ipaddress.ip_network(text.strip(), strict=False)
        except ValueError:
            continue  # a group, a tag of a service, or a mistake
        if isinstance(network, ipaddress.IPv4Network):
            old.append(network)
        elif not network.subnet_of(local):
            new.append(network)
    counts = (
        sum(one.num_addresses for one in ipaddress.collapse_addresses(old)),
        sum(one.num_addresses for one in ipaddress.collapse_addresses(new)),
    )
    return any(count >= wide for count, wide in zip(counts, _WIDE, strict=True))


def reaches_administration(ports: list[str] | None) -> bool | None:
    """Return whether ports, each `22`, `20-25` or `*`, include an administration port; None if unknown."""
    if ports is None:
        return None
    found = [_bounds(port) for port in ports]
    if any(bounds is None for bounds in found):
        return None
    return any(bounds[0] <= port <= bounds[1] for bounds in found if bounds for port in ADMINISTRATION)


def _bounds(text: str) -> tuple[int, int] | None:
    if text == "*":
        return (0, 65535)
    first, _, last = text.partition("-")
    return (int(first), int(last or first)) if first.isdecimal() and (last or first).isdecimal() else None
