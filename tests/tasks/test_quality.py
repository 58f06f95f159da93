"""`iacrl data check --quality`: each part of a score, and what it says."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

import iacrl
from iacrl.tasks import Task, write_tasks
from iacrl.tasks.quality import score_quality
from iacrl.tasks.unsaid import unsaid_values

pytest.importorskip("datasketch")


@pytest.fixture(scope="module")
def buckets():
    """Generated tasks of several families, all good."""
    found = {}
    for task in iacrl.load_tasks("terraform", split="test"):
        found.setdefault(task.family, []).append(task)
    return [task for tasks in found.values() for task in tasks[:2]][:24]


def asking(instruction, **wanted):
    row = {"as": "b", "is": "resource aws_s3_bucket", "with": wanted}
    return Task.from_json(
        {"instruction": instruction, "output": "", "domain": "terraform", "intent": {"must_exist": [row]}}
    )


@pytest.mark.parametrize(
    ("instruction", "wanted", "missing"),
    [
        ("A bucket acme-logs.", {"bucket": "acme-logs"}, ()),
        ("A bucket for logs.", {"bucket": "acme-logs"}, ("acme-logs",)),
        ("The logs bucket of acme.", {"bucket": "acme-logs"}, ()),
        ("Keep messages for 7 days.", {"retention": 604_800}, ()),
        ("Keep messages for 8 days.", {"retention": 604_800}, ("604800",)),
        ("1,024 MB of memory", {"memory": "1Gi", "disk": 1024}, ()),
        ("Versioning on.", {"status": "Enabled", "on": True, "count": 1}, ()),
        (
            "Allow 10.0.0.0/16.",
            {"net": {"cidr": "10.0.0.0/16"}, "list": {"includes": ["10.1.0.0/16"]}},
            ("10.1.0.0/16",),
        ),
    ],
)
def test_what_a_request_does_not_say(instruction, wanted, missing):
    assert unsaid_values(asking(instruction, **wanted)) == missing


def test_shipped_tasks_say_everything(buckets):
    assert [one.weight for one in score_quality({Path("test"): buckets})[Path("test")]] == [1.0] * len(buckets)


def test_each_fault_lowers_its_part(buckets):
    good, spoilt, silent, long = buckets[0], buckets[2], buckets[4], buckets[6]
    tasks = [
        *buckets[8:],
        good,
        replace(good, id="copy"),
        replace(spoilt, output=spoilt.output.replace("resource", "resourse", 1)),
        replace(silent, instruction="Do it.", input=""),
        replace(long, instruction=long.instruction + " please" * 2000),
    ]
    leaked = replace(buckets[10], id="leaked")
    found = score_quality({Path("test"): tasks, Path("train"): [leaked, buckets[12 + 1]]})
    by_id = {one.task: one for one in found[Path("test")]}
    assert by_id[good.id].parts["unique"] == by_id["copy"].parts["unique"] == 0.5
    assert by_id[spoilt.id].weight == 0 and "gold answer: " in by_id[spoilt.id].why[0]
    assert by_id[silent.id].parts["said"] < 1 and "does not mention" in by_id[silent.id].why[0]
    assert by_id[long.id].parts["length"] == 0.5
    assert found[Path("train")][0].weight == 0 and "repeats" in found[Path("train")][0].why[0]


def test_the_command_writes_weights(run_cli, buckets, tmp_path):
    file, scores = tmp_path / "tasks.jsonl", tmp_path / "weights.jsonl"
    bad = replace(buckets[1], id="bad", output='resource "x" {}\n')
    write_tasks(file, [buckets[0], bad])
    done = run_cli("data", "check", "--quality", file, "--scores", scores)
    assert done.status == 1 and "bad: gold answer: " in done.out and "| tasks.jsonl | 2 | 1 |" in done.out
    rows = [json.loads(line) for line in scores.read_text().splitlines()]
    assert [(row["task"], row["weight"]) for row in rows] == [(buckets[0].id, 1.0), ("bad", 0.0)]
    assert run_cli("data", "check", "--scores", scores).status == 2
    assert run_cli("data", "check", "--quality", "--gold-only", file).status == 2
