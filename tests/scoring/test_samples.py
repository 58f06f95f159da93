"""The one record of a judged completion."""

import json
from dataclasses import replace

import pytest

import iacrl
from iacrl.scoring.samples import EngineVerdict, ScoredSample, scored_sample

TASK = iacrl.load_tasks("terraform", split="test")[0]
WRONG = 'Sure:\n```hcl\nresource "aws_s3_bucket" "b" {\n  bukket = "x"\n}\n```\n'


def sample(completion=WRONG, **known):
    return replace(scored_sample(TASK, iacrl.score(completion, TASK)), **known)


@pytest.mark.parametrize(
    "one",
    [
        sample(step=3),
        sample(TASK.output, step=1),
        sample(step=1, score=None, parts={}, outcome="failed", error="it broke"),
        sample(policy="sft", decoding="greedy", sample=2, finish="length", tokens=9),
        sample(policy="base", engine=EngineVerdict(False, iacrl.score(WRONG, TASK).verdict.diagnostics)),
    ],
)
def test_it_is_read_as_it_was_written(one):
    assert ScoredSample.from_json(json.loads(json.dumps(one.to_json()))) == one


def test_a_row_of_training_has_a_step_and_nothing_that_only_an_evaluation_knows():
    judged, failed = sample(step=3).to_json(), sample(step=3, outcome="failed", error="it broke").to_json()
    evaluated = sample(policy="sft").to_json()
    assert set(failed) - set(judged) == {"outcome", "error"}
    assert set(judged) - set(evaluated) == {"step"}
    assert set(evaluated) - set(judged) == {
        "policy", "decoding", "sample", "finish", "tokens", "error", "engine", "spent",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"task": 3}, "task"),
        ({"verdict": {"valid": True, "layers": ["sintax"]}}, "verdict.layers.0"),
        ({"score": float("nan")}, "not a finite number"),
        ({"parts": {"mine": float("inf")}}, "not a finite number"),
        ({"decoding": "guessed"}, "decoding"),
    ],
)
def test_another_form_is_refused(change, told):
    with pytest.raises(ValueError, match=told):
        ScoredSample.from_json(sample().to_json() | change)
