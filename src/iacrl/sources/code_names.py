"""All codes: of the rules of all domains, of the security checks, and of ignore comments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from iacrl.domains.registry import all_domains, find_rule
from iacrl.domains.rules import Rule
from iacrl.errors import did_you_mean
from iacrl.sources.settings import ALL, SECURITY

#: The JSON Schema of the settings. It lists every code of the shipped domains, whose catalogues take longer to read.
SCHEMA_FILE: Final = Path(__file__).parent / "iacrl.schema.json"

_SOURCE: Final = "iacrl's own rule of ignore comments"

UNKNOWN_IGNORE: Final = Rule(
    "IG001",
    "extract",
    "Unknown ignore",
    "The comment asks for something that iacrl does not know, or names no code, or one that no rule has. Write "
    "`# iacrl: ignore CODE` or `# iacrl: ignore-file CODE`; syntax errors cannot be ignored.",
    _SOURCE,
    "warning",
)
UNUSED_IGNORE: Final = Rule(
    "IG002",
    "extract",
    "Unused ignore",
    "Nothing with this code is found where the comment ignores it. Remove the code, so that a later finding is seen.",
    _SOURCE,
    "warning",
)
IGNORE_RULES: Final = (UNKNOWN_IGNORE, UNUSED_IGNORE)


def all_codes() -> Iterator[str]:
    """Yield every named code; this reads the catalogues of all domains."""
    yield from (rule.code for rule in IGNORE_RULES)
    for domain in all_domains():
        if not domain.other_codes:
            yield from (rule.code for rule in domain.rules())
        yield from (check.id for check in domain.security_checks())


def other_codes() -> str:
    """Return a regular expression for the codes, and beginnings of codes, without a name here."""
    return "|".join(domain.other_codes for domain in all_domains() if domain.other_codes)


def selectors(codes: Iterable[str]) -> list[str]:
    """Return all selectors, in order: `ALL`, each code, and each beginning of a code with all its letters."""
    found = {ALL}
    for code in codes:
        letters = re.match(r"[^\d]*", code)
        found |= {code[:length] for length in range(letters.end() if letters else 1, len(code) + 1)}
    return sorted(found)


def is_selector(name: str) -> bool:
    """Return whether a name is a code or the beginning of one."""
    if name in _shipped() or re.fullmatch(other_codes() or "(?!)", name):
        return True
    return name in _all_selectors()


def why_no_selector(name: str) -> str:
    """Return what is wrong with a name that is not a selector, and the nearest selector."""
    return f"no rule has the code {name!r}, and none begins with it.{did_you_mean(name, _all_selectors())}"


@cache
def _shipped() -> frozenset[str]:
    known = json.loads(SCHEMA_FILE.read_bytes())["definitions"]["code"]["anyOf"][0]["enum"]
    return frozenset(known)


@cache
def _all_selectors() -> frozenset[str]:
    return frozenset(selectors(all_codes()))


def rule_of(code: str) -> Rule:
    """Return the rule behind a finding's code, including codes of security checks and ignore comments.

    Raises:
        UserError: There is no such code; the message names the nearest one.
    """
    name = code.upper()
    own = next((rule for rule in IGNORE_RULES if rule.code == name), None)
    if own is not None:
        return own
    if name.startswith(SECURITY):
        from iacrl.scoring.security import all_checks

        for one in all_checks():
            if one.id == name:
                return Rule(one.id, "references", one.title, one.why, one.source, "warning")
    return find_rule(code)
