"""What a trainer hears of the scores: the product's runtime, which also remembers its last batch, and may err."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from iacrl.scoring.runtime import Runtime
from iacrl.scoring.runtime.batch import Batch
from iacrl.scoring.runtime.outcome import Outcome
from iacrl.tasks import Task

#: Whether the verdict on a completion is wrong, from its outcome, its task and text, and how many equal ones of the
#: batch came before it.
IsWrong = Callable[[Outcome, Task, str, int], bool]


@dataclass
class Heard:
    """The runtime of a stage, as the trainer hears it.

    Attributes:
        is_wrong: Which verdicts are wrong; None: none. A wrong one scores 0 what passes, and 1 what does not.
        texts, tasks, outcomes: The last batch, with true outcomes.
    """

    runtime: Runtime
    is_wrong: IsWrong | None = None
    texts: Sequence[str] = ()
    tasks: Sequence[Task] = ()
    outcomes: Sequence[Outcome] = ()

    def score_batch(self, texts: Sequence[str], tasks: Sequence[Task]) -> Batch:
        """Judge completions. `samples.jsonl` keeps the true scores; only the trainer gets the wrong ones."""
        batch = self.runtime.score_batch(texts, tasks)
        self.texts, self.tasks, self.outcomes = texts, tasks, batch.outcomes
        if self.is_wrong is None:
            return batch
        before: Counter[tuple[str, str]] = Counter()
        told = []
        for outcome, task, text in zip(batch.outcomes, tasks, texts, strict=True):
            wrong = self.is_wrong(outcome, task, text, before[task.id, text])
            before[task.id, text] += 1
            told.append(replace(outcome, total=1.0 - outcome.passed) if wrong else outcome)
        return replace(batch, outcomes=tuple(told))


def flips(share: float, seed: int) -> IsWrong:
    """Return verdicts that are wrong at random, for each completion apart, and the same again in a resumed run."""

    def is_wrong(outcome: Outcome, task: Task, text: str, before: int) -> bool:
        drawn = hashlib.sha256(f"{seed}\0{task.id}\0{before}\0{text}".encode("utf-8", "surrogatepass")).digest()
        return outcome.kind == "judged" and int.from_bytes(drawn[:8]) < share * 2**64

    return is_wrong


def blind(codes: Collection[str]) -> IsWrong:
    """Return verdicts without these rules: a text in which only they find errors passes, every time."""

    def is_wrong(outcome: Outcome, task: Task, text: str, before: int) -> bool:
        return only_errors(outcome.found, codes)

    return is_wrong


def only_errors(found: dict[str, Any], codes: Collection[str]) -> bool:
    """Say whether a judged text has errors, and all are of these codes.

    Args:
        found: A row of `samples.jsonl`, or what an outcome found.
    """
    errors = {one["code"] for one in found.get("verdict", {}).get("diagnostics", ()) if one["severity"] == "error"}
    return bool(errors) and errors <= set(codes)
