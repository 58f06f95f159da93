import json
from dataclasses import replace

import pytest

import iacrl
from iacrl.errors import UserError
from iacrl.evaluation.figures import (
    DecodingSettings,
    Difference,
    Estimate,
    Evaluation,
    Policy,
    PolicyResult,
    Protocol,
    Rates,
    Slice,
    read_evaluation,
    write_evaluation,
)
from iacrl.files import append_rows
from iacrl.scoring.samples import read_samples, scored_sample

HALF = Estimate(0.5, 0.25, 0.75, 4)


def judged(task, completion):
    sample = scored_sample(task, iacrl.score(completion, task))
    return replace(sample, policy="base", decoding="greedy", finish="stop", tokens=9).to_json()


def test_a_judged_sample_is_read_as_it_was_written(tmp_path):
    task = iacrl.load_tasks("terraform", split="test")[0]
    bad = 'resource "aws_s3_bucket" "logs" {\n  bukket = "x"\n}\n'
    append_rows(tmp_path / "samples.jsonl", [judged(task, task.output), judged(task, f"```hcl\n{bad}```")])
    good, wrong = read_samples(tmp_path / "samples.jsonl")
    assert good.passed and good.valid and good.verdict.layers[-1] == "intent" and good.score == 1.0
    assert all(clause.met for clause in good.intent) and good.intent[0].range.start.line == 1
    assert good.prompt[1]["content"].startswith(task.instruction)
    assert not wrong.valid and wrong.text == bad and wrong.completion.startswith("```")
    (found,) = [one for one in wrong.verdict.diagnostics if one.severity == "error"]
    assert (found.range.start.line, found.range.start.column) == (2, 3)
    assert wrong.difficulty == task.difficulty


def test_a_row_that_is_no_sample_is_named(tmp_path):
    path = tmp_path / "samples.jsonl"
    task = iacrl.load_tasks("kubernetes", split="test")[0]
    append_rows(path, [judged(task, task.output), {"step": 1, "completion": "x"}])
    with pytest.raises(UserError, match=r"samples\.jsonl:2: not a judged sample: task"):
        list(read_samples(path))


def evaluation():
    rates = Rates({1: HALF, 4: HALF}, {1: HALF}, {"syntax": HALF}, HALF, 0.5, None, 12.5)
    return Evaluation(
        format=1,
        iacrl="0.1.0",
        protocol=Protocol(
            "t", 4, {"terraform-test": "d"}, "p", "1", (DecodingSettings("greedy", 0, 1),), 64, 0, {}, {}, {}
        ),
        policies=(Policy("base", {"kind": "transformers"}),),
        results=(PolicyResult("base", "greedy", False, 1, 0, (Slice("all", "all", rates),), ()),),
        differences=(Difference("base", "sft", "greedy", HALF, HALF, HALF, {"syntax": HALF}, 3, 1, 0.625, False, 400),),
    )


def test_figures_are_read_as_they_were_written(tmp_path):
    write_evaluation(tmp_path, evaluation())
    assert read_evaluation(tmp_path) == evaluation()
    assert json.loads((tmp_path / "eval.json").read_text())["results"][0]["slices"][0]["rates"]["passed"]["4"] == {
        "value": 0.5,
        "low": 0.25,
        "high": 0.75,
        "tasks": 4,
    }
    assert evaluation().result("base", "greedy").rates().passed[1] == HALF
    with pytest.raises(KeyError):
        evaluation().result("grpo", "greedy")


def test_a_directory_without_figures_and_figures_that_are_none_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"no eval\.json"):
        read_evaluation(tmp_path)
    with pytest.raises(UserError, match="there is no such directory"):
        read_evaluation(tmp_path / "eval")
    (tmp_path / "eval.json").write_text('{"format": 1}')
    with pytest.raises(UserError, match=r"eval\.json: not the figures of an evaluation: iacrl"):
        read_evaluation(tmp_path)
