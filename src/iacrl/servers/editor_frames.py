"""The messages that an editor sends to `iacrl lsp`, as bytes: what of them cannot be read."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import BinaryIO, Final

_SIZE: Final = re.compile(rb"Content-Length: (\d+)")
#: The bytes of the largest message that is read, and how many digits its size may have.
_LARGEST: Final = 100_000_000
_DIGITS: Final = 10
#: The logger of requests. Of a message with wrong parameters it logs the traceback as text; another one names it.
PROTOCOL: Final = "pygls.protocol.json_rpc"
_UNLIKE: Final = "Unable to deserialize message\n%s"


class Frames:
    """The bytes from an editor, for pygls, which would read a message of any announced size into memory.

    Attributes:
        fault: Why they ended before the editor did; empty if they did not.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.fault = ""

    def readline(self) -> bytes:
        """Return the next line of a message's header; nothing if it announces a message that no editor sends."""
        line = self._source.readline()
        size = _SIZE.match(line)
        if size is None or (len(size[1]) <= _DIGITS and int(size[1]) <= _LARGEST):
            return line
        announced = size[1].decode() if len(size[1]) <= 2 * _DIGITS else f"a number of {len(size[1])} digits"
        self.fault = f"Content-Length is {announced}: a message has at most {_LARGEST} bytes."
        return b""

    def read(self, size: int) -> bytes:
        """Return the body of a message."""
        return self._source.read(size)


def _first_of(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def in_one_line(record: logging.LogRecord) -> bool:
    """Log why a message cannot be read, without where the reader was."""
    error = record.exc_info[1] if record.exc_info else None
    if record.name == PROTOCOL:  # an error of a request is a bug, and keeps its traceback
        return record.msg != _UNLIKE
    if error is not None:
        cause = "" if error.__cause__ is None else f" ({_first_of(error.__cause__)!r})"
        record.msg, record.args = f"{record.getMessage()}: {error}{cause}", ()
        record.exc_info = record.exc_text = None
    return not isinstance(error, asyncio.CancelledError)  # the editor left while a text was judged
