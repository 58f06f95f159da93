"""One request to a web server and its answer, within a total time and a total size, whatever the server does.

A limit on each read does not limit the whole: a server may send a byte a minute, never stop, or compress gigabytes into
megabytes. So requests run on an event loop, where a deadline cuts off anything, and the answer is read in pieces.
"""

from __future__ import annotations

import asyncio
import threading
import zlib
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import httpx2 as httpx

Result = TypeVar("Result")

#: The largest answer, in bytes. A completion of a million tokens is smaller.
LARGEST: Final = 16_000_000

_CONNECT_S: Final = 30.0
#: zlib's option for data that begin with a gzip or zlib header.
_ANY_HEADER: Final = zlib.MAX_WBITS | 32


class BrokenExchangeError(Exception):
    """There is no answer, or it was not read; the message says why."""


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    content: bytes


def is_address(url: str) -> bool:
    """Say whether a request can be sent to this URL."""
    try:
        httpx.URL(url)
    except httpx.InvalidURL:
        return False
    return True


class Exchange:
    """Requests to one server, from any number of threads.

    Args:
        timeout_s: Seconds from a request to the last byte of its answer.
        connections: The most connections at once.
        headers: Sent with each request.
    """

    def __init__(self, *, timeout_s: float, connections: int, headers: Mapping[str, str]) -> None:
        self._timeout_s = timeout_s
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(timeout_s, connect=min(_CONNECT_S, timeout_s)),
            headers={**headers, "Accept-Encoding": "identity"},
            limits=httpx.Limits(max_connections=connections),
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="iacrl-exchange", daemon=True)
        self._thread.start()

    def post(self, url: str, body: Any) -> WebAnswer:
        """Return the answer to a JSON document.

        Raises:
            BrokenExchangeError: It does not arrive in time, is too large, or has an unrequested encoding.
        """
        return self._wait_for(self._post(url, body))

    def close(self) -> None:
        """Close all connections; unfinished requests break."""
        self._wait_for(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait_for(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _end(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._client.aclose()

    async def _post(self, url: str, body: Any) -> WebAnswer:
        try:
            async with asyncio.timeout(self._timeout_s), self._client.stream("POST", url, json=body) as response:
                return WebAnswer(response.status_code, response.headers, await _read(response))
        except (TimeoutError, httpx.TimeoutException) as error:
            raise BrokenExchangeError(f"no answer within {self._timeout_s:g} s ({type(error).__name__})") from None
        except httpx.RequestError as error:
            told = str(error).rstrip(".") or "the connection broke"
            raise BrokenExchangeError(f"{type(error).__name__}: {told}") from None


async def _read(response: httpx.Response) -> bytes:
    received = bytearray()  # bytes would be copied for each piece, and a piece may be one byte
    async for piece in response.aiter_raw():
        received += piece
        if len(received) > LARGEST:
            raise BrokenExchangeError(f"the answer is larger than {LARGEST // 1_000_000} MB")
    content = bytes(received)
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding == "identity":
        return content
    if encoding not in ("gzip", "deflate"):
        raise BrokenExchangeError(f"the answer is encoded as {encoding!r}, and was asked for without any encoding")
    decoder = zlib.decompressobj(_ANY_HEADER)
    try:
        content = decoder.decompress(content, LARGEST)
    except zlib.error as error:
        raise BrokenExchangeError(f"the answer is not {encoding}: {error}") from None
    if decoder.unconsumed_tail:
        raise BrokenExchangeError(f"the answer is larger than {LARGEST // 1_000_000} MB")
    return content
