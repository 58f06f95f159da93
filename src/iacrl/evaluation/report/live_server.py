"""A small web server for one report. It serves this machine only, answers two addresses, and reads no other file.

A page of another site could send a browser here under a name of its own (DNS rebinding). So a request counts only if
its `Host` is this server.
"""

from __future__ import annotations

import socket
import sys
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore, Lock
from typing import Any, ClassVar, Final

from iacrl.errors import UserError
from iacrl.evaluation.report.live import LiveReport

LOOPBACK = "127.0.0.1"
#: The most connections at a time, each with a thread. One more ends the oldest, whose request never came.
MOST_OPEN: Final = 32


class ReportServer(ThreadingHTTPServer):
    """The server of one report, on loopback.

    Args:
        port: 0 takes any free port.

    Raises:
        UserError: The port is taken, or not allowed.
    """

    daemon_threads = True

    def __init__(self, report: LiveReport, port: int = 0) -> None:
        self.report = report
        self._open: dict[Any, None] = {}  # the sockets, oldest first
        self._changing = Lock()
        self._free = BoundedSemaphore(MOST_OPEN)
        try:
            super().__init__((LOOPBACK, port), _Handler)
        except OSError as error:
            raise UserError(
                f"Port {port} of {LOOPBACK} cannot be used ({error.strerror}): choose another --port."
            ) from None
        self.hosts = {f"{name}:{self.server_port}" for name in (LOOPBACK, "localhost")}

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://{LOOPBACK}:{self.server_port}/"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own; if there are too many, end the oldest connection first."""
        if not self._free.acquire(blocking=False):
            with self._changing, suppress(StopIteration, OSError):  # it has ended by itself
                next(iter(self._open)).shutdown(socket.SHUT_RDWR)
            self._free.acquire()
        with self._changing:
            self._open[request] = None
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection, and make room for another."""
        super().shutdown_request(request)
        with self._changing:
            ended = request in self._open
            self._open.pop(request, None)
        if ended:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing about a browser that has gone away; print other errors."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: ReportServer
    server_version = "iacrl"
    sys_version = ""
    timeout = 10  # seconds that a client may take for the next part of its request

    _HEADERS: ClassVar = {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
    }

    def do_GET(self) -> None:
        """Answer with the page, or with the version of the page."""
        if self.headers.get("Host") not in self.server.hosts:
            self._answer(HTTPStatus.MISDIRECTED_REQUEST, "text/plain", b"This server has another name.\n")
        elif self.path == "/":
            self._answer(HTTPStatus.OK, "text/html", self.server.report.page())
        elif self.path == "/version":
            self._answer(HTTPStatus.OK, "text/plain", self.server.report.version().encode())
        else:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"There is only one page here: /\n")

    def do_HEAD(self) -> None:
        """Answer like GET, without the body."""
        self.do_GET()

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            for name, value in self._HEADERS.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
        except ConnectionError:  # the reader has closed the page
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: the terminal belongs to the command."""
