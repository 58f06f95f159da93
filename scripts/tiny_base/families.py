"""The task families as plain documents: code below a comment, a README table or a request; no chat, no fence.

From them the base learns each family's vocabulary and layout. SFT and GRPO teach it how to answer a chat prompt.
The items have their own seed, and never come from a family that is held out of training.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from iacrl.domains.registry import domain_names, find_domain
from iacrl.tasks.draw import Draw
from iacrl.tasks.family import Family, Item, all_families
from iacrl.tasks.wording import Ask, Fact, put_into_words
from tiny_base.synthetic import Sample
from tiny_base.words import Words

_COMPOUND = re.compile(r"[A-Za-z]+(?:[-_][A-Za-z0-9]+)+")


def known_families() -> list[Family]:
    """Return the families that the base may see, sorted by name."""
    return [family for family in all_families().values() if not family.held_out]


def family_text(rng: random.Random, families: Sequence[Family], words: Words | None) -> Sample:
    """Return one item as a document. With `words`, half of its compound names are replaced by invented ones."""
    domain = rng.choice(domain_names())
    family = rng.choice([family for family in families if family.domain == domain])
    levels = sorted(family.levels)  # easy items more often: they are short, and hard items consist of them
    item = family.generate(Draw(rng), rng.choices(levels, [1 / level for level in levels])[0])
    facts = list(item.ask.facts)
    if rng.random() < 0.3:
        rng.shuffle(facts)
    if rng.random() < 0.5:
        wording = put_into_words(Ask(item.ask.subject, tuple(facts), item.ask.verb), family.domain, rng)
        prompt = "\n".join([wording, *(["", item.given.rstrip("\n")] if item.given else []), "", rng.choice(_LEADS)])
    else:
        prompt = rng.choice(_FORMS)(item, facts, find_domain(family.domain).label)
    answer = item.gold.rstrip("\n")
    if words is not None:
        prompt, answer = _rename(rng, facts, prompt, answer, words)
    return Sample(prompt, answer)


def _rename(rng: random.Random, facts: Sequence[Fact], prompt: str, answer: str, words: Words) -> tuple[str, str]:
    """Replace the names that are in both the facts and the answer with invented ones."""
    names = {name for fact in facts for name in _COMPOUND.findall(fact.value) if name in answer}
    for name in sorted(names, key=len, reverse=True):
        if rng.random() < 0.5:
            invented = re.sub(r"[A-Za-z]+", lambda _: words.word(rng), name)
            prompt, answer = prompt.replace(name, invented), answer.replace(name, invented)
    return prompt, answer


#: What comes between a request in words and the code, in a forum, a wiki or a ticket.
_LEADS = ("Answer:", "Solution:", "Code:", "A:", "Result:")


def _comment(item: Item, facts: Sequence[Fact], language: str) -> str:
    lines = [_subject(item), *(_line(fact, ": ") for fact in facts)]
    return "\n".join([*_given(item), *(f"# {line}" for line in lines)])


def _readme(item: Item, facts: Sequence[Fact], language: str) -> str:
    rows = "\n".join(f"| {fact.label} | {fact.value} |" for fact in facts)
    return "\n".join([*_given(item), f"## {language}: {_subject(item)}", "", rows])


def _question(item: Item, facts: Sequence[Fact], language: str) -> str:
    settings = ", ".join(_line(fact, " ") for fact in facts)
    return "\n".join([*_given(item), f"Q: {_subject(item)}, {settings}", "A:"])


def _settings(item: Item, facts: Sequence[Fact], language: str) -> str:
    return "\n".join([*_given(item), f"[{language}] {_subject(item)}", *(_line(fact, " = ") for fact in facts), "--"])


_FORMS: tuple[Callable[[Item, Sequence[Fact], str], str], ...] = (_comment, _comment, _readme, _question, _settings)


def _subject(item: Item) -> str:
    return item.ask.subject if item.ask.verb == "create" else f"{item.ask.verb} {item.ask.subject}"


def _given(item: Item) -> list[str]:
    return [item.given.rstrip("\n"), ""] if item.given else []


def _line(fact: Fact, mark: str) -> str:
    return f"{fact.label}{mark}{fact.value}" if fact.value else fact.label
