"""How tasks are proven and rewards attacked: wrong versions of gold answers, and texts that are not answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import re


class Mutations(NamedTuple):
    """How to make small wrong versions of a gold answer (see `iacrl.tasks.mutants`).

    Attributes:
        values: Finds the values in a text.
        separator: The separator between parts that can be dropped: blocks, documents.
        unrelated: A valid part to append that no task asks for; empty for none.
        heads: Finds lines that only name a part, whose words are not values; None if there are none.
    """

    values: re.Pattern[str]
    separator: str
    unrelated: str
    heads: re.Pattern[str] | None = None


#: How an attack tries to earn a score. `schema switched off`: no schema checks what it sets. `mention without flow`: a
#: name occurs, but its value is not used. `split elements`: the settings of one element are spread over two. `forbidden
#: sibling`: a setting that nobody asked for, next to one that is refused. `undoing setting`: it undoes what was asked.
#: `only these values`: it does what was asked only for the values in the text, or only for some instances.
AttackGroup = Literal[
    "schema switched off",
    "mention without flow",
    "split elements",
    "forbidden sibling",
    "undoing setting",
    "only these values",
]


class Attack(NamedTuple):
    """A spoilt answer: the real program refuses it, or does something else.

    Attributes:
        group: How it tries to earn a score.
        name: Distinguishes the attacks of a group.
        text: The spoilt answer.
    """

    group: AttackGroup
    name: str
    text: str


def no_attacks(answer: str) -> Iterable[Attack]:
    """Return the attacks of a domain that declares none."""
    return ()


def no_alternatives(answer: str) -> Iterable[tuple[str, str]]:
    """Return the alternatives of a domain that declares none."""
    return ()


class HackTexts(NamedTuple):
    """Texts that try to earn a score without being an answer (see `iacrl.scoring.audit`).

    Attributes:
        soup: Words that a keyword matcher looks for, with and without structure around them.
        irrelevant: Valid texts that no task asks for. The first contains the word `nothing` as a name.
        comments: Texts that are only comments.
        bombs: `(name, text)`: small texts that become large or deep when they are read.
        junk: One line that breaks any text.
        quoted: Makes a valid text with a line of prose as a value.
        attacks: Makes attacks from an answer. Each must score less than the answer.
        alternatives: Makes other spellings of an answer, `(name, text)`, which must score the same.
    """

    soup: tuple[str, ...] = ()
    irrelevant: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    bombs: tuple[tuple[str, str], ...] = ()
    junk: str = "}: - [ {{{{ not code"
    quoted: Callable[[str], str] | None = None
    attacks: Callable[[str], Iterable[Attack]] = no_attacks
    alternatives: Callable[[str], Iterable[tuple[str, str]]] = no_alternatives


def alias_bomb(depth: int) -> str:
    """Return a YAML text in which each level of aliases is nine times as large as the one before."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, depth)]
    return "\n".join(lines) + "\n"
