"""A stand-in for the hub on loopback: what it is sent stays in memory."""

import base64
import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Hub:
    """What was sent to it, and what it serves.

    Attributes:
        created: The body of each request for a new repository.
        files: Path of each uploaded file to its content.
        datasets: Repository to its files, by path.
        tokens: Each `Authorization` header.
    """

    def __init__(self):
        self.created, self.files, self.datasets, self.tokens = [], {}, {}, []
        self.url = ""


@contextmanager
def hub_server():
    """Yield a `Hub` that answers as the Hugging Face hub does to a push and to a download."""
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

        def _answer(self, body, status=200, **headers):
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            hub.tokens.append(self.headers.get("Authorization"))
            if self.headers.get("Authorization") == "Bearer refused":
                self._answer({"error": "no such token"}, 401)
            elif self.path == "/api/repos/create":
                hub.created.append(json.loads(body))
                self._answer({"url": f"{hub.url}/me/{json.loads(body)['name']}"})
            elif "/preupload/" in self.path:
                files = [
                    {"path": one["path"], "uploadMode": "regular", "shouldIgnore": False}
                    for one in json.loads(body)["files"]
                ]
                self._answer({"files": files})
            elif "/commit/" in self.path:
                for line in map(json.loads, body.splitlines()):
                    if line["key"] == "file":
                        hub.files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
                self._answer(
                    {"commitUrl": f"{hub.url}/me/x/commit/{'0' * 40}", "commitOid": "0" * 40, "hookOutput": ""}
                )
            else:
                self._answer({})

        def do_GET(self):
            if self.path.startswith("/api/"):
                self._answer({"id": "me/x", "sha": "0" * 40, "siblings": [], "private": True})
                return
            _, _, owner, name, _, _, *path = self.path.split("/")
            content = hub.datasets.get(f"{owner}/{name}", {}).get("/".join(path))
            if content is None:
                self._answer({}, 404, X_Error_Code="EntryNotFound", X_Repo_Commit="0" * 40)
            else:
                self._answer(content, ETag='"one"', X_Repo_Commit="0" * 40)

        do_HEAD = do_GET

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
