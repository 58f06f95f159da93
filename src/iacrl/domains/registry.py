"""Finds a domain by its name, and a rule by its code: the shipped ones, and those of installed packages.

A package declares a domain as an entry point of the group `iacrl.domains`, `name = "package.module:DOMAIN"`.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

from iacrl.domains.base import NO_OPTIONS, Domain, Options
from iacrl.domains.deferred import load
from iacrl.domains.rules import Rule
from iacrl.errors import DOCS, UserError, did_you_mean

if TYPE_CHECKING:
    from iacrl.domains.programs import SecondJudge

#: The group in which an installed package declares its domains.
ENTRY_POINTS = "iacrl.domains"

#: The shipped domains: their names, and the module and constant of each. Imported on first use.
_SHIPPED = {
    "terraform": "iacrl.domains.terraform.domain:DOMAIN",
    "kubernetes": "iacrl.domains.kubernetes.domain:DOMAIN",
    "cloudformation": "iacrl.domains.cloudformation.domain:DOMAIN",
}


def find_domain(name: str) -> Domain:
    """Return the domain with this name.

    Raises:
        UserError: There is none (the message names the nearest), or the package that declares it is broken.
    """
    found = _find(name) if isinstance(name, str) else None
    if found is None:
        known = domain_names()
        raise UserError(f"Unknown domain {name!r}.{did_you_mean(str(name), known)} Domains: {', '.join(known)}.")
    return found


@cache
def domain_names() -> tuple[str, ...]:
    """Return the name of every domain: the shipped ones first, then those of installed packages."""
    return (*_SHIPPED, *sorted(set(_entry_points()) - set(_SHIPPED)))


def all_domains() -> tuple[Domain, ...]:
    """Return every domain.

    Raises:
        UserError: An installed package that declares one is broken.
    """
    return tuple(map(find_domain, domain_names()))


def judged_twice() -> tuple[str, ...]:
    """Return the name of every domain that declares a second judge; it need not be installed."""
    return tuple(domain.name for domain in all_domains() if domain.second_judge is not None)


def second_judge(name: str, options: Options = NO_OPTIONS) -> SecondJudge:
    """Return the second judge of a domain, ready to be entered.

    Raises:
        UserError: The domain has none, or it is not installed; the message says what to install. Or the domain or
            option is unknown.
    """
    domain = find_domain(name)
    if domain.second_judge is None:
        raise UserError(f"Domain {name} has no second judge. Domains that have one: {', '.join(judged_twice())}.")
    return domain.second_judge(domain.resolved(options))


def find_rule(code: str) -> Rule:
    """Return the rule with this code.

    Raises:
        UserError: No rule has this code; the message names the nearest one.
    """
    known: dict[str, Rule] = {}
    for domain in all_domains():  # one by one: the rules of some domains take seconds to load
        known |= {rule.code: rule for rule in domain.rules()}
        if code.upper() in known:
            return known[code.upper()]
    raise UserError(f"No rule {code!r}.{did_you_mean(code.upper(), known)} {DOCS}/rules.md lists them all.")


@cache
def _find(name: str) -> Domain | None:
    if name in _SHIPPED:
        shipped: Domain = load(_SHIPPED[name])
        return shipped
    return _installed(name)


def _installed(name: str) -> Domain | None:
    point = _entry_points().get(name)
    if point is None:
        return None
    try:
        found = load(point)
    except Exception as error:
        raise UserError(f"Domain {name!r}: {point} fails to load: {type(error).__name__}: {error}") from error
    if not isinstance(found, Domain):
        raise UserError(f"Domain {name!r}: {point} is {type(found).__name__}; expected an iacrl.domains.Domain.")
    if found.name != name:
        raise UserError(f"Domain {name!r}: {point} calls itself {found.name!r}; give both the same name.")
    return found


@cache
def _entry_points() -> dict[str, str]:
    if not _may_be_declared():
        return {}
    from importlib.metadata import entry_points

    return {point.name: point.value for point in entry_points(group=ENTRY_POINTS)}


def _may_be_declared() -> bool:
    """Return whether an installed package may declare a domain.

    Mostly none does. `importlib.metadata` would say so too, but importing it takes as long as ten verdicts.
    """
    if any(hasattr(finder, "find_distributions") for finder in sys.meta_path if finder is not PathFinder):
        return True
    for folder in sys.path:
        try:
            paths = list(Path(folder).iterdir())
        except NotADirectoryError:  # an archive
            return True
        except OSError:  # importlib.metadata ignores it too
            continue
        for path in paths:
            if path.suffix == ".egg":
                return True
            if path.suffix in {".dist-info", ".egg-info"} and _mentions(path / "entry_points.txt"):
                return True
    return False


def _mentions(file: Path) -> bool:
    try:
        return ENTRY_POINTS.encode() in file.read_bytes()
    except OSError:
        return False
