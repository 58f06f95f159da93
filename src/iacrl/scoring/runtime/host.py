"""The host: a separate process that keeps the workers. It runs as a module, with the number of its connection.

It reads requests and writes the answers to each, until the connection is closed or its parent is gone. While it judges,
it regularly reports that it is alive.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterable
from typing import Any, NoReturn

from iacrl.errors import UserError
from iacrl.scoring.runtime import worker
from iacrl.scoring.runtime.channel import BEAT, KEY_BYTES, Channel, ChannelError
from iacrl.scoring.runtime.pool import Item, Pool
from iacrl.scoring.runtime.processes import adopt, die_with_parent
from iacrl.terminal import guard

_POLL_S = 0.5


class _Host:
    """One caller's host.

    Args:
        channel: Its connection to the caller.
        parent: The caller's process. The host ends when it is gone, even during a batch, and even if others, such as
            processes that the caller forked, keep the connection open.
    """

    def __init__(self, channel: Channel, parent: int) -> None:
        self._channel = channel
        self._parent = parent
        self._pool: Pool | None = None
        self._warmed: set[str] = set()
        self._beaten = time.monotonic()

    def serve(self) -> NoReturn:
        """Load the rubric, then judge whatever comes."""
        try:
            # The rubric arrives as its description; reading it finds the rewards.
            rubric, workers, deadline_s, memory_mb, place_met = self._request()
        except UserError as error:
            self._channel.send(error)
            self.end()
        worker.load(rubric, place_met=place_met)
        self._channel.send([])  # ready
        self._pool = Pool(workers, deadline_s, memory_mb, [self._channel.fileno()], self._beat)
        while True:
            items: list[Item] = self._request()
            self._warm(self._pool, {row for _, row in items})
            self._channel.send(self._pool.score(items))

    def _request(self) -> Any:
        while (request := self._channel.receive(_POLL_S)) is None:
            self.end_if_alone()
        return request

    def _warm(self, pool: Pool, rows: Iterable[str]) -> None:
        """Load what the domains of these tasks need before forking workers that judge for them."""
        new = {json.loads(row)["domain"] for row in rows} - self._warmed
        if new:
            for domain in sorted(new):
                worker.warm_up(domain)
            gc.collect()
            gc.freeze()  # keeps the workers' shared memory shared
            pool.stop()
            self._warmed |= new

    def _beat(self) -> None:
        self.end_if_alone()
        if time.monotonic() - self._beaten > _POLL_S:
            self._channel.send(BEAT)
            self._beaten = time.monotonic()

    def end_if_alone(self, *_: object) -> None:
        if os.getppid() != self._parent:
            self.end()

    def end(self, *_: object) -> NoReturn:
        """End with every worker, even a stuck one; there is nothing here to save."""
        if self._pool is not None:
            self._pool.stop()
        os._exit(0)


def main(number: int, parent: int) -> None:
    """Serve one caller.

    Args:
        number: The descriptor of the connection.
        parent: The caller's process.
    """
    connection = socket.socket(fileno=number)
    connection.set_inheritable(False)
    host = _Host(Channel(connection, connection.recv(KEY_BYTES, socket.MSG_WAITALL)), parent)
    signal.signal(signal.SIGTERM, host.end)
    signal.signal(signal.SIGCONT, host.end_if_alone)
    # A stopped host could not end otherwise. If only a thread of the parent ended, this does no harm.
    die_with_parent(parent, signal.SIGCONT)
    adopt()
    os.dup2(2, 1)  # a reward's output goes to standard error
    guard()  # what libraries say about a text goes there too
    try:
        host.serve()
    except ChannelError:  # the caller has closed its end
        host.end()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
