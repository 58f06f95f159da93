import gzip
import json
import socket
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from ci_log import FORGED, is_ours_alone
from evaluation_server import completion

from iacrl.config.sections import EvalSection
from iacrl.errors import UserError
from iacrl.evaluation.backends import Request
from iacrl.evaluation.backends.endpoint import Endpoint
from iacrl.evaluation.figures import DecodingSettings

GREEDY = DecodingSettings("greedy", 0.0, 1)


def ask(endpoint, tasks, *, waits=None, decoding=GREEDY, **settings):
    """Return what the back end makes of one request for each task, with at most one at a time unless told otherwise."""
    settings = EvalSection(**{"concurrency": 1, "retries": 3, "timeout_s": 60.0, **settings})
    slept = waits if waits is not None else []
    with Endpoint(endpoint.url, "m", settings, seed=3, sleep=slept.append) as backend:
        requests = [Request(task, sample) for sample in range(decoding.samples) for task in tasks]
        answers = [answer for arrived in backend.answer("m", decoding, requests) for answer in arrived]
        return answers, backend


def test_every_task_is_asked_once_with_the_settings_and_the_key(endpoint, some_tasks, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "second")
    monkeypatch.setenv("IACRL_API_KEY", "first")
    endpoint.script = lambda number, body: "hello"
    sampled = DecodingSettings("sampled", 0.7, 2)
    answers, backend = ask(endpoint, some_tasks, decoding=sampled, max_completion_tokens=99, concurrency=4)
    assert Counter((one.request.task.id, one.request.sample) for one in answers) == Counter(
        {(task.id, sample): 1 for task in some_tasks for sample in (0, 1)}
    )
    assert {(one.text, one.tokens, one.finish) for one in answers} == {("hello", 7, "stop")}
    assert {(body["model"], body["temperature"], body["max_tokens"]) for body in endpoint.bodies} == {("m", 0.7, 99)}
    assert len({body["seed"] for body in endpoint.bodies}) == 12, "each completion needs a seed of its own"
    assert [message["role"] for message in endpoint.bodies[0]["messages"]] == ["system", "user"]
    assert {headers["Authorization"] for headers in endpoint.headers} == {"Bearer first"}
    assert not backend.notes


def test_without_a_key_none_is_sent(endpoint, some_tasks, small_eval):
    ask(endpoint, some_tasks[:1])
    assert "Authorization" not in endpoint.headers[0]


@pytest.mark.parametrize(
    "trouble",
    [
        (429, {}, '{"error": "slow down"}'),
        (500, {}, "<html>oops</html>"),
        (503, {}, ""),
        None,
        (200, {}, "this is no JSON"),
        (200, {}, "[1, 2]"),
        (200, {}, '{"choices": []}'),
        (200, {}, '{"choices": [{"message": {"content": 7}}]}'),
        (200, {}, "null"),
        (200, {"Content-Type": "application/json; charset=utf-16"}, "{oops"),
        (200, {"Content-Encoding": "gzip"}, "{oops"),
    ],
    ids=["429", "500", "503", "closed", "no JSON", "array", "no choices", "no text", "null", "charset", "encoding"],
)
def test_what_may_pass_is_tried_again(endpoint, some_tasks, trouble):
    waits = []
    endpoint.script = lambda number, body: trouble if number < 2 else "at last"
    answers, backend = ask(endpoint, some_tasks[:1], waits=waits)
    assert [one.text for one in answers] == ["at last"]
    assert len(endpoint.bodies) == 3 and len(waits) == 2
    assert not backend.notes


def test_the_time_that_the_server_names_is_waited(endpoint, some_tasks):
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    named = [(429, {"Retry-After": "70"}, ""), (503, {"Retry-After": later}, ""), (429, {"Retry-After": "soon"}, "")]
    endpoint.script = lambda number, body: named[number] if number < 3 else "at last"
    waits = []
    answers, _ = ask(endpoint, some_tasks[:1], waits=waits)
    assert [one.text for one in answers] == ["at last"]
    assert waits[0] == pytest.approx(70) and 60 < waits[1] <= 90 and waits[2] <= 60


@pytest.mark.parametrize(
    "date", ["Mon, 01 Jan 99999999999 00:00:00 GMT", "Mon, 01 Jan 2020 00:00:00 +99999999999999999"]
)
def test_a_date_beyond_all_numbers_is_no_time_to_wait(endpoint, some_tasks, date):
    endpoint.script = lambda number, body: (429, {"Retry-After": date}, "") if number == 0 else "at last"
    answers, _ = ask(endpoint, some_tasks[:1], waits=[])
    assert [one.text for one in answers] == ["at last"]


def test_a_server_that_wants_an_hour_is_not_waited_for(endpoint, some_tasks):
    waits = []
    endpoint.script = lambda number, body: (429, {"Retry-After": "3600"}, "")
    with pytest.raises(UserError, match="3600 s"):
        ask(endpoint, some_tasks[:1], waits=waits)
    assert waits == []


