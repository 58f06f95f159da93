"""`iacrl report --live`: a page that follows a run whose files grow, are half written, or are not there yet."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager
from threading import Thread

import pytest

from iacrl.errors import UserError
from iacrl.evaluation.report import live
from iacrl.evaluation.report.live import LiveReport
from iacrl.evaluation.report.live_server import MOST_OPEN, ReportServer
from iacrl.files import write_json


@contextmanager
def served(report):
    with ReportServer(report) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def ask(port, path="/", method="GET", host=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, headers={"Host": host or f"127.0.0.1:{port}"})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer, body


def begin_grpo(folder, runs):
    """Write what a GRPO stage has written in the middle of its second step: the last lines are cut off."""
    (folder / "grpo").mkdir()
    write_json(folder / "grpo/manifest.json", {"stage": "grpo", "status": "running"})
    (folder / "grpo/config.yaml").write_text("grpo: {steps: 3}\n")
    for name, kept in (("metrics.jsonl", 1), ("samples.jsonl", 4)):
        lines = (runs.first / "grpo" / name).read_text().splitlines(keepends=True)
        (folder / "grpo" / name).write_text("".join(lines[:kept]) + lines[kept][:20])


def test_a_page_follows_a_run_from_before_its_begin(runs, tmp_path):
    report = LiveReport([tmp_path], least_s=0)
    first = report.page().decode()
    assert "Nothing can be shown yet" in first and "connect-src &#39;self&#39;" in first
    begin_grpo(tmp_path, runs)
    report._due = 0
    version = report.version()
    assert f'data-version="{version}"' not in first
    page = report.page().decode()
    assert f'data-version="{version}"' in page and "GRPO: score" in page
    assert "is left out" not in page, "a line that is being written is not broken"
    assert report.page().decode() == page
    report._due = 0
    shutil.rmtree(tmp_path / "grpo")
    assert "Nothing can be shown yet" in report.page().decode()


def test_a_page_is_not_made_again_all_the_time(runs, tmp_path):
    report = LiveReport([tmp_path], least_s=1000)
    before, version = report.page(), report.version()
    begin_grpo(tmp_path, runs)
    assert report.version() == version and report.page() == before


def test_only_this_machine_is_served_and_only_the_page(tmp_path):
    (tmp_path / "secret").write_text("secret")
    with served(LiveReport([tmp_path])) as server:
        port = server.server_port
        assert server.server_address[0] == "127.0.0.1"
        answer, body = ask(port)
        assert answer.status == 200 and body.startswith("<!doctype html>")
        assert (answer.headers["Cache-Control"], answer.headers["X-Frame-Options"]) == ("no-store", "DENY")
        assert ask(port, "/version", host=f"localhost:{port}")[0].status == 200
        assert ask(port, method="HEAD")[1] == ""
        for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", f"127.0.0.1:{port + 1}"):
            answer, body = ask(port, host=host)
            assert answer.status == 421 and "<" not in body
        for path in ("/secret", "/../secret", "/%2e%2e/secret", "/?x", "/grpo/samples.jsonl"):
            assert ask(port, path)[0].status == 404
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            assert ask(port, method=method)[0].status == 501
        with pytest.raises(UserError, match=f"Port {port} of 127.0.0.1 cannot be used"):
            ReportServer(LiveReport([tmp_path]), port)


def test_requests_that_never_come_take_neither_threads_nor_the_page(tmp_path):
    with served(LiveReport([tmp_path])) as server, ExitStack() as stack:
        before = threading.active_count()
        for _ in range(3 * MOST_OPEN):
            half = stack.enter_context(socket.create_connection(("127.0.0.1", server.server_port)))
            half.sendall(b"GET / HTTP/1.1\r\n")
            assert threading.active_count() - before <= MOST_OPEN
        assert ask(server.server_port, "/version")[0].status == 200
        assert len(server._open) <= MOST_OPEN


def test_the_command_serves_until_ctrl_c(tmp_path):
    command = [sys.executable, "-m", "iacrl", "report", str(tmp_path), "--live"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        port = int(re.match(r"http://127\.0\.0\.1:(\d+)/ ", process.stdout.readline())[1])
        assert ask(port)[0].status == 200
        os.kill(process.pid, signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in told
    assert list(tmp_path.iterdir()) == [], "it only reads"


def test_mistakes_give_one_message(tmp_path, run_cli):
    for arguments, words in (
        (("--live", "--format", "json"), "--live serves the page and writes nothing"),
        (("--port", "8000"), "--port belongs to --live"),
    ):
        result = run_cli("report", tmp_path, *arguments)
        assert result.status == 2 and words in result.err
    result = run_cli("report", tmp_path / "nothing", "--live")
    assert result.status == 2 and "no such directory" in result.err


def test_a_run_that_cannot_be_shown_leaves_the_server_up(runs, monkeypatch):
    def fail(*arguments):
        raise KeyError("all")

    monkeypatch.setattr(live, "summarize", fail)
    with served(LiveReport([runs.first])) as server:
        answer, body = ask(server.server_port)
    assert answer.status == 200 and "Nothing can be shown yet" in body
