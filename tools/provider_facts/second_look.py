"""The second look: the values that show the cause of a provider's complaint.

The third look distinguishes the patterns that remain: with texts that one of them matches or just fails to match.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from typing import Any

from iacrl.domains.terraform.provider_rules.facts import Condition
from iacrl.domains.terraform.schema.provider_schema import BlockSchema
from provider_facts.battery import PLACED, SHORT
from provider_facts.candidates import Texts
from provider_facts.client import Provider
from provider_facts.fit_text import fit_text, kind_of
from provider_facts.pool import samples_of
from provider_facts.rounds import rounds_of
from provider_facts.shape import Leaf
from provider_facts.survey import Answers, put

#: Complaints that state everything: the values, the range, or a form with a name.
_PLAIN = re.compile(
    r"to be one of \[|value must be one of|Valid Values: \[|expected length of|Invalid Attribute Value Length"
    r"|invalid ARN|Invalid ARN Value|invalid JSON|is not a JSON object|which is not a valid JSON|Account ID"
    r"|Time Duration|RFC3339"
    r"|AWS Region|cannot parse '|must not be empty|to not be an empty string|whole number|unknown key|valid CIDR block"
    r"|Conversion Error|Configuration Read Error|cannot be (?:longer|shorter|less|greater) than|Bad map value length"
)
_VALUES = re.compile(r"to be one of \[|value must be one of|Valid Values: \[")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_IN_QUOTES = re.compile(r"""["'`]([^"'`\s]{1,40})["'`]""")
_MOST_QUOTED = 6
_NUMBER = re.compile(r"-?\d+")
#: Numbers that may be a limit of an integer, or its divisor.
_NUMBERS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 20, 24, 30, 31, 32, 60, 61, 64, 90, 100, 120, 128, 300, 365)
_LARGER = (500, 512, 600, 1000, 1024, 1800, 3600, 4096, 10_000, 65_535, 65_536, 86_400, 100_000, 604_800, 1_000_000)
_LONGEST = 70_000
#: For each complaint about a leaf: how many patterns may be behind it, and how many texts to distinguish them.
_MOST_CANDIDATES, _MOST_SAMPLES = 40, 60
#: How often a new pattern is tested again after the one before it was refuted.
_DOUBTS = 2
_OF_PATTERNS = ("match", "no_match")


def values_for(leaf: Leaf, answers: Mapping[Any, list[str]], texts: Texts) -> list[Any]:
    """Return further values to try for a leaf, given the answers so far."""
    words = [one for said in answers.values() for one in said]
    numbers = sorted({int(one) for text in words for one in _NUMBER.findall(_without_value(text)) if len(one) < 14})
    if leaf.kind == "number":
        near = [number + step for number in numbers for step in (-1, 0, 1)]
        return sorted({*near, *_NUMBERS, *_LARGER} - set(answers))
    if all("unknown key" in one for one in words):
        return []
    if all(_VALUES.search(one) for one in words):
        listed = [value for text in words[:1] for value in _QUOTED.findall(text)]
        return list(dict.fromkeys(one for value in listed[:3] for one in (value, value.lower(), value.upper())))
    lengths = ["a" * (number + step) for number in numbers for step in (-1, 0, 1) if 0 < number <= _LONGEST]
    if all(_PLAIN.search(one) for one in words):
        return list(dict.fromkeys((*texts.of_forms, *lengths)))
    return list(dict.fromkeys((*texts.telling, *SHORT, *lengths, *_named_in(words))))


def _named_in(words: Sequence[str]) -> list[str]:
    """Return what complaints put in quotes, which may be an accepted value, or the beginning of one."""
    found = dict.fromkeys(one for text in words for one in _IN_QUOTES.findall(_without_value(text)))
    return [text for one in list(found)[:_MOST_QUOTED] for text in (one, f"{one}x1")]


def _without_value(words: str) -> str:
    return re.split(r", got|\bgot: |Given Value|Value: |a{40}", words)[0]


def samples_of_candidates(answers: Mapping[str, list[str]], texts: Texts) -> list[str]:
    """Return texts that distinguish the patterns that may be behind the complaints about one leaf."""
    accepted = texts.mask(value for value, said in answers.items() if not said)
    refused = texts.mask(value for value, said in answers.items() if said)
    by_kind: dict[str, set[str]] = defaultdict(set)
    for value, said in answers.items():
        for one in said:
            by_kind[kind_of(one, value)].add(value)
    sound = [one for one in texts.sound(accepted, refused) if one[0][0] in _OF_PATTERNS]
    made: dict[str, None] = {}
    for values in map(texts.mask, by_kind.values()):
        behind = sorted((one for one in sound if not values & ~one[1]), key=lambda one: one[1].bit_count())
        conditions = [condition for condition, _ in behind[:_MOST_CANDIDATES]]
        made |= dict.fromkeys(texts.splitting(conditions, answers, _MOST_SAMPLES))
    return list(made)


def look_again(
    provider: Provider,
    category: str,
    name: str,
    block: BlockSchema,
    first: Answers,
    texts: Texts,
) -> Answers:
    """Return what the provider says about each leaf, for the values of all three looks."""
    more = {leaf: values_for(leaf, answers, texts) for leaf, answers in first.items()}
    said = _asked(provider, category, name, block, first, more)
    with_pattern = {leaf: said[leaf] for leaf, values in more.items() if set(texts.telling) <= set(values)}
    samples = {leaf: samples_of_candidates(answers, texts) for leaf, answers in with_pattern.items()}
    said = _asked(provider, category, name, block, said, samples)
    return doubt(provider, category, name, block, said, texts)


def doubt(provider: Provider, category: str, name: str, block: BlockSchema, said: Answers, texts: Texts) -> Answers:
    """Return the answers, and answers about texts that may refute the patterns derived from them.

    The pattern behind a complaint may be none of the candidates. Then a similar one is found. These texts show where
    the two accept different characters at some place.
    """
    for _ in range(_DOUBTS):
        doubted = {
            leaf: texts_to_doubt(fit_text(answers, texts)[0], answers)
            for leaf, answers in said.items()
            if leaf.kind == "string"
        }
        if not any(doubted.values()):
            break
        said = _asked(provider, category, name, block, said, doubted)
    return said


def texts_to_doubt(conditions: Sequence[Condition], asked: Container[str]) -> list[str]:
    """Return new texts on which conditions and the provider may differ."""
    patterns = sorted(_patterns(conditions))
    made = samples_of(patterns, seed=1).values() if patterns else ()
    own = list(dict.fromkeys(text for group in made for text in group if text not in asked))
    placed = [text for text in PLACED if text not in asked] if patterns else []
    return [*placed, *own] if placed else []


def _patterns(conditions: Sequence[Condition]) -> set[str]:
    own = {one[1] for one in conditions if one[0] in _OF_PATTERNS}
    return own.union(*(_patterns(one[1:]) for one in conditions if one[0] == "any"))


def _asked(
    provider: Provider,
    category: str,
    name: str,
    block: BlockSchema,
    before: Answers,
    more: Mapping[Leaf, Sequence[Any]],
) -> Answers:
    said = {leaf: dict(answers) for leaf, answers in before.items()}
    new = {leaf: [value for value in values if value not in said[leaf]] for leaf, values in more.items()}
    asked = [leaf for leaf, values in new.items() if values]
    for group in rounds_of(provider, category, name, block, asked) if asked else ():
        for leaf, answers in put(provider, category, name, block, {leaf: new[leaf] for leaf in group}).items():
            said[leaf] |= answers
    return said
