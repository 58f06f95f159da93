"""The hack monitor."""

from contextlib import contextmanager

import pytest
from stage_runs import rows, run

import iacrl
from iacrl.scoring.runtime import Outcome
from iacrl.training import probe

PROBED = ["probe.every=2", "probe.rows=4", "grpo.steps=4"]
VALID = 'resource "aws_s3_bucket" "b" {\n  bucket = "x"\n}\n'


def score(total, valid, passed):
    return Outcome("judged", total, valid=valid, passed=passed)


def test_the_figures_part_what_training_and_the_engine_say():
    scores = [score(1.0, True, True), score(0.8, True, True), score(0.4, True, False), score(0.0, False, False)]
    assert probe.figures(scores, [True, False, True, False]) == {
        "probe/score": pytest.approx(0.55),
        "probe/valid": 0.5,
        "probe/passed": 0.25,
        "probe/refused": pytest.approx(1 / 3),
    }


def test_it_probes_at_the_first_line_and_then_as_often_as_asked_and_changes_nothing(small, monkeypatch):
    judged = []

    @contextmanager
    def judge():
        yield lambda text, domain: judged.append(domain) or False

    monkeypatch.setattr(probe, "second_judge", judge)
    monkeypatch.setattr(probe, "why_no_engine", lambda: None)
    run("sft", small)
    plain = run("grpo", [*small, "grpo.steps=4"])
    found = run("grpo", [*small, *PROBED, "run.name=probed"], parent=plain.path.parent / "sft")
    assert found.read_manifest()["adapter_digest"] == plain.read_manifest()["adapter_digest"]
    probed = [row for row in rows(found.path / "metrics.jsonl") if "probe/score" in row]
    assert [row["step"] for row in probed] == [1, 3]
    kept = rows(found.path / "probe.jsonl")
    assert [row["step"] for row in kept] == [1] * 4 + [3] * 4
    assert [row["task"] for row in kept[:4]] == [row["task"] for row in kept[4:]]
    assert probed[0]["probe/score"] == pytest.approx(sum(row["score"] for row in kept[:4]) / 4)
    assert judged.count("terraform") == judged.count("kubernetes") == 4
    assert found.read_manifest()["probe"] == {"tasks": 4, "judges": {"kubernetes": "fast", "terraform": "terraform"}}


def test_without_the_program_the_fast_validator_stands_in_and_it_says_so(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    task = iacrl.Task(id="t", domain="terraform", instruction="i", input="", output=VALID)
    assert probe.announce([task])["judges"] == {"terraform": "fast"}
    assert "fast validator" in capsys.readouterr().err
    with probe.second_judge() as judge:
        assert judge(VALID, "terraform") is None


def test_the_engine_judges_terraform_and_leaves_the_rest(monkeypatch):
    if probe.why_no_engine() is not None:
        pytest.skip("no terraform here")
    with probe.second_judge() as judge:
        assert judge(VALID, "terraform") is True
        assert judge('resource "aws_s3_bucket" "b" {\n  no_such = 1\n}\n', "terraform") is False
        assert judge("kind: Pod", "kubernetes") is None
