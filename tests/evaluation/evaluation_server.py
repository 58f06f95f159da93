"""A scripted OpenAI-compatible endpoint."""

import json
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server:
    """A real HTTP server on this machine that answers as a script says.

    `script` is asked with the number of the request, from 0, and the request's body. It returns the text of the
    completion; or `(status, headers, content)`; or `"close"` to end the connection without an answer, or a number of
    seconds to wait before that; or a function that is given the handler and writes what it likes.
    """

    def __init__(self):
        self.script = lambda number, body: "no answer"
        self.bodies = []
        self.headers = []
        self._lock = threading.Lock()
        self.released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                content = self.rfile.read(int(self.headers["Content-Length"]))
                if len(content) < int(self.headers["Content-Length"]):
                    return  # the client has given up
                body = json.loads(content)
                with outer._lock:
                    number = len(outer.bodies)
                    outer.bodies.append(body)
                    outer.headers.append(dict(self.headers))
                answer = outer.script(number, body)
                if answer is None or isinstance(answer, float):
                    outer.released.wait(answer or 0)
                    self.close_connection = True
                    return
                if callable(answer):
                    self.close_connection = True
                    with suppress(OSError):  # the client has given up
                        answer(self)
                    return
                status, headers, content = answer if isinstance(answer, tuple) else (200, {}, completion(answer))
                data = content.encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


def completion(text, finish="stop"):
    return json.dumps(
        {
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}],
            "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12},
        }
    )
