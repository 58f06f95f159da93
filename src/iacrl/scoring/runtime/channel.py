"""Messages between the processes of a runtime. Each is sealed, so other bytes are not taken for a message.

A reward can write to any descriptor of its process. Bytes without the seal end the channel and are never unpickled.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import socket
import struct
import time
from multiprocessing.connection import wait
from pickle import HIGHEST_PROTOCOL, dumps, loads  # by name: a reward may replace them in their module
from typing import Any

from iacrl.errors import UserError

KEY_BYTES = 16
#: What a host sends now and then while it judges a batch.
BEAT = "beat"
_SEAL_BYTES = 16
_HEAD = struct.Struct(f">I{_SEAL_BYTES}s")
_LONGEST = 2**30
_AT_ONCE = 2**16
_SEND_S = 60.0


class ChannelError(Exception):
    """The other end is closed or does not read."""


class Forged(ChannelError):  # noqa: N818 - it says what came
    """Something other than a message was written to the other end."""

    def __init__(self) -> None:
        super().__init__("something else than answers was written to its connection")


def channels() -> tuple[socket.socket, socket.socket, bytes]:
    """Return both ends of a new connection, and the key for both."""
    return *socket.socketpair(), os.urandom(KEY_BYTES)


class Channel:
    """One end of a connection.

    Args:
        connection: A connected socket, owned by the channel.
        key: The key with which both ends seal.
    """

    def __init__(self, connection: socket.socket, key: bytes) -> None:
        self._socket = connection
        self._socket.settimeout(_SEND_S)
        self._key = key
        self._came = bytearray()
        self._sent = self._received = 0

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._socket.fileno()

    def send(self, message: object) -> None:
        """Send anything that can be pickled.

        Raises:
            ChannelError: The other end is closed, or does not read for a minute.
        """
        body = dumps(message, HIGHEST_PROTOCOL)
        try:
            self._socket.sendall(_HEAD.pack(len(body), self._seal(self._sent, body)))
            self._socket.sendall(body)
        except OSError as error:
            raise ChannelError(f"nothing can be sent to it: {error}") from error
        self._sent += 1

    def receive(self, patience_s: float | None) -> Any:
        """Return the next message, or None if it does not arrive in time.

        Args:
            patience_s: Seconds to wait. None waits for ever; 0 takes only what has arrived.

        Raises:
            ChannelError: The other end is closed.
            Forged: What arrived is not a message.
            UserError: It is a rubric, and a reward of it is not found or fails to load.
        """
        until = None if patience_s is None else time.monotonic() + patience_s
        while len(self._came) < (size := self._size()):
            if not wait([self._socket], None if until is None else max(0.0, until - time.monotonic())):
                return None
            try:
                came = self._socket.recv(_AT_ONCE)
            except OSError as error:
                raise ChannelError(f"nothing can be received from it: {error}") from error
            if not came:
                raise ChannelError("its connection was closed")
            self._came += came
        body = bytes(self._came[_HEAD.size : size])
        if not hmac.compare_digest(_HEAD.unpack_from(self._came)[1], self._seal(self._received, body)):
            raise Forged
        del self._came[:size]
        self._received += 1
        try:
            return loads(body)
        except UserError:  # a rubric finds its rewards again while it is read
            raise
        except Exception:  # noqa: BLE001 - what a reward has changed may be sealed, and fail in any way
            raise Forged from None

    def _size(self) -> int:
        """Return the size of the next message with its head, in bytes, as far as it is known."""
        if len(self._came) < _HEAD.size:
            return _HEAD.size
        length: int = _HEAD.unpack_from(self._came)[0]
        if length > _LONGEST:
            raise Forged
        return _HEAD.size + length

    def _seal(self, number: int, body: bytes) -> bytes:
        # The number distinguishes a message from a copy of it, which a process that a reward forked may send.
        seal = hashlib.blake2b(number.to_bytes(8, "big"), key=self._key, digest_size=_SEAL_BYTES)
        seal.update(body)
        return seal.digest()

    def close(self) -> None:
        """Close this end."""
        self._socket.close()
