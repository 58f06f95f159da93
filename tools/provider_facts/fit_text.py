"""Derives the conditions of a text argument from the answers about it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from itertools import combinations

from iacrl.domains.terraform.provider_rules.facts import Condition
from provider_facts.candidates import Mask, Texts, hinted_by, lengths, said_by

Refused = frozenset[str]
#: A complaint becomes a pattern only if at least this many texts caused it.
_FEWEST = 3
#: A pattern is believed if this many texts were accepted, or if it matches few others than the accepted ones.
_ENOUGH_ACCEPTED = 20
_FEW_ACCEPTED = 1
_ELSE = 3
#: How many candidates are tried for each of two alternatives.
_MOST_PAIRS = 80
_TAIL = re.compile(r"(?:, got| with err|got: |Given Value|Value: |Error: |: parsing time|: time: |: strconv).*", re.S)


def kind_of(words: str, value: str) -> str:
    """Return a complaint without the value, the same for all values that fail for the same reason."""
    text = words.replace(json.dumps(value, ensure_ascii=False), "V").replace(f"({value})", "V")
    if len(value) > 2:
        text = text.replace(value, "V")
    text = _TAIL.sub("", text)
    return re.sub(r"(?:invalid (?:prefix|CIDR address|character)|not enough sections|missing \w+).*", "", text)


def fit_text(answers: Mapping[str, list[str]], texts: Texts) -> tuple[list[Condition], set[str]]:
    """Return conditions that refuse no accepted text, and the refused texts that none of them explains."""
    accepted = frozenset(value for value, said in answers.items() if not said)
    refused = frozenset(value for value, said in answers.items() if said)
    by_kind: dict[str, set[str]] = defaultdict(set)
    words: dict[str, list[str]] = defaultdict(list)
    for value, said in answers.items():
        for one in said:
            by_kind[kind_of(one, value)].add(value)
            words[kind_of(one, value)].append(one)
    candidates = texts.sound(texts.mask(accepted), texts.mask(refused))
    # A run of one letter says more about a length than the common texts do.
    for condition in lengths({value: bool(said) for value, said in answers.items()}):
        if accepted.isdisjoint(here := texts.refused(condition, answers)):
            candidates.append((condition, texts.mask(here)))
    # The mildest first; of two that are equal, a form with a name first.
    candidates.sort(key=lambda one: (one[1].bit_count(), one[0][0] != "form"))
    found: list[Condition] = []
    explained: set[str] = set()
    for kind, values in sorted(by_kind.items(), key=lambda item: (-len(item[1]), item[0])):
        if values <= explained:
            continue
        spelt = [*said_by(words[kind][:1])]
        condition = _best(kind, frozenset(values), accepted, spelt, candidates, answers, texts)
        if condition is not None:
            found.append(condition)
            explained |= texts.refused(condition, answers)
    return found, set(refused - explained)


def _best(
    kind: str,
    values: Refused,
    accepted: Refused,
    spelt: list[Condition],
    candidates: list[tuple[Condition, Mask]],
    answers: Mapping[str, list[str]],
    texts: Texts,
) -> Condition | None:
    """Return what explains a complaint about all these values: what it states, else the mildest condition."""
    named = [(condition, texts.refused(condition, answers)) for condition in spelt]
    for condition, refused in named:
        if accepted.isdisjoint(refused) and (values <= refused or len(values & refused) >= len(values) * 0.9):
            return condition
    if not spelt and accepted:
        heard = min(values)
        for condition in hinted_by(next(one for one in answers[heard] if kind_of(one, heard) == kind)):
            refused = texts.refused(condition, answers)
            if values <= refused and accepted.isdisjoint(refused):
                return condition
    own = frozenset(answers).difference(texts.common)
    common = texts.mask(values)
    for condition, mask in candidates if not spelt else ():
        if common & ~mask or not _is_borne_out(condition, values):
            continue
        refused = texts.refused(condition, own)
        if not _is_believed(condition, accepted, len(answers) - mask.bit_count() - len(refused)):
            continue
        if values & own <= refused and accepted.isdisjoint(refused):
            return condition
    if len(values) < _FEWEST:
        return None
    passed = texts.mask(accepted)
    others = sorted(texts.covering(common, texts.mask(answers)), key=lambda one: one[1].bit_count())[:_MOST_PAIRS]
    masked = [(condition, texts.mask(refused)) for condition, refused in named]
    offered = ((a, b) for a in masked for b in others) if named else combinations(others, 2)
    pairs = [
        ((one & other).bit_count(), number, [first, second])
        for number, ((first, one), (second, other)) in enumerate(offered)
        if not passed & one & other
    ]
    for count, _, pair in sorted(pairs)[:_MOST_PAIRS]:
        refused = texts.refused(["any", *pair], own)
        left = len(answers) - count - len(refused)
        if not named and len(accepted) < _ENOUGH_ACCEPTED and any(one[0] != "form" for one in pair):
            continue
        if not all(_is_believed(one, accepted, left) for one in pair):
            continue
        if values & own <= refused and accepted.isdisjoint(refused):
            return ["any", *pair]
    return None


def _is_borne_out(condition: Condition, values: Refused) -> bool:
    return condition[0] in ("form", "length") or len(values) >= _FEWEST


def _is_believed(condition: Condition, accepted: Refused, matched: int) -> bool:
    """Return whether the accepted texts confirm a pattern too."""
    if condition[0] not in ("match", "no_match") or len(accepted) >= _ENOUGH_ACCEPTED:
        return True
    return condition[0] == "match" and len(accepted) >= _FEW_ACCEPTED and matched <= _ELSE * len(accepted) + _ELSE
