"""The trivial policies: answers without a model. A figure that is not well above theirs means nothing.

`empty` writes nothing. `echo` repeats the prompt. `constant` gives the same good answer to every task of a domain: the
gold answer of its first training task. `nearest` gives the gold answer of the training task whose request is most
similar.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from scipy.sparse import csr_matrix, diags

from iacrl.tasks import Task
from iacrl.tasks.prompt import build_answer, build_prompt

TRIVIAL = ("empty", "echo", "constant", "nearest")

_TOKEN = re.compile(r"\w+")

#: Test tasks compared at once; limits the memory of the similarities.
_BATCH = 512


def trivial_answers(tasks: Sequence[Task], train: Sequence[Task]) -> dict[str, list[str]]:
    """Return each trivial policy's completions, in the order of the tasks.

    If a domain's training tasks have no gold answers, `constant` and `nearest` are empty there.
    """
    nearest = _nearest_answers(tasks, train)
    constant: dict[str, str] = {}
    for task in train:
        if task.output:
            constant.setdefault(task.domain, _as_completion(task))
    return {
        "empty": [""] * len(tasks),
        "echo": [build_prompt(task)[-1]["content"] for task in tasks],
        "constant": [constant.get(task.domain, "") for task in tasks],
        "nearest": [nearest.get(task.id, "") for task in tasks],
    }


def _as_completion(task: Task) -> str:
    return build_answer(task)[0]["content"]


def _nearest_answers(tasks: Sequence[Task], train: Sequence[Task]) -> Mapping[str, str]:
    """Return each task's id with the gold answer of the most similar training task of its domain."""
    found: dict[str, str] = {}
    for domain in dict.fromkeys(task.domain for task in tasks):
        asked = [task for task in tasks if task.domain == domain]
        known = [task for task in train if task.domain == domain and task.output]
        if known:
            for task, at in zip(asked, _most_similar(asked, known), strict=True):
                found[task.id] = _as_completion(known[at])
    return found


def _most_similar(asked: Sequence[Task], known: Sequence[Task]) -> Iterator[int]:
    """Yield, for each task asked, the index of the most similar known one, or the first of several.

    Similarity is the cosine of word counts, weighted by how rare each word is (tf-idf).
    """
    words = {word: number for number, word in enumerate(sorted({word for task in known for word in _words(task)}))}
    have, want = _counts(known, words), _counts(asked, words)
    rarity = diags(np.log(len(known) / np.asarray((have > 0).sum(axis=0), dtype=float).ravel()) + 1.0)
    have, want = _unit(have @ rarity), _unit(want @ rarity)
    for start in range(0, want.shape[0], _BATCH):
        similarity = (want[start : start + _BATCH] @ have.T).toarray()
        # Rounded, so the last bit of a sum does not choose between equals.
        yield from np.round(similarity, 9).argmax(axis=1).tolist()


def _words(task: Task) -> Counter[str]:
    return Counter(_TOKEN.findall(f"{task.instruction}\n{task.input}".lower()))


def _counts(tasks: Sequence[Task], words: Mapping[str, int]) -> csr_matrix:
    rows, columns, counts = [], [], []
    for row, task in enumerate(tasks):
        for word, count in _words(task).items():
            if word in words:
                rows.append(row)
                columns.append(words[word])
                counts.append(float(count))
    return csr_matrix((counts, (rows, columns)), shape=(len(tasks), len(words)))


def _unit(rows: csr_matrix) -> csr_matrix:
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return csr_matrix(diags(1.0 / np.where(lengths > 0, lengths, 1.0)) @ rows)
