"""The second look: the values that tell what a provider's complaint comes from.

The third tells patterns apart that the second leaves: what one of them matches, and what it barely does not.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from iacrl.domains.terraform.schema.provider_schema import BlockSchema
from provider_facts.battery import LONG, SHORT
from provider_facts.candidates import Texts
from provider_facts.client import Provider
from provider_facts.fit_text import kind_of
from provider_facts.program_patterns import compiled
from provider_facts.rounds import rounds_of
from provider_facts.samples import altered, matching
from provider_facts.shape import Leaf
from provider_facts.survey import Answers, put

#: Complaints that say all: the values, the range, or a form with a name.
_PLAIN = re.compile(
    r"to be one of \[|value must be one of|Valid Values: \[|expected length of|Invalid Attribute Value Length"
    r"|invalid ARN|Invalid ARN Value|invalid JSON|is not a JSON object|which is not a valid JSON|Account ID"
    r"|Time Duration|RFC3339"
    r"|AWS Region|cannot parse '|must not be empty|to not be an empty string|whole number|unknown key|valid CIDR block"
    r"|Conversion Error|Configuration Read Error|cannot be (?:longer|shorter|less|greater) than|Bad map value length"
)
_VALUES = re.compile(r"to be one of \[|value must be one of|Valid Values: \[")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_NUMBER = re.compile(r"-?\d+")
#: What an integer may have to be near to, or a multiple of.
_NUMBERS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 20, 24, 30, 31, 32, 60, 61, 64, 90, 100, 120, 128, 300, 365)
_LARGER = (500, 512, 600, 1000, 1024, 1800, 3600, 4096, 10_000, 65_535, 65_536, 86_400, 100_000, 604_800, 1_000_000)
_LONGEST = 70_000
#: Of each complaint about a leaf: how many patterns may be behind it, how many texts are made of each, and how long.
_MOST_CANDIDATES, _EACH, _LONGEST_SAMPLE = 40, 4, 300
_OF_PATTERNS = ("match", "no_match")


def splitting_samples(patterns: Sequence[str], seed: int = 0) -> list[str]:
    """Return texts, few of them, on which patterns differ that the batteries cannot tell apart."""
    source = random.Random(seed)
    ready = {pattern: found for pattern in patterns if (found := compiled(pattern)) is not None}
    classes: dict[tuple[bool, ...], list[str]] = defaultdict(list)
    texts = [text for text in (*SHORT, *LONG) if len(text) < 1000]
    for pattern, expression in ready.items():
        classes[tuple(expression.search(text) is not None for text in texts)].append(pattern)
    groups = [group for group in classes.values() if len(group) > 1]
    chosen: list[str] = []
    for pattern in patterns:
        for _ in range(4):
            made = matching(pattern, source)
            for text in () if made is None or len(made) > 300 else (made, altered(made, source)):
                parts: list[list[str]] = []
                for group in groups:
                    here = [one for one in group if ready[one].search(text) is not None]
                    parts += (
                        [here, [one for one in group if one not in here]]
                        if here and len(here) < len(group)
                        else [group]
                    )
                if len(parts) > len(groups):
                    chosen.append(text)
                    groups = [part for part in parts if len(part) > 1]
    return chosen


def values_for(leaf: Leaf, answers: Mapping[Any, list[str]], texts: Texts) -> list[Any]:
    """Return what else to put to a leaf, given what was said of it."""
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
    return list(dict.fromkeys((*texts.telling, *lengths)))


def _without_value(words: str) -> str:
    return re.split(r", got|\bgot: |Given Value|Value: |a{40}", words)[0]


def samples_of_candidates(answers: Mapping[str, list[str]], texts: Texts) -> list[str]:
    """Return texts that tell the patterns apart which may be behind the complaints about one leaf."""
    accepted = frozenset(value for value, said in answers.items() if not said)
    refused = frozenset(value for value, said in answers.items() if said) & texts.common
    by_kind: dict[str, set[str]] = defaultdict(set)
    for value in refused:
        for one in answers[value]:
            by_kind[kind_of(one, value)].add(value)
    sound = texts.sound(accepted, refused)
    source = random.Random(0)
    made: dict[str, None] = {}
    for values in by_kind.values():
        behind = [(condition, of) for condition, of in sound if condition[0] in _OF_PATTERNS and values <= of]
        for condition, _ in sorted(behind, key=lambda one: len(one[1]))[:_MOST_CANDIDATES]:
            for _ in range(_EACH):
                text = matching(condition[1], source)
                if text is not None and len(text) < _LONGEST_SAMPLE:
                    made |= {text: None, altered(text, source): None}
    return [text for text in made if text not in answers]


def look_again(
    provider: Provider,
    category: str,
    name: str,
    block: BlockSchema,
    first: Answers,
    texts: Texts,
) -> Answers:
    """Return what the provider says of each leaf to the values of all three looks."""
    more = {leaf: values_for(leaf, answers, texts) for leaf, answers in first.items()}
    said = _asked(provider, category, name, block, first, more)
    with_pattern = {leaf: said[leaf] for leaf, values in more.items() if set(texts.telling) <= set(values)}
    return _asked(
        provider,
        category,
        name,
        block,
        said,
        {leaf: samples_of_candidates(answers, texts) for leaf, answers in with_pattern.items()},
    )


def _asked(
    provider: Provider,
    category: str,
    name: str,
    block: BlockSchema,
    before: Answers,
    more: Mapping[Leaf, Sequence[Any]],
) -> Answers:
    said = {leaf: dict(answers) for leaf, answers in before.items()}
    asked = [leaf for leaf in more if more[leaf]]
    for group in rounds_of(provider, category, name, block, asked) if asked else ():
        for leaf, answers in put(provider, category, name, block, {leaf: more[leaf] for leaf in group}).items():
            said[leaf] |= answers
    return said
