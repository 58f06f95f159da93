"""Conditions that may be behind a complaint, and the texts that each of them refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Iterator, Sequence

import numpy as np

from iacrl.domains.terraform.provider_rules.conditions import holds
from iacrl.domains.terraform.provider_rules.facts import Condition
from iacrl.domains.terraform.provider_rules.forms import CHECKED, PATTERNS
from provider_facts.pool import WRITTEN, found_in, samples_of, telling
from provider_facts.program_patterns import compiled

_LISTED = re.compile(
    r"(?:to be one of|value must be one of:?|Valid Values:|values? (?:are|is|must be)|one of:?) \[(.*?)\](?:,|$|\n)",
    re.S,
)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_EXPRESSION = re.compile(r'(?:regular expression|restrictions|pattern) \(?"((?:[^"\\]|\\.)*)"')
_IN_QUOTES = re.compile(r"""["'`]([^"'`\s]{1,40})["'`]""")
_BEGINNING = re.compile(r"""(?:begin|start)s? with ["'`]?([^\s"'`]+?)["'`]?[).,]*(?:\s|$)""")
_CIDR = re.compile(r"not a valid (?:IPv([46]) )?CIDR block")
_FORBIDS = re.compile(r"\b(?:cannot|can't|(?:must|may|is|does) not|reserved)\b")
#: Forms that only these complaints mention; they are not candidates for any other.
_BY_WORDS = {
    "Go value of type []types.ContainerDefinition": "json_list_of_objects",
    "Go value of type map[string]interface {}": "json_object_of_objects",
}
_LENGTH = re.compile(r"expected length of \S+ to be in the range \((\d+) - (\d+)\)")
_LEAST_LENGTH = re.compile(r"string length must be at least (\d+)|expected length of \S+ to be at least \((\d+)\)")
_MOST_LENGTH = re.compile(r"string length must be at most (\d+)|\" cannot be longer than (\d+) characters")
_RANGE = re.compile(r"to be (?:at )?between \((-?\d+)\) and \((-?\d+)\)")
_BITS = re.compile(r"between (\d+) and (\d+) significant bits|netmask.*?\[?(\d+)[ -]+(?:and )?(\d+)")


#: A set of the common texts: a text's bit is set if the text belongs to the set.
Mask = int


class Texts:
    """Conditions that any text argument may have, and which of the common texts each refuses."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._samples = samples_of(patterns)
        #: The texts that many arguments are tried with.
        self.common = list(dict.fromkeys((*WRITTEN, *(text for made in self._samples.values() for text in made))))
        self._bit = {text: 1 << place for place, text in enumerate(self.common)}
        rows = {
            _key(["form", name]): _row(["form", name], self.common)
            for name in (*CHECKED, *PATTERNS)
            if name not in _BY_WORDS.values()
        }
        by_length = sorted(patterns, key=lambda one: (len(one), one))
        for pattern, found in zip(by_length, found_in(by_length, self.common), strict=True):
            rows |= {_key(["match", pattern]): ~found, _key(["no_match", pattern]): found}
        self._refused = {key: _as_mask(row) for key, row in rows.items()}
        #: Each condition with what it refuses. Of several that refuse the same, only the simplest.
        self.conditions: list[tuple[Condition, Mask]] = []
        kept: dict[Mask, str] = {}
        for key, mask in self._refused.items():
            if 0 < mask.bit_count() < len(self.common) and mask not in kept:
                kept[mask] = key
                self.conditions.append((json.loads(key), mask))
        written = np.stack([rows[key][: len(WRITTEN)] for key in kept.values()])
        forms = np.array([key.startswith('["form"') for key in kept.values()])
        #: A few hand-written texts that distinguish all these conditions, and some that distinguish the named forms.
        self.telling = [WRITTEN[place] for place in telling(written)]
        self.of_forms = [WRITTEN[place] for place in telling(written[forms])]

    def mask(self, texts: Iterable[str]) -> Mask:
        """Return which of the common texts are among these."""
        return sum(self._bit[text] for text in set(texts) if text in self._bit)

    def refused(self, condition: Condition, values: Iterable[str]) -> frozenset[str]:
        """Return which of some values do not meet a condition."""
        if condition[0] == "any":
            return frozenset.intersection(*(self.refused(one, values) for one in condition[1:]))
        mask = self._refused.get(_key(condition))
        if mask is None:
            return frozenset(value for value in values if not holds(condition, value))
        return frozenset(
            value
            for value in values
            if (mask & self._bit[value] if value in self._bit else not holds(condition, value))
        )

    def sound(self, accepted: Mask, refused: Mask) -> list[tuple[Condition, Mask]]:
        """Return the conditions that refuse something, and nothing that was accepted, with what they refuse.

        Only the common texts count.
        """
        asked = accepted | refused
        return [(one, mask & asked) for one, mask in self.conditions if mask & refused and not mask & accepted]

    def covering(self, values: Mask, asked: Mask) -> list[tuple[Condition, Mask]]:
        """Return the conditions that refuse all of some values, with what they refuse of all the values asked about."""
        return [(one, mask & asked) for one, mask in self.conditions if not values & ~mask]

    def splitting(self, conditions: Sequence[Condition], asked: Container[str], most: int) -> list[str]:
        """Return new texts on which these conditions differ, then some that each matches or just fails to match."""
        made = [text for one in conditions for text in self._samples.get(one[1], ()) if text not in asked]
        texts = list(dict.fromkeys(made))
        if not texts:
            return []
        masks = [self._refused[_key(one)] for one in conditions]
        refused = np.array([[bool(mask & self._bit[text]) for text in texts] for mask in masks])
        chosen = telling(refused, most)
        return list(dict.fromkeys((*(texts[place] for place in chosen), *texts)))[:most]


def _key(condition: Condition) -> str:
    return json.dumps(condition)


def _row(condition: Condition, texts: Sequence[str]) -> np.ndarray:
    return np.array([not holds(condition, text) for text in texts])


def _as_mask(row: np.ndarray) -> Mask:
    return int.from_bytes(np.packbits(row, bitorder="little").tobytes(), "little")


def said_by(words: Iterable[str]) -> Iterator[Condition]:
    """Yield the conditions that a complaint states."""
    for text in words:
        yield from (["form", name] for part, name in _BY_WORDS.items() if part in text)
        if found := _CIDR.search(text):
            kind = {"4": "ipv4_", "6": "ipv6_"}.get(found[1], "")
            yield from (["form", f"{kind}{name}"] for name in ("network", "network_or_empty", "cidr"))
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


def hinted_by(words: str) -> Iterator[Condition]:
    """Yield conditions about the beginnings and reserved texts that a complaint names, mildest first."""
    beginnings = [re.escape(one) for one in dict.fromkeys(_BEGINNING.findall(words))]
    if not _FORBIDS.search(words):
        yield from (["match", f"^{one}"] for one in beginnings)
        return
    quoted = [re.escape(one) for one in dict.fromkeys(_IN_QUOTES.findall(words))]
    yield from (["no_match", f"^{one}$"] for one in quoted)
    yield from (["no_match", f"^(?i:{one})$"] for one in quoted)
    yield from (["no_match", f"^{one}"] for one in (*beginnings, *quoted))
    yield from (["no_match", f"^(?i:{one})"] for one in (*beginnings, *quoted))


def lengths(answers: dict[str, bool]) -> Iterator[Condition]:
    """Yield length limits that explain the refused runs of one letter. A limit needs answers on both sides of it."""
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
