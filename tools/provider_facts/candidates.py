"""What may be behind a complaint: conditions, and the texts that each of them refuses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from iacrl.domains.terraform.provider_rules.conditions import holds
from iacrl.domains.terraform.provider_rules.facts import Condition
from iacrl.domains.terraform.provider_rules.forms import CHECKED, PATTERNS
from provider_facts.program_patterns import compiled

_LISTED = re.compile(
    r"(?:to be one of|value must be one of:?|Valid Values:|values? (?:are|is|must be)|one of:?) \[(.*?)\](?:,|$|\n)",
    re.S,
)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_EXPRESSION = re.compile(r'(?:regular expression|restrictions) \(?"((?:[^"\\]|\\.)*)"')
_LENGTH = re.compile(r"expected length of \S+ to be in the range \((\d+) - (\d+)\)")
_LEAST_LENGTH = re.compile(r"string length must be at least (\d+)|expected length of \S+ to be at least \((\d+)\)")
_MOST_LENGTH = re.compile(r"string length must be at most (\d+)|\" cannot be longer than (\d+) characters")
_RANGE = re.compile(r"to be (?:at )?between \((-?\d+)\) and \((-?\d+)\)")
_BITS = re.compile(r"between (\d+) and (\d+) significant bits|netmask.*?\[?(\d+)[ -]+(?:and )?(\d+)")


class Texts:
    """Conditions that any text argument may have, with what each refuses of the texts put to many arguments."""

    def __init__(self, patterns: Iterable[str], universe: Sequence[str]) -> None:
        #: The texts that are put to many arguments.
        self.common = frozenset(universe)
        named: list[Condition] = [["form", name] for name in (*CHECKED, *PATTERNS)]
        self.general: list[tuple[Condition, frozenset[str]]] = []
        taken: set[frozenset[str]] = set()
        for condition in (*named, *self._of(patterns)):
            refused = frozenset(text for text in universe if not holds(condition, text))
            if 0 < len(refused) < len(universe) and refused not in taken:
                taken.add(refused)
                self.general.append((condition, refused))
        #: The fewest texts found on which all these conditions differ, and those on which all the named forms do.
        self.telling = _telling(universe, [refused for _, refused in self.general])
        self.of_forms = _telling(universe, [refused for one, refused in self.general if one[0] == "form"])

    def sound(self, accepted: frozenset[str], refused: frozenset[str]) -> list[tuple[Condition, frozenset[str]]]:
        """Return the conditions that refuse something, and nothing that was accepted, with what they refuse.

        Only the texts that are put to many arguments are looked at.
        """
        asked = accepted | refused
        return [
            (condition, general & asked)
            for condition, general in self.general
            if accepted.isdisjoint(general) and not general.isdisjoint(refused)
        ]

    def covering(self, values: frozenset[str], asked: frozenset[str]) -> list[tuple[Condition, frozenset[str]]]:
        """Return the conditions that refuse all of some values, with what they refuse of all that were asked."""
        common = values & self.common
        return [(condition, general & asked) for condition, general in self.general if common <= general]

    @staticmethod
    def _of(patterns: Iterable[str]) -> Iterator[Condition]:
        for pattern in sorted(patterns, key=lambda one: (len(one), one)):
            yield ["match", pattern]
            yield ["no_match", pattern]


def _telling(universe: Sequence[str], sets: Sequence[frozenset[str]]) -> list[str]:
    """Return texts by which all the sets can be told apart, each of which some two sets differ by."""
    classes = [list(sets)]
    chosen: list[str] = []
    for text in universe:
        parts = [[one for one in group if (text in one) == inside] for group in classes for inside in (True, False)]
        parts = [part for part in parts if part]
        if len(parts) > len(classes):
            classes = parts
            chosen.append(text)
    return chosen


def said_by(words: Iterable[str]) -> Iterator[Condition]:
    """Yield the conditions that a complaint spells out."""
    for text in words:
        for listed in _LISTED.findall(text):
            quoted = [one.replace('\\"', '"') for one in _QUOTED.findall(listed)]
            if quoted:
                yield ["enum", *quoted]
                yield ["enum_i", *quoted]
            elif listed and not re.search(r"Value\(", listed):
                yield ["enum", *listed.split()]
                if listed.endswith(" "):
                    yield ["enum", *listed.split(), ""]
        for found in _EXPRESSION.findall(text):
            for pattern in (found, found.replace("\\\\", "\\").replace('\\"', '"')):
                if compiled(pattern) is not None:
                    yield ["match", pattern]
        for low, high in _LENGTH.findall(text):
            yield ["length", int(low), int(high)]
        for least in _LEAST_LENGTH.findall(text):
            yield ["length", int(next(filter(None, least))), None]
        for most in _MOST_LENGTH.findall(text):
            yield ["length", None, int(next(filter(None, most)))]
        for low, high in _RANGE.findall(text):
            yield ["range", int(low), int(high)]
        for found in _BITS.findall(text):
            low, high = [int(one) for one in found if one]
            yield ["bits", low, high]


def lengths(answers: dict[str, bool]) -> Iterator[Condition]:
    """Yield the lengths that fit which runs of one letter were refused; a bound must be seen from both sides."""
    runs = {len(text): refused for text, refused in answers.items() if set(text) <= {"a"}}
    accepted = [length for length, refused in runs.items() if not refused]
    if not accepted:
        return
    low, high = min(accepted), max(accepted)
    least = low if runs.get(low - 1) else None
    most = high if runs.get(high + 1) else None
    for bounds in ((least, most), (least, None), (None, most)):
        if bounds != (None, None):
            yield ["length", *bounds]
