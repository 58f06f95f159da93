"""Finds duplicate tasks: exact ones, near ones, and across files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from iacrl.extras import require
from iacrl.tasks.task import Task

#: Words in a shingle. Requests of one family share their frame; three words in a row usually contain a value.
_WORDS = 3
_PERMUTATIONS = 128


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A task that repeats an earlier one.

    Attributes:
        file, task: The later task.
        earlier_file, earlier: The task that it repeats.
        similarity: Estimated share of common three-word shingles (Jaccard), 1.0 for an exact copy.
    """

    file: str
    task: str
    earlier_file: str
    earlier: str
    similarity: float

    @property
    def leaks(self) -> bool:
        """True if the two are in different files."""
        return self.file != self.earlier_file


def find_duplicates(tasks: Sequence[tuple[str, Task]], *, threshold: float = 0.8) -> list[Duplicate]:
    """Return the tasks whose request and answer repeat those of an earlier one.

    Near duplicates are found by MinHash over shingles of request and gold answer (datasketch). Exact ones are equal up
    to white space.

    Args:
        tasks: `(file, task)` pairs; of duplicates, the first is kept.
        threshold: The lowest similarity of near duplicates.

    Raises:
        UserError: datasketch is not installed.
    """
    require("Finding near duplicates", "data", ("datasketch",))
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=threshold, num_perm=_PERMUTATIONS)
    exact: dict[str, int] = {}
    hashes = []
    found: list[Duplicate] = []
    for number, (file, task) in enumerate(tasks):
        words = re.findall(r"\S+", f"{task.instruction}\n{task.input}\n{task.output}".lower())
        hashed = MinHash(num_perm=_PERMUTATIONS)
        hashed.update_batch([" ".join(words[at : at + _WORDS]).encode() for at in range(max(1, len(words) - 2))])
        hashes.append(hashed)
        first = exact.setdefault(" ".join(words), number)
        if first != number:
            found.append(Duplicate(file, task.id, tasks[first][0], tasks[first][1].id, 1.0))
            continue
        near = [(float(hashed.jaccard(hashes[other])), -other) for other in index.query(hashed)]
        similarity, other = max(near, default=(0.0, 0))
        if similarity >= threshold:
            found.append(Duplicate(file, task.id, tasks[-other][0], tasks[-other][1].id, similarity))
        index.insert(number, hashed)
    return found
