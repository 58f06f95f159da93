"""A provider's answers about its types, in a file: asking takes long, deriving rules does not.

One line of JSON for each type. An interrupted run continues after the last whole line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from provider_facts.client import Complaint
from provider_facts.combinations import Said
from provider_facts.shape import Leaf
from provider_facts.survey import Answers


class Recorded(NamedTuple):
    """The answers about one type.

    Attributes:
        category: `resource` or `data`.
        name: The type.
        answers: Answers by leaf and value.
        together: Answers about arguments together.
    """

    category: str
    name: str
    answers: Answers
    together: list[Said]


def append(path: Path, said: Recorded) -> None:
    """Write one type at the end of the file."""
    answers = [[*leaf, list(by_value.items())] for leaf, by_value in said.answers.items()]
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{json.dumps([said.category, said.name, answers, said.together])}\n")


def read(path: Path) -> Iterator[Recorded]:
    """Yield the types of a file, none if there is no file. Cut off a half line at its end."""
    if not path.exists():
        return
    end = 0
    with path.open("rb+") as file:
        for line in file:
            if not line.endswith(b"\n"):
                file.truncate(end)
                return
            end += len(line)
            category, name, answers, together = json.loads(line)
            yield Recorded(
                category,
                name,
                {
                    Leaf(tuple(path), kind, around, None if sets is None else tuple(sets)): dict(map(tuple, by_value))
                    for path, kind, around, sets, by_value in answers
                },
                [(tuple(path), Complaint(tuple(about), *words)) for path, (about, *words) in together],
            )
