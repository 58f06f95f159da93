"""How tasks are proven and rewards attacked: wrong versions of gold answers, and texts that are no answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

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


class HackTexts(NamedTuple):
    """Texts that try to earn a score without being an answer (see `iacrl.scoring.audit`).

    Attributes:
        soup: Words that a keyword matcher looks for, with and without a shape around them.
        irrelevant: Valid texts that no task asks for. In the first, the word `nothing` is a name.
        comments: Texts of comments alone.
        bombs: `(name, text)`: small texts that are large or deep once they are read.
        junk: One line that breaks any text.
        quoted: From a line of prose to a valid text that holds it as a value.
    """

    soup: tuple[str, ...] = ()
    irrelevant: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    bombs: tuple[tuple[str, str], ...] = ()
    junk: str = "}: - [ {{{{ not code"
    quoted: Callable[[str], str] | None = None


def alias_bomb(depth: int) -> str:
    """Return a YAML text whose aliases name nine times what the aliases before them do."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, depth)]
    return "\n".join(lines) + "\n"
