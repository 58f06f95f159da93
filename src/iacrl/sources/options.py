"""Options of the domains in written form: `DOMAIN.OPTION=VALUE`."""

from __future__ import annotations

from collections.abc import Iterable

from iacrl.domains.registry import all_domains, find_domain
from iacrl.errors import UserError


def read_options(written: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the options of each named domain.

    Args:
        written: Each `DOMAIN.OPTION=VALUE`.

    Raises:
        UserError: One is malformed, or there is no such domain, option or value.
    """
    found: dict[str, dict[str, str]] = {}
    for one in written:
        key, equals, value = one.partition("=")
        domain, dot, option = key.strip().partition(".")
        if not (equals and dot):
            raise UserError(f"Option {one!r}: write DOMAIN.OPTION=VALUE{_example()}.")
        found.setdefault(domain, {})[option] = value.strip()
    for domain, given in found.items():
        find_domain(domain).resolved(given)
    return found


def _example() -> str:
    known = [f"{domain.name}.{option.name}={option.default}" for domain in all_domains() for option in domain.options]
    return f", such as {known[0]}" if known else ""
