"""What security checks of several domains know about addresses and ports."""

from __future__ import annotations

from typing import Any

from iacrl.domains.security import texts

#: How a rule says "from anywhere"; Azure has words of its own.
ANYWHERE = frozenset({"0.0.0.0/0", "::/0", "0.0.0.0", "*", "any", "internet"})
#: Secure shell and remote desktop.
ADMINISTRATION = (22, 3389)


def from_anywhere(*sources: Any) -> bool | None:
    """Say whether any of these lists of networks holds every address; None where that is not known."""
    found = [texts(source) for source in sources]
    if any(text.lower() in ANYWHERE for listed in found if listed is not None for text in listed):
        return True
    return None if None in found else False


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
