"""Derives rules from what a provider says about arguments together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from provider_facts.client import Complaint
from provider_facts.combinations import Said
from provider_facts.rounds import names_in
from provider_facts.shape import Path

Rule = tuple[str, Path, tuple[Path, ...]]

_QUOTED = re.compile(r'"([^"]+)"')
_LISTED = re.compile(r"[`\[](.*)[`\]]")
_BACKED = re.compile(r"`([^`]*)`")


def rules_of(said: Iterable[Said]) -> list[Rule]:
    """Return the rules behind complaints, each once."""
    return list(dict.fromkeys(rule for _, complaint in said for rule in _rules(complaint)))


def _rules(complaint: Complaint) -> Iterator[Rule]:
    words, about = complaint.words, names_in(complaint.path)
    quoted = [_path(one) for one in _QUOTED.findall(complaint.detail)]
    if "conflicts with" in words:
        yield "conflicts", quoted[0], (_path(words.rpartition("conflicts with ")[2]),)
    elif found := _BACKED.search(words):
        others = tuple(_path(one) for one in found[1].split(","))
        kind = "with" if ": all of" in words else "one" if words.startswith("Invalid combination") else "least"
        yield kind, quoted[0], others
    elif "is required, but no definition" in words:
        yield "needed", quoted[0], ()
    elif "cannot be specified when" in words and len(quoted) == 2:
        yield "conflicts", quoted[0], (quoted[1],)
    elif "must be specified when" in words and len(quoted) == 2:
        yield "with", quoted[1], (quoted[0],)
    elif found := re.search(r": (?:Exactly one of these|At least one attribute out of|No attribute|\d+ attr)", words):
        listed = _LISTED.search(complaint.detail)
        others = tuple(dict.fromkeys(_path(one) for one in listed[1].split(","))) if listed else ()
        if "(and only one)" in words and about and about not in others:
            others = (about, *others)
        others = tuple(one for one in others if not any(other[: len(one)] == one and other != one for other in others))
        if len(others) > 1 and len({one[:-1] for one in others}) == 1:
            yield ("least" if "At least" in words else "one"), others[0], others
    elif "must be configured together" in words and (listed := _LISTED.search(complaint.detail)):
        others = tuple(_path(one) for one in listed[1].split(","))
        for one in others:
            yield "with", one, others


def _path(text: str) -> Path:
    """Read `a.0.b`, `a[0].b` and `a.b.<.c`, where `<` goes one step back."""
    steps: list[str] = []
    for part in re.sub(r"\[[^\]]*\]", "", text.strip(' .`"')).split("."):
        if part == "<":
            steps.pop()
        elif part and not part.isdigit():
            steps.append(part)
    return tuple(steps)
