import os
import unittest
import warnings
from pathlib import Path

import pytest

import iacrl
from iacrl.testing import NotCheckedWarning, assert_meets, assert_snapshot, assert_valid

QUEUE = 'resource "aws_sqs_queue" "jobs" {\n  name       = "jobs"\n  fifo_queue = false\n}\n'
ASKED = {
    "must_exist": [
        {"as": "queue", "is": "resource aws_sqs_queue", "with": {"name": "jobs", "fifo_queue": True}},
        {"as": "topic", "is": "resource aws_sns_topic"},
    ],
    "nothing_else": True,
}
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n"
ROCKET = "apiVersion: acme.io/v1\nkind: Rocket\nmetadata:\n  name: a\n"


def failure(function, *args, **kwargs):
    with pytest.raises(AssertionError) as caught:
        function(*args, **kwargs)
    return str(caught.value)


def test_valid_text_passes_and_invalid_text_shows_the_line():
    assert_valid(QUEUE, "terraform")
    assert_valid(MAP, "kubernetes")
    message = failure(assert_valid, QUEUE.replace("name ", "nmae "), "terraform")
    assert '<text>:2:3: error: Unsupported argument: An argument named "nmae"' in message
    assert '2 |   nmae       = "jobs"\n  |   ^^^^' in message


def test_a_completion_taken_for_source_code_is_recognized():
    message = failure(assert_valid, f"Here it is:\n```hcl\n{QUEUE}```\n", "terraform")
    assert "`iacrl.extract(text, domain)`" in message
    assert "extract" not in failure(assert_valid, "x", "terraform")


def test_a_path_is_judged_as_validate_does(tmp_path):
    (tmp_path / "main.tf").write_text(QUEUE)
    (tmp_path / "a.yaml").write_text(MAP)
    assert_valid(tmp_path)
    (tmp_path / "b.yaml").write_text(MAP.replace("settings", "No_Name"))
    message = failure(assert_valid, tmp_path)
    assert f"{tmp_path / 'b.yaml'}:4:9: error" in message and message.startswith("1 of 3 sources not valid: 1 error\n")
    assert_valid(tmp_path, "terraform")
    with pytest.raises(iacrl.UserError, match="no such file"):
        assert_valid(tmp_path / "none.tf")


def test_what_could_not_be_judged_is_a_warning_at_the_caller():
    with pytest.warns(NotCheckedWarning, match="Rocket acme.io/v1: no schema") as caught:
        assert_valid(ROCKET, "kubernetes")
    assert caught[0].filename == __file__
    with pytest.warns(NotCheckedWarning, match="Rocket") as caught:
        assert_meets(ROCKET, {"must_exist": [{"is": "object Rocket", "named": "a"}]})
    assert caught[0].filename == __file__


def test_the_kubernetes_version_can_be_chosen():
    flow = "apiVersion: flowcontrol.apiserver.k8s.io/v1beta3\nkind: FlowSchema\nmetadata:\n  name: a\n"
    flow += "spec:\n  priorityLevelConfiguration:\n    name: exempt\n"
    assert_valid(flow, "kubernetes", version="1.31")
    assert "[KB2" in failure(assert_valid, flow, "kubernetes")


def test_a_text_needs_a_domain():
    with pytest.raises(iacrl.UserError, match=r"give the domain \(terraform, kubernetes"):
        assert_valid(QUEUE)


def test_each_clause_is_named_met_or_not_with_its_place():
    message = failure(assert_meets, QUEUE, ASKED)
    assert "3 of 5 clauses of the intent are met:" in message
    lines = message.splitlines()
    assert "  met      queue: resource aws_sqs_queue exists (1:1)" in lines
    unmet = next(n for n, line in enumerate(lines) if line.startswith("  NOT MET  queue: fifo_queue"))
    assert lines[unmet].endswith("it is False (3:16)")
    assert lines[unmet + 2].strip() == "3 |   fifo_queue = false" and lines[unmet + 3].endswith("^^^^^")
    assert any(line.startswith("  NOT MET  topic: resource aws_sns_topic exists: there is no") for line in lines)


def test_a_message_holds_nothing_that_would_disturb_a_terminal():
    message = failure(assert_meets, QUEUE.replace('"jobs"', '"\x1b[2J"'), ASKED)
    assert "\x1b" not in message and "it is " in message