def test_a_request_that_times_out_is_tried_again(endpoint, some_tasks):
    endpoint.script = lambda number, body: 600.0 if number == 0 else "at last"
    answers, _ = ask(endpoint, some_tasks[:1], timeout_s=1.0)
    assert [one.text for one in answers] == ["at last"]


def test_a_request_that_keeps_failing_stays_open_and_the_others_go_on(endpoint, some_tasks):
    bad = some_tasks[1].instruction
    endpoint.script = lambda number, body: (
        (500, {}, "boom") if body["messages"][-1]["content"].startswith(bad) else "fine"
    )
    answers, backend = ask(endpoint, some_tasks, retries=1, concurrency=2)
    assert {one.request.task.id for one in answers} == {task.id for task in some_tasks} - {some_tasks[1].id}
    assert "Requests without an answer: 1;" in backend.notes[0] and "boom" in backend.notes[0]
    assert len(endpoint.bodies) == len(some_tasks) + 1


def test_when_everything_fails_the_evaluation_stops(endpoint, some_tasks):
    endpoint.script = lambda number, body: (400, {}, '{"error": "max_tokens is too large"}')
    with pytest.raises(UserError, match=r"2 requests in a row have failed.*max_tokens is too large.*--resume"):
        ask(endpoint, some_tasks, concurrency=2)
    assert len(endpoint.bodies) < len(some_tasks), "what cannot succeed must not be paid for"


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_that_holds_for_every_request_stops_at_once(endpoint, some_tasks, status, small_eval):
    endpoint.script = lambda number, body: (status, {}, '{"error": "no"}')
    with pytest.raises(UserError, match=rf"status {status}.*IACRL_API_KEY"):
        ask(endpoint, some_tasks)
    assert len(endpoint.bodies) == 1


def test_a_server_that_is_not_there_is_told(endpoint, some_tasks):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint.url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with pytest.raises(UserError, match=r"ConnectError"):
        ask(endpoint, some_tasks)


@pytest.mark.parametrize(
    "url", ["localhost:8000", "ftp://x/v1", "", "http://", "http://[", "http://h:x/v1", "http://h\x7f/v1"]
)
def test_what_is_no_url_is_refused(url):
    with pytest.raises(UserError, match=r"expected (a URL|one)"):
        Endpoint(url, "m", EvalSection(), seed=0)


@pytest.mark.parametrize("url", ["http://user:hunter2@h/v1", "http://h/v1?key=hunter2", "http://user:hunter2@["])
def test_a_key_in_the_url_is_refused_without_repeating_it(url):
    with pytest.raises(UserError, match="URL") as told:
        Endpoint(url, "m", EvalSection(), seed=0)
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize("key", ["hunter2\r\nX-Other: 1", "hunter2é", "hun\tter2", "hunter2\x7f"])
def test_a_key_that_no_header_can_hold_is_refused_without_repeating_it(key, monkeypatch):
    monkeypatch.setenv("IACRL_API_KEY", key)
    with pytest.raises(UserError, match="IACRL_API_KEY is not a key") as told:
        Endpoint("http://localhost/v1", "m", EvalSection(), seed=0)
    assert "hun" not in str(told.value)


def test_a_key_from_a_file_has_a_line_end_and_no_server_can_have_it_printed(endpoint, some_tasks, monkeypatch):
    monkeypatch.setenv("IACRL_API_KEY", "hunter2-hunter2\n")
    echoed = "You sent Authorization: Bearer hunter2-hunter2"
    header = f"HTTP/1.1 200 OK\r\n{echoed} \xff\r\n\r\n".encode("latin-1")
    answers = [(418, {}, echoed), (200, {}, echoed), (418, {}, "x" * 192 + echoed), lambda it: it.wfile.write(header)]
    for answer in answers:
        endpoint.script = lambda number, body, answer=answer: answer
        with pytest.raises(UserError, match="requests in a row have failed") as told:
            ask(endpoint, some_tasks[:1], retries=0)
        assert "hunter" not in str(told.value)
    assert {headers["Authorization"] for headers in endpoint.headers} == {"Bearer hunter2-hunter2"}


def test_texts_that_no_file_can_hold_and_refusals_are_made_readable(endpoint, some_tasks):
    odd = ['{"choices": [{"message": {"content": "a\\ud800b"}, "finish_reason": "length"}]}', completion(None, "other")]
    endpoint.script = lambda number, body: (200, {}, odd[number])
    answers, _ = ask(endpoint, some_tasks[:2])
    assert [(one.text, one.finish) for one in answers] == [("a\ufffdb", "length"), ("", "other")]
    json.dumps(answers[0].text).encode()


