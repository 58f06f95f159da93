"""Derives the conditions of a number from the answers about it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction

from iacrl.domains.terraform.provider_rules.conditions import holds
from iacrl.domains.terraform.provider_rules.facts import Condition

_NUMBER = r"(-?\d+(?:\.\d+)?)"
_BETWEEN = re.compile(rf"(?:range \({_NUMBER} - {_NUMBER}\)|between {_NUMBER} and {_NUMBER})")
_LEAST = re.compile(rf"at least \(?{_NUMBER}|greater than or equal to {_NUMBER}")
_MOST = re.compile(rf"at most \(?{_NUMBER}|less than or equal to {_NUMBER}")
_LISTED = re.compile(r"one of:? \[([-\d\" ]+)\]")
_DIVISIBLE = re.compile(r"divisible by (\d+)")


def fit_number(answers: Mapping[float, list[str]], fraction: float) -> tuple[list[Condition], set[float]]:
    """Return conditions that refuse no accepted number, and the refused numbers that none of them explains."""
    found: list[Condition] = []
    whole = {value: said for value, said in answers.items() if value != fraction}
    accepted = [value for value, said in whole.items() if not said]
    refused = {value for value, said in whole.items() if said}
    if any("whole number" in one or "Error" in one for one in answers.get(fraction, ())) and accepted:
        found.append(["whole"])
    words = sorted({one for said in whole.values() for one in said})
    explained: set[float] = set()
    offered = [*_spelt(words)]
    together = [*_either(offered)]
    if together and {value for value in whole if not holds(together[0], value)} == refused:
        offered = []
    for condition in (*offered, *together, *_bounds(accepted, refused)):
        here = {value for value in whole if not holds(condition, value)}
        if here - explained and here <= refused:
            found.append(condition)
            explained |= here
    return found, refused - explained


def _spelt(words: list[str]) -> Iterator[Condition]:
    made: list[Condition] = []
    for text in words:
        made += [["range", *[_plain(part) for part in one if part]] for one in _BETWEEN.findall(text)]
        made += [["range", _plain(a or b), None] for a, b in _LEAST.findall(text)]
        made += [["range", None, _plain(a or b)] for a, b in _MOST.findall(text)]
        made += [["numbers", *map(int, re.findall(r"-?\d+", listed))] for listed in _LISTED.findall(text)]
        made += [["multiple", int(one)] for one in _DIVISIBLE.findall(text)]
    seen: list[Condition] = []
    for one in made:
        if one not in seen:
            seen.append(one)
            yield one


def _either(offered: list[Condition]) -> Iterator[Condition]:
    """Yield the whole offer as alternatives."""
    if len(offered) > 1:
        yield ["any", *offered]


def _bounds(accepted: list[float], refused: set[float]) -> Iterator[Condition]:
    """Yield the range of the accepted numbers, if the refused numbers next to it were asked about."""
    if accepted:
        low, high = min(accepted), max(accepted)
        yield ["range", low if low - 1 in refused else None, high if high + 1 in refused else None]


def _plain(text: str) -> int | float:
    number = Fraction(text)
    return int(number) if number.denominator == 1 else float(number)
