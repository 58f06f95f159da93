"""How tasks are proven and rewards attacked: wrong versions of gold answers, and texts that are no answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import re


class Mutations(NamedTuple):
    """How small wrong versions of a gold answer are made (see `iacrl.tasks.mutants`).

    Attributes:
        values: Finds the values in a text.
        separator: What separates two parts that can be dropped alone: blocks, documents.
        unrelated: A valid part that no task asks for, to be appended; none where empty.
        heads: Finds lines that only name a part, whose words are no values; None where there are none.
    """

    values: re.Pattern[str]
    separator: str
    unrelated: str
    heads: re.Pattern[str] | None = None


#: How an attack tries to be paid. `schema switched off`: nothing can judge what it sets. `mention without flow`: a name
#: is there, its value does not come through. `split elements`: what belongs to one element is spread over two.
#: `forbidden sibling`: a setting that nobody asked for, beside one that is refused. `undoing setting`: it takes back
#: what was asked.
AttackGroup = Literal[
    "schema switched off", "mention without flow", "split elements", "forbidden sibling", "undoing setting"
]


class Attack(NamedTuple):
    """An answer spoilt so that the real program refuses it, or does something else.

    Attributes:
        group: How it tries to be paid.
        name: Tells the attacks of a group apart.
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
        soup: Words that a keyword matcher looks for, with and without a shape around them.
        irrelevant: Valid texts that no task asks for. In the first, the word `nothing` is a name.
        comments: Texts of comments alone.
        bombs: `(name, text)`: small texts that are large or deep once they are read.
        junk: One line that breaks any text.
        quoted: From a line of prose to a valid text that holds it as a value.
        attacks: From an answer to attacks on it. None may be worth what the answer is.
        alternatives: `(name, text)` from an answer to other spellings of it, which are worth as much.
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
    """Return a YAML text whose aliases name nine times what the aliases before them do."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, depth)]
    return "\n".join(lines) + "\n"
