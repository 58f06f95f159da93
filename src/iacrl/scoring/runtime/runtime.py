"""`Runtime`: from completions and tasks to outcomes, with a cache and a second look at every failure."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache

from iacrl.errors import UserError
from iacrl.scoring.rubric import Rubric
from iacrl.scoring.runtime.batch import Batch
from iacrl.scoring.runtime.limits import Limits
from iacrl.scoring.runtime.link import HostLost, Link
from iacrl.scoring.runtime.outcome import Outcome, Raw, broken, failed, judged
from iacrl.tasks.task import Task

#: How many outcomes are kept, about 60 MB; the oldest are dropped first.
_KEPT = 20_000

#: Results that are always a fault of scoring, whatever the text.
_ITS_OWN_FAULT = ("nonsense", "lost")

Item = tuple[str, str]


class Runtime:
    """Scores batches by one rubric in a pool of processes. A context manager; starts at the first batch or `start`.

    A text breaks the rubric when a reward raises, takes too long, exceeds the memory or ends its process. An experiment
    then shows whether the text or the rubric is at fault: the task's gold answer, or else an empty text, is judged
    under the same limits. If that works, the text is at fault and gets the lowest score. Otherwise scoring itself is at
    fault and the completion gets no score. The same holds if a reward does not return a number in [0, 1].

    Args:
        rubric: How a completion is scored; also an attribute.
        limits: See `Limits`.
        place_met: Samples also record where each met clause is in the text; that costs as much as judging the text.
    """

    def __init__(self, rubric: Rubric, limits: Limits | None = None, *, place_met: bool = False) -> None:
        self.rubric = rubric
        self._place_met = place_met
        self._limits = limits or Limits()
        self._link: Link | None = None
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, Outcome] = OrderedDict()
        self._sound: dict[str, bool] = {}

    def __enter__(self) -> Runtime:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the processes now, which takes half a second.

        Raises:
            UserError: The rubric cannot be loaded in them.
        """
        try:
            self._connect()
        except HostLost as lost:
            raise UserError(f"The rewards {', '.join(self.rubric.weights)} could not be loaded: {lost}.") from lost

    def _connect(self) -> Link:
        if self._link is None:
            self._link = Link(self.rubric, self._limits, place_met=self._place_met)
        return self._link

    def close(self) -> None:
        """End every process."""
        if self._link is not None:
            self._link.close()
            self._link = None

    @property
    def host_pid(self) -> int | None:
        """The host's process; None before the start."""
        return None if self._link is None else self._link.pid

    def score_batch(self, completions: Sequence[str], tasks: Sequence[Task]) -> Batch:
        """Judge each completion for its task.

        Raises:
            UserError: The rubric cannot be loaded, or scoring failed on more than `Limits.max_failed` of the batch; the
                message says on what.
        """
        with self._lock:
            started = time.perf_counter()
            items = [(completion, _row(task)) for completion, task in zip(completions, tasks, strict=True)]
            keys = [self._key(item) for item in items]
            found = {key: outcome for key in keys if (outcome := self._recall(key)) is not None}
            cached = sum(key in found for key in keys)
            new = {key: item for key, item in zip(keys, items, strict=True) if key not in found}
            found |= zip(new, self._judge(list(new.values())), strict=True)
            for key in new:
                self._keep(key, found[key])
            batch = Batch(
                tuple(found[key] for key in keys),
                cached,
                len(keys) - cached - len(new),
                time.perf_counter() - started,
            )
        self._stop_if_unsound(batch, tasks)
        return batch

    def _judge(self, items: Sequence[Item]) -> list[Outcome]:
        short = [item for item in items if len(item[0]) <= self._limits.max_characters]
        raws = dict(zip(short, self._ask(short), strict=True))
        control = list({item[1]: None for item, raw in raws.items() if _is_suspect(raw) and item[1] not in self._sound})
        for row, raw in zip(control, self._ask([(_gold(row), row) for row in control]), strict=True):
            self._sound[row] = raw.kind == "judged"
        return [self._outcome(item, raws.get(item)) for item in items]

    def _outcome(self, item: Item, raw: Raw | None) -> Outcome:
        if raw is None:
            return broken(f"it is longer than {self._limits.max_characters} characters")
        if raw.kind == "judged":
            return judged(raw)
        if raw.kind in _ITS_OWN_FAULT:
            return failed(raw.error)
        if self._sound[item[1]]:
            return broken(raw.error)
        return failed(f"{raw.error}, on this text as on the task's gold answer")

    def _ask(self, items: Sequence[Item]) -> list[Raw]:
        """Ask the host. If it is lost, ask a new one, once."""
        if not items:
            return []
        for _ in range(2):
            try:
                return self._connect().score(items)
            except HostLost as lost:
                self.close()
                told = str(lost)
        return [Raw("lost", error=told)] * len(items)

    def _key(self, item: Item) -> bytes:
        text = "\0".join((self.rubric.digest, *item))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()

    def _recall(self, key: bytes) -> Outcome | None:
        outcome = self._known.get(key)
        if outcome is not None:
            self._known.move_to_end(key)
        return outcome

    def _keep(self, key: bytes, outcome: Outcome) -> None:
        if outcome.kind == "failed":
            return  # the next try may work
        self._known[key] = outcome
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)

    def _stop_if_unsound(self, batch: Batch, tasks: Sequence[Task]) -> None:
        count = batch.count("failed")
        if count <= self._limits.max_failed * len(batch.outcomes):
            return
        first = next(number for number, outcome in enumerate(batch.outcomes) if outcome.kind == "failed")
        raise UserError(
            f"The rubric could not judge {count} of {len(batch.outcomes)} completions, more than "
            f"rewards.max_failed = {self._limits.max_failed:g} allows. The first, for task {tasks[first].id}: "
            f"{batch.outcomes[first].error}. Mend the reward and continue."
        )


def _is_suspect(raw: Raw) -> bool:
    return raw.kind != "judged" and raw.kind not in _ITS_OWN_FAULT


@lru_cache(maxsize=8192)
def _row(task: Task) -> str:
    return json.dumps(task.to_json(), ensure_ascii=False)


def _gold(row: str) -> str:
    gold: str = json.loads(row)["output"]
    return gold
