"""Requests to an API server over kept connections, for any number of threads."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

_TIMEOUT_S = 60.0
_RETRIES = 2


class Answer(NamedTuple):
    """The server's answer: the status, and its JSON (or `{"message": ...}`). Status 0: it broke the connection."""

    status: int
    body: dict[str, Any]

    @property
    def message(self) -> str:
        """The server's message."""
        return str(self.body.get("message", ""))


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket, for `kubectl proxy --unix-socket`."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Connections:
    """A pool of connections to one server. Make one with `over_tls` or `over_socket`."""

    def __init__(self, connect: Callable[[], http.client.HTTPConnection], token: str | None) -> None:
        self._connect = connect
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        self._idle: deque[http.client.HTTPConnection] = deque()

    @classmethod
    def over_tls(cls, port: int, certificate: Path, token: str) -> Connections:
        """Connect to a server on loopback with this certificate."""
        context = ssl.create_default_context(cafile=str(certificate))
        return cls(
            lambda: http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=_TIMEOUT_S),
            token,
        )

    @classmethod
    def over_socket(cls, path: Path) -> Connections:
        """Connect to a unix socket."""
        return cls(lambda: _UnixConnection(path), None)

    def call(self, method: str, path: str, body: Any = None, accept: str | None = None) -> Answer:
        """Send one request; replace a connection that was kept for too long."""
        data = None if body is None else json.dumps(body)
        headers = self._headers if accept is None else {**self._headers, "Accept": accept}
        for attempt in range(_RETRIES + 1):
            # The server closes idle connections, all of about the same age. So a retry takes a new one.
            connection = self._idle.pop() if self._idle and attempt == 0 else self._connect()
            try:
                connection.request(method, path, data, headers)
                got = connection.getresponse()
                content = got.read().decode(errors="replace")
            except (http.client.HTTPException, OSError) as error:
                connection.close()
                broken = str(error) or type(error).__name__
                continue
            self._idle.append(connection)
            return Answer(got.status, _object(content))
        return Answer(0, {"message": f"the server broke the connection: {broken}"})

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()


def _object(content: str) -> dict[str, Any]:
    try:
        read = json.loads(content)
    except ValueError:
        read = None
    return read if isinstance(read, dict) else {"message": content[:500].strip()}
