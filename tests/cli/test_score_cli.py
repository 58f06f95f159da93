import io
import json
import re

import pytest

import iacrl
from iacrl.tasks import write_tasks

TASK = iacrl.load_tasks("terraform", split="test")[0]

pytestmark = pytest.mark.usefixtures("kept_hosts")


@pytest.fixture
def answer(tmp_path):
    path = tmp_path / "answer.tf"
    path.write_text(TASK.output)
    return path


def test_the_gold_answer(run_cli, answer):
    result = run_cli("score", answer, "--task", TASK.id)
    assert result.status == 0
    assert result.out.startswith(f"{TASK.id}: 1.000  (valid, complete)")
    assert "5 of 5 clauses are met." in result.out and "Lines are counted" not in result.out


def test_what_is_missing_is_said_with_its_place(run_cli, answer):
    answer.write_text("Sure!\n```hcl\n" + TASK.output.replace('"HTTP"', '"WEBSOCKET"') + "```\n")
    out = run_cli("score", answer, "--task", TASK.id).out
    assert out.startswith(f"{TASK.id}: 0.360  (valid, not complete)")
    assert 'not met  api: protocol_type = "HTTP": it is "WEBSOCKET"  [3:19]' in out
    assert "layer intent (not so)" in out and "Lines are counted in the code" in out


def test_what_is_wrong_is_said_with_its_place(run_cli, answer):
    answer.write_text(TASK.output.replace("protocol_type", "protocol_tipe"))
    out = run_cli("score", answer, "--task", TASK.id).out
    assert f"{TASK.id}: 0.100  (not valid, not complete)" in out
    assert re.search(r"^3:3: error: .* \[TF3\d\d\]$", out, re.MULTILINE) and "No clause is checked" in out


def test_standard_input_as_json(run_cli, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(TASK.output.encode())))
    told = json.loads(run_cli("score", "-", "--task", TASK.id, "--format", "json").out)
    assert told["total"] == 1.0 and told["passed"]
    parts = {part["name"]: part for part in told["parts"]}
    assert parts["intent"] == {
        "name": "intent", "value": 1.0, "weight": 0.2, "gate": "layer references", "gate_holds": True, "earned": 0.2,
    }  # fmt: skip
    assert sum(part["earned"] for part in told["parts"]) == pytest.approx(1.0)
    assert all(clause["met"] for clause in told["clauses"]) and told["diagnostics"] == []


def test_a_recipe_brings_its_rubric_and_its_tasks(run_cli, answer):
    from iacrl.config.recipes import load_config
    from iacrl.tasks import read_tasks

    task = read_tasks(load_config("tiny-cpu").data.test)[0]
    answer.write_text(task.output)
    weights = "rewards.weights={syntax: 1, security: 1}"
    told = json.loads(
        run_cli("score", answer, weights, "--task", task.id, "--config", "tiny-cpu", "--format", "json").out
    )
    assert [part["name"] for part in told["parts"]] == ["syntax", "security"]
    result = run_cli("score", answer, "--task", TASK.id, "--config", "tiny-cpu")
    assert result.status == 2 and "among the tasks of tiny-cpu" in result.err


def test_a_task_without_an_intent(run_cli, tmp_path, answer):
    rows = tmp_path / "tasks.jsonl"
    rows.write_text(json.dumps({"instruction": "Make something.", "output": ""}) + "\n")
    files = [f"data.{split}={rows}" for split in ("train", "validation", "test")]
    arguments = [*files, "data.domains=[terraform]", "--config", "tiny-cpu", "--task", "tasks-1"]
    out = run_cli("score", answer, *arguments).out
    assert out.startswith("tasks-1: 0.200") and "has no intent" in out and "abstains" in out


def test_an_unknown_task_gives_the_nearest(run_cli, answer):
    result = run_cli("score", answer, "--config", "tiny-cpu", "--task", "aws_cloudwatch_log_group-7-12x")
    assert result.status == 2 and "Did you mean 'aws_cloudwatch_log_group-7-12" in result.err


def test_other_mistakes(run_cli, answer, tmp_path):
    assert "No such file" in run_cli("score", tmp_path / "missing", "--task", TASK.id).err
    assert "--config" in run_cli("score", answer, "a.b=1", "--task", TASK.id).err
    assert "--task" in run_cli("score", answer).err


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("return 1 / 0", ("'broken' raised ZeroDivisionError", "broken.py:8")),
        ("time.sleep(86400)", ("more than 1 s",)),
        ("return 2", ("returned 2",)),
    ],
)
def test_a_reward_that_breaks_is_one_message(what, told, run_cli, answer, tmp_path):
    path = tmp_path / "broken.py"
    body = f'@iacrl.reward\ndef broken(task, verdict):\n    """Breaks."""\n    {what}\n'
    path.write_text(f"import time\nimport iacrl\n\n\n{body}")
    changes = (f'rewards.weights={{"{path}": 1}}', "rewards.deadline_s=1", "data.test=shipped")
    result = run_cli("score", answer, *changes, "--task", TASK.id, "--config", "tiny-cpu")
    assert result.status == 2 and all(words in result.err for words in told) and "Traceback" not in result.err
    assert "no score" in result.err and result.out == ""


def test_bytes_that_are_no_text(run_cli, answer):
    answer.write_bytes(b"\xff\xfe{")
    out = run_cli("score", answer, "--task", TASK.id).out
    assert "0.000  (not valid" in out and "1:1: error" in out


def test_a_recipe_names_the_engines_programs(run_cli, tmp_path, fake_kubernetes_engine):
    task = iacrl.load_tasks("kubernetes", split="test")[0]
    write_tasks(tmp_path / "tasks.jsonl", [task])
    (tmp_path / "answer.yaml").write_text(task.output)
    for name in ("etcd", "kube-apiserver"):
        (tmp_path / name).write_text("#!/bin/sh\necho Kubernetes v1.37.2\n")
        (tmp_path / name).chmod(0o755)
    recipe = ("--config", "tiny-cpu", "data.domains=[kubernetes]", f"data.test={tmp_path / 'tasks.jsonl'}")
    assets = f"domains.kubernetes.assets={tmp_path}"
    result = run_cli("score", tmp_path / "answer.yaml", "--task", task.id, "--engine", "kubernetes", *recipe, assets)
    assert "the fake: not valid" in result.out, result.err
    assert [engine.assets for engine in fake_kubernetes_engine] == [str(tmp_path)]
