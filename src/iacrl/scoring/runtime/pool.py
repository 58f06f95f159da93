"""The workers of a host: chunks cut to size, culprits found, and a new worker where the old one is not what it was."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from multiprocessing.connection import wait

from iacrl.scoring.runtime import worker
from iacrl.scoring.runtime.channel import Channel, ChannelError, Forged, channels
from iacrl.scoring.runtime.outcome import Answer, Judged, Raw
from iacrl.scoring.runtime.processes import end_strays, start

#: How many chunks a worker gets of one batch: enough to even out, few enough that the pipes do not dominate. Of the
#: first batch it gets more, for nobody knows yet how long a completion takes.
_CHUNKS_PER_WORKER = 2
_FIRST_CHUNKS = 4
#: A chunk is made small enough to take this share of the deadline, judged by the completions before it.
_CHUNK_SHARE = 0.1
#: How often, in seconds, a pool that waits says that it is alive.
_BEAT_S = 0.5
#: How long, in seconds, a keeper may take to tell how its worker ended.
_END_S = 1.0

Item = tuple[str, str]  # the completion, and its task as JSON


class _Worker:
    """One worker, and what it is doing.

    Attributes:
        channel: Takes chunks and brings a `Judged` for each.
        kept: Its process.
        chunk: The indexes of the items that it judges; empty when it does nothing.
        due: When it must have answered.
        fresh: It has judged nothing before its chunk.
        alone: Its chunk is one text that broke the rubric before, or may have; what it does now is final.
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

    A chunk that overran the deadline, or whose worker ended, is taken apart. So is one in which a text broke the
    rubric: what it did may break the next. Each of these texts gets a worker that has judged nothing else, and the
    whole deadline, so that only the culprit pays.

    Args:
        workers: How many at once.
        deadline_s, memory_mb: See `Limits`.
        closed: Descriptors of this process that are not for workers.
        beat: Called every now and then while a batch is judged.
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

    def score(self, items: Sequence[Item]) -> list[Answer]:
        """Judge every item, each of which is in one of the answers; never raises for what a reward does."""
        chunks = deque(_chunks(len(items), self._chunk_size(len(items))))
        self._seconds_each /= 2  # a machine that was busy once is not for ever
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
        """End every worker, with all that rewards have started, at once."""
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
        """Return the workers about which there is something to say, after a while at most."""
        now = time.monotonic()
        busy = {one: [one.channel.fileno(), one.kept.ended] for one in self._workers if one.chunk}
        patience = min(_BEAT_S, *(max(0.0, one.due - now) for one in busy))
        ready = wait([end for ends in busy.values() for end in ends], patience)
        now = time.monotonic()
        return [one for one, ends in busy.items() if one.due <= now or any(end in ready for end in ends)]

    def _settle(self, one: _Worker, chunks: deque[list[int]], alone: deque[list[int]]) -> Iterator[Answer]:
        """Yield what is known of a worker's chunk; the rest of it goes back."""
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
        good, odd, rest = one.chunk[: judged.size], one.chunk[judged.size :][:1], one.chunk[judged.size + 1 :]
        yield Answer(good, judged.found)
        if judged.odd is not None:
            if one.alone:
                yield Answer(odd, judged.odd)
            else:
                alone.append(odd)
        if rest:
            chunks.append(rest)
        one.chunk, one.fresh = [], False
        if judged.spoiled:
            self._retire(one)

    def _lose(self, one: _Worker, fate: Raw, alone: deque[list[int]]) -> Iterator[Answer]:
        if one.alone:
            yield Answer(one.chunk, fate)
        else:
            alone.extend([index] for index in one.chunk)
        self._retire(one)

    def _chunk_size(self, count: int) -> int:
        if not self._seconds_each:
            return max(1, -(-count // (self._size * _FIRST_CHUNKS)))
        even = -(-count // (self._size * _CHUNKS_PER_WORKER))
        return max(1, min(even, int(_CHUNK_SHARE * self._deadline_s / self._seconds_each)))


def _end_of(one: _Worker, error: ChannelError | None = None) -> str:
    """Say how a worker ended, which its keeper tells a moment later; or what is wrong where it goes on."""
    if isinstance(error, Forged) or not wait([one.kept.ended], _END_S):
        return str(error)
    status = one.kept.status()
    return "it killed the processes around it" if status is None else f"it ended its process with status {status}"


def _chunks(count: int, size: int) -> Iterator[list[int]]:
    """Yield chunks of neighbours: they often answer one task, which then is read in one worker alone."""
    for first in range(0, count, size):
        yield list(range(first, min(first + size, count)))