def test_a_count_of_tokens_that_no_model_writes_is_unknown(endpoint, some_tasks):
    counts = ["-1", "7.5", "NaN", "1e999", "true", '"7"', "[7]", "1" + "0" * 299, "0"]
    told = [completion("fine").replace('"completion_tokens": 7', f'"completion_tokens": {each}') for each in counts]
    told.insert(0, completion("fine").replace('"completion_tokens": 7', f'"completion_tokens": {"1" * 400}'))
    endpoint.script = lambda number, body: (200, {}, told[number])
    decoding = DecodingSettings("sampled", 0.7, len(counts))
    answers, backend = ask(endpoint, some_tasks[:1], decoding=decoding)
    assert [(one.text, one.tokens) for one in answers] == [("fine", None)] * 8 + [("fine", 0)]
    assert not backend.notes, "a number of 400 digits is asked for again"


WHOLE = completion("too late").encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def drip(server, data):
    """Return an answer that takes a few seconds, whatever the limit on a single read."""

    def write(handler):
        for byte in data:
            handler.wfile.write(bytes([byte]))
            if server.released.wait(0.05):
                return

    return write


def endless(handler):
    handler.wfile.write(HEAD + b"\r\n")
    for _ in range(200):
        handler.wfile.write(b" " * 1_000_000)
    handler.wfile.write(WHOLE)


def compressed(times):
    data = b" " * 200_000_000 + WHOLE if times == 1 else WHOLE
    for _ in range(times):
        data = gzip.compress(data, 1)
    names = ", ".join(times * ["gzip"]).encode()
    lines = b"Content-Encoding: " + names + b"\r\nContent-Length: " + str(len(data)).encode() + b"\r\n\r\n"
    return lambda handler: handler.wfile.write(HEAD + lines + data)


@pytest.mark.parametrize(
    ("attack", "told"),
    [
        (lambda server: drip(server, HEAD + b"\r\n" + WHOLE), "no answer within 1 s"),
        (lambda server: drip(server, HEAD + b"X: y\r\n" * 20 + b"\r\n" + WHOLE), "no answer within 1 s"),
        (lambda server: endless, "the answer is larger than 16 MB"),
        (lambda server: compressed(1), "the answer is larger than 16 MB"),
        (lambda server: compressed(2), "encoded as 'gzip, gzip'"),
    ],
    ids=["drips the body", "drips headers", "endless", "compressed", "compressed twice"],
)
def test_an_answer_without_end_is_none(endpoint, some_tasks, attack, told):
    endpoint.script = lambda number, body: attack(endpoint)
    with pytest.raises(UserError, match=told):
        ask(endpoint, some_tasks[:1], retries=0, concurrency=1, timeout_s=1.0 if "within" in told else 60.0)


def test_one_that_is_compressed_all_the_same_is_read(endpoint, some_tasks):
    data = gzip.compress(completion("fine").encode())
    head = HEAD + b"Content-Encoding: gzip\r\nContent-Length: " + str(len(data)).encode() + b"\r\n\r\n"
    endpoint.script = lambda number, body: lambda handler: handler.wfile.write(head + data)
    answers, _ = ask(endpoint, some_tasks[:1])
    assert [one.text for one in answers] == ["fine"] and endpoint.headers[0]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(("path", "advice"), [("", True), ("/v1", False), ("/openai/v2", False)])
def test_an_address_without_a_version_is_told_and_not_the_key(endpoint, some_tasks, small_eval, path, advice):
    endpoint.url = endpoint.url.removesuffix("/v1") + path
    endpoint.script = lambda number, body: (404, {}, "Not Found")
    with pytest.raises(UserError, match="status 404") as told:
        ask(endpoint, some_tasks)
    assert ("most servers want --endpoint" in str(told.value)) is advice
    assert "IACRL_API_KEY" not in str(told.value)


@pytest.mark.parametrize(
    "answer",
    [
        (401, {}, FORGED),
        (404, {}, json.dumps({"error": {"message": FORGED}})),
        (500, {}, FORGED),
        (200, {}, FORGED),
        (200, {}, json.dumps({"error": {"message": FORGED, "code": FORGED}})),
        (
            200,
            {},
            json.dumps({"choices": [{"message": {"content": FORGED, "refusal": FORGED}, "finish_reason": FORGED}]}),
        ),
        FORGED,
    ],
    ids=["refused", "not found", "broken", "not JSON", "error", "refusal", "completion"],
)
def test_what_a_server_says_is_no_command_for_a_ci_job(run_cli, endpoint, small_eval, answer):
    endpoint.script = lambda number, body: answer
    quick = ["eval.retries=0", "eval.decodings=[greedy]"]
    done = run_cli("eval", "--endpoint", endpoint.url, "--model", f"m{FORGED}", *small_eval, *quick)
    assert done.out + done.err
    assert is_ours_alone(done.out + done.err), done.out + done.err
