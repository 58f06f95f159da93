"""The workers of a host: sizing chunks, finding culprits, and replacing workers whose state has changed."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from multiprocessing.connection import wait

from iacrl.scoring.runtime import worker
from iacrl.scoring.runtime.channel import Channel, ChannelError, Forged, channels
from iacrl.scoring.runtime.outcome import Answer, Judged, Raw
from iacrl.scoring.runtime.processes import end_strays, start

#: Chunks per worker in one batch: enough to balance the load, few enough that the pipes do not dominate. The first
#: batch has more, because the time for a completion is not known yet.
_CHUNKS_PER_WORKER = 2
_FIRST_CHUNKS = 4
#: A chunk may take this share of the deadline, estimated from earlier completions.
_CHUNK_SHARE = 0.1
#: Seconds between two reports of a waiting pool that it is alive.
_BEAT_S = 0.5
#: Seconds that a keeper may take to report how its worker ended.
_END_S = 1.0

Item = tuple[str, str]  # the completion, and its task as JSON


class _Worker:
    """One worker, and what it is doing.

    Attributes:
        channel: Takes chunks and returns a `Judged` for each.
        kept: Its process.
        chunk: The indexes of the items that it judges; empty when it is idle.
        due: The deadline for its answer.
        fresh: It has judged no other chunk before.
        alone: Its chunk is one text that broke the rubric, or may have. This try is its last, unless it is its first.
    """

    def __init__(self, memory_mb: int, closed: Collection[int]) -> None:
        ours, theirs, key = channels()
        with theirs:
            self.kept = start(lambda: worker.serve(Channel(theirs, key), memory_mb), [*closed, ours.fileno()])
        self.channel = Channel(ours, key)
        self.chunk: list[int] = []
        self.due = 0.0
        self.fresh = True
        self.alone = False

    def end(self) -> None:
        self.kept.end()
        self.channel.close()


class Pool:
    """Workers that judge batches.

    A chunk that overran the deadline, or whose worker ended, is split into single texts. So is a chunk with a text that
    broke the rubric, which may also have broken the next text. Each of these texts gets a new worker and the whole
    deadline, so only the culprit pays. A text that breaks in its own worker too is a culprit; but if its neighbours may
    have kept it from running before, it gets one more try, so that each text has two.

    Args:
        workers: How many at once.
        deadline_s, memory_mb: See `Limits`.
        closed: Descriptors of this process that workers must not inherit.
        beat: Called regularly while a batch is judged.
    """

    def __init__(
        self, workers: int, deadline_s: float, memory_mb: int, closed: Collection[int], beat: Callable[[], None]
    ) -> None:
        self._size = workers
        self._deadline_s = deadline_s
        self._memory_mb = memory_mb
        self._closed = closed
        self._beat = beat
        self._workers: list[_Worker] = []
        self._seconds_each = 0.0
        #: Texts that were lost with their neighbours and have not run since.
        self._untried: set[int] = set()

    def score(self, items: Sequence[Item]) -> list[Answer]:
        """Judge every item; each is in exactly one of the answers. A reward's failure never raises here."""
        chunks = deque(_chunks(len(items), self._chunk_size(len(items))))
        self._untried.clear()
        self._seconds_each /= 2  # a machine that was busy once may be free now
        alone: deque[list[int]] = deque()
        answers: list[Answer] = []
        while chunks or alone or any(one.chunk for one in self._workers):
            self._hand_out(items, chunks, alone)
            self._beat()
            for one in self._await():
                answers += self._settle(one, chunks, alone)
        end_strays({one.kept.keeper for one in self._workers})
        return answers

    def stop(self) -> None:
        """End every worker at once, with everything that rewards have started."""
        while self._workers:
            self._workers.pop().end()
        end_strays(())

    def _hand_out(self, items: Sequence[Item], chunks: deque[list[int]], alone: deque[list[int]]) -> None:
        while chunks or alone:
            one = next((one for one in self._workers if not one.chunk), None)
            if one is None and len(self._workers) == self._size:
                return
            if one is not None and not one.fresh and not chunks:
                self._retire(one)
                one = None
            one = one or self._start()
            one.alone = one.fresh and bool(alone)
            one.chunk = alone.popleft() if one.alone else chunks.popleft()
            one.due = time.monotonic() + self._deadline_s
            try:
                one.channel.send([items[index] for index in one.chunk])
            except ChannelError:  # it was killed from outside
                (alone if one.alone else chunks).append(one.chunk)
                self._retire(one)

    def _start(self) -> _Worker:
        others = [number for one in self._workers for number in (one.channel.fileno(), one.kept.ended)]
        self._workers.append(_Worker(self._memory_mb, [*self._closed, *others]))
        return self._workers[-1]

    def _retire(self, one: _Worker) -> None:
        self._workers.remove(one)
        one.end()

    def _await(self) -> list[_Worker]:
        """Return the workers that have answered, ended or run late; wait a limited time for them."""
        now = time.monotonic()
        busy = {one: [one.channel.fileno(), one.kept.ended] for one in self._workers if one.chunk}
        patience = min(_BEAT_S, *(max(0.0, one.due - now) for one in busy))
        ready = wait([end for ends in busy.values() for end in ends], patience)
        now = time.monotonic()
        return [one for one, ends in busy.items() if one.due <= now or any(end in ready for end in ends)]

    def _settle(self, one: _Worker, chunks: deque[list[int]], alone: deque[list[int]]) -> Iterator[Answer]:
        """Yield the results of a worker's chunk; the rest of the chunk goes back."""
        try:
            judged: Judged | None = one.channel.receive(0)
        except ChannelError as error:
            yield from self._lose(one, Raw("died", error=_end_of(one, error)), alone)
            return
        if judged is not None:
            yield from self._take(one, judged, chunks, alone)
        elif wait([one.kept.ended], 0):
            yield from self._lose(one, Raw("died", error=_end_of(one)), alone)
        elif one.due <= time.monotonic():
            yield from self._lose(one, Raw("late", error=f"it took more than {self._deadline_s:g} s"), alone)

    def _take(
        self, one: _Worker, judged: Judged, chunks: deque[list[int]], alone: deque[list[int]]
    ) -> Iterator[Answer]:
        self._seconds_each = max(self._seconds_each, judged.seconds_each)
        yield Answer(one.chunk[: judged.size], judged.found)
        rest = one.chunk[judged.size :]
        if judged.odd is not None:
            odd, rest = rest[:1], rest[1:]
            if one.alone and self._was_tried(odd):
                yield Answer(odd, judged.odd)
            else:
                alone.append(odd)
        if rest:
            chunks.append(rest)
        one.chunk, one.fresh = [], False
        if judged.spoiled:
            self._retire(one)

    def _lose(self, one: _Worker, fate: Raw, alone: deque[list[int]]) -> Iterator[Answer]:
        if one.alone and self._was_tried(one.chunk):
            yield Answer(one.chunk, fate)
        else:
            alone.extend([index] for index in one.chunk)
            self._untried |= set(one.chunk) if len(one.chunk) > 1 else set()
        self._retire(one)

    def _was_tried(self, lone: Sequence[int]) -> bool:
        """Return whether this is not the first try of a lone text; from now on it counts as tried."""
        before = self._untried.isdisjoint(lone)
        self._untried -= set(lone)
        return before

    def _chunk_size(self, count: int) -> int:
        if not self._seconds_each:
            return max(1, -(-count // (self._size * _FIRST_CHUNKS)))
        even = -(-count // (self._size * _CHUNKS_PER_WORKER))
        return max(1, min(even, int(_CHUNK_SHARE * self._deadline_s / self._seconds_each)))


def _end_of(one: _Worker, error: ChannelError | None = None) -> str:
    """Say how a worker ended, which its keeper reports a moment later, or what is wrong if it still runs."""
    if isinstance(error, Forged) or not wait([one.kept.ended], _END_S):
        return str(error)
    status = one.kept.status()
    return "it killed the processes around it" if status is None else f"it ended its process with status {status}"


def _chunks(count: int, size: int) -> Iterator[list[int]]:
    """Yield chunks of neighbours: they often answer the same task, which only one worker then has to read."""
    for first in range(0, count, size):
        yield list(range(first, min(first + size, count)))