def test_invalid_text_meets_nothing_and_shows_why():
    message = failure(assert_meets, QUEUE + "}", {"must_exist": [{"is": "resource aws_sqs_queue"}]})
    assert "The text is not valid, so it meets no intent:" in message and "<text>:5:1: error" in message


@pytest.mark.parametrize("form", ["dict", "yaml", "file", "intent", "task"])
def test_an_intent_comes_in_every_form(form, tmp_path):
    asked = {"must_exist": [{"is": "object ConfigMap", "named": "settings"}]}
    written = "must_exist:\n  - is: object ConfigMap\n    named: settings\n"
    path = tmp_path / "intent.yaml"
    path.write_text(written)
    row = {"instruction": "Write it.", "output": MAP, "domain": "kubernetes", "intent": asked}
    intent = {
        "dict": asked,
        "yaml": written,
        "file": path,
        "intent": iacrl.Task.from_json(row).intent,
        "task": iacrl.Task.from_json(row),
    }[form]
    assert_meets(MAP, intent)
    assert "it is named 'other'" in failure(assert_meets, MAP.replace("settings", "other"), intent)


@pytest.mark.parametrize(
    ("intent", "expected"),
    [
        ("must_exist: [", "not YAML"),
        ("just words", "intent is str: expected an object"),
        ({"must_exit": []}, "Did you mean 'must_exist'"),
        ({"must_exist": [{"is": "object Pod"}, {"is": "output"}]}, "object Pod and output: no domain has them all"),
        (iacrl.Task("Write it.", "", "", "terraform", id="t1"), "Task 't1' has no intent"),
    ],
)
def test_a_malformed_intent_is_the_callers_mistake(intent, expected):
    with pytest.raises(iacrl.UserError, match=expected):
        assert_meets(MAP, intent)


def test_a_missing_intent_file_is_named(tmp_path):
    with pytest.raises(iacrl.UserError, match=r"none\.yaml"):
        assert_meets(MAP, tmp_path / "none.yaml")


def test_every_shipped_test_task_is_met_by_its_gold_answer():
    for domain in ("terraform", "kubernetes"):
        task = iacrl.load_tasks(domain, split="test")[0]
        assert_meets(task.output, task)


def test_a_snapshot_is_written_by_the_environment_and_compared_without_it(tmp_path, monkeypatch):
    path = tmp_path / "snapshots" / "queue.json"
    monkeypatch.delenv("IACRL_UPDATE", raising=False)
    message = failure(assert_snapshot, QUEUE, "terraform", path)
    assert f"There is no snapshot {path}" in message and "IACRL_UPDATE=1" in message and not path.exists()
    monkeypatch.setenv("IACRL_UPDATE", "1")
    assert_snapshot(QUEUE.replace("name ", "nmae "), "terraform", path)
    monkeypatch.setenv("IACRL_UPDATE", "0")
    assert_snapshot(QUEUE.replace("name ", "nmae "), "terraform", path)
    assert '"2:3-2:7 error TF304: Unsupported argument:' in path.read_text()
    message = failure(assert_snapshot, QUEUE, "terraform", path)
    assert '-  "valid": false,' in message and '+  "valid": true,' in message


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (os.mkfifo, "is a device, a socket or a pipe"),
        (lambda path: path.symlink_to("/dev/zero"), "is a device, a socket or a pipe"),
        (Path.mkdir, "Is a directory"),
        (lambda path: path.write_bytes(b"\xff"), "not UTF-8 text"),
    ],
    ids=["pipe", "device", "folder", "bytes"],
)
def test_a_snapshot_that_is_no_text_is_one_failure(tmp_path, spoil, told):
    path = tmp_path / "queue.json"
    spoil(path)
    if told == "Is a directory" or path.is_fifo():
        assert told in failure(assert_snapshot, QUEUE, "terraform", path, update=True)
    assert failure(assert_snapshot, QUEUE, "terraform", path).startswith(f"The snapshot {path}: {told}")


class TestWithUnittest(unittest.TestCase):
    """The asserts are plain functions: their failure is a failure of unittest, too."""

    def test_a_failed_assert_is_a_failure_and_no_error(self):
        class Generated(unittest.TestCase):
            def runTest(self):
                assert_valid("x", "terraform")

        result = unittest.TestResult()
        with warnings.catch_warnings(record=True):
            Generated().run(result)
        self.assertEqual((len(result.failures), len(result.errors)), (1, 0))
        self.assertIn("<text>:1:1: error", result.failures[0][1])
