"""What security checks of several domains know about addresses and ports."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from iacrl.domains.security import texts

#: How a rule says "from anywhere"; Azure has words of its own.
ANYWHERE = frozenset({"0.0.0.0", "*", "any", "internet"})
#: A list of networks is as good as everywhere from this many addresses on: more than 10.0.0.0/8 or one registry's part
#: of IPv6; of IPv4 and of IPv6. Two rules with half of all addresses each are open both.
_WIDE = (2**25, 2**113)
#: The addresses of IPv6 that no internet routes: https://www.rfc-editor.org/rfc/rfc4193
_LOCAL = "fc00::/7"
#: Longer lists are refused by every cloud.
_LONGEST = 10_000
#: Secure shell and remote desktop.
ADMINISTRATION = (22, 3389)


def from_anywhere(*sources: Any) -> bool | None:
    """Say whether these lists of networks hold every address, or nearly all; None where that is not known."""
    found = [texts(source) for source in sources]
    known = [text for listed in found if listed is not None for text in listed][:_LONGEST]
    if any(text.lower() in ANYWHERE for text in known) or _is_wide(known):
        return True
    return None if None in found else False


def _is_wide(texts: Iterable[str]) -> bool:
    import ipaddress  # slower to import than most texts to judge

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
    """Say whether ports, each `22`, `20-25` or `*`, include one for administration; None where that is not known."""
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
