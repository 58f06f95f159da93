import json

import pytest

from iacrl.evaluation.figures import read_evaluation
from iacrl.evaluation.samples import read_samples


@pytest.fixture
def evaluated(run_cli, small_eval, some_tasks, write_completions, tmp_path):
    """The directory of an evaluation of six gold answers."""
    rows = [{"task": task.id, "completion": task.output} for task in some_tasks]
    assert run_cli("eval", "--completions", write_completions("mine", rows), *small_eval).status == 0
    return tmp_path / "runs" / "mine" / "eval"


def test_judging_the_same_way_again_changes_nothing(run_cli, evaluated):
    before = {path.name: path.read_bytes() for path in evaluated.iterdir()}
    done = run_cli("rescore", evaluated.parent)
    assert done.status == 0 and "0 of 6 completions changed their verdict, 0 their score" in done.out
    assert {path.name: path.read_bytes() for path in evaluated.iterdir()} == before


def test_what_a_changed_validator_flips_is_told_with_the_reason(run_cli, evaluated, monkeypatch):
    from iacrl.scoring import judge
    from iacrl.validators import Diagnostic, Position, Range, Verdict

    def strict(text, domain, *, kubernetes_version=None):
        found = Diagnostic("TF999", "error", "No.", "syntax", Range(Position(1, 1), Position(1, 2)))
        return Verdict(domain, (found,)) if domain == "terraform" else validate(text, domain)

    validate = judge.validate
    old = {name: (evaluated / name).read_bytes() for name in ("samples.jsonl", "eval.json")}
    monkeypatch.setattr(judge, "validate", strict)
    done = run_cli("rescore", evaluated)
    assert done.status == 0, done
    assert "3 of 6 completions changed their verdict, 3 their score" in done.out
    assert "3 x found now: TF999" in done.out and "passed -> not valid" in done.out
    assert read_evaluation(evaluated).result("mine", "given").rates().passed[1].value == 0.5
    assert sum(sample.passed for sample in read_samples(evaluated / "samples.jsonl")) == 3
    assert (evaluated / "samples.before.jsonl").read_bytes() == old["samples.jsonl"]
    assert (evaluated / "eval.before.json").read_bytes() == old["eval.json"]

    monkeypatch.setattr(judge, "validate", validate)
    done = run_cli("rescore", evaluated)
    assert "3 x no longer found: TF999" in done.out and "not valid -> passed" in done.out
    assert (evaluated / "samples.jsonl").read_bytes() == old["samples.jsonl"]


def test_another_rubric_changes_scores_and_no_verdict(run_cli, evaluated):
    done = run_cli("rescore", evaluated, "rewards.weights={syntax: 1.0}")
    assert "0 of 6 completions changed their verdict" in done.out
    assert read_evaluation(evaluated).protocol.rubric == {"syntax": 1.0}
    assert run_cli("rescore", evaluated).status == 0
    assert read_evaluation(evaluated).protocol.rubric == {"syntax": 1.0}, "the change is part of the evaluation now"


def test_other_tasks_are_refused_and_nothing_is_touched(run_cli, evaluated, tmp_path):
    before = {path.name: path.read_bytes() for path in evaluated.iterdir()}
    file = tmp_path / "tasks.jsonl"
    file.write_text("".join(f"{line}\n" for line in file.read_text().splitlines()[:-1]))
    done = run_cli("rescore", evaluated)
    assert done.status == 2 and "no longer those of" in done.err and "Traceback" not in done.err
    assert {path.name: path.read_bytes() for path in evaluated.iterdir()} == before


def test_a_failure_while_judging_leaves_everything_as_it_was(run_cli, evaluated, tmp_path):
    before = {path.name: path.read_bytes() for path in evaluated.iterdir()}
    reward = tmp_path / "seven.py"
    reward.write_text('import iacrl\n\n\n@iacrl.reward\ndef seven(task, verdict):\n    """Seven."""\n    return 7.0\n')
    done = run_cli("rescore", evaluated, f"rewards.weights={{{json.dumps(str(reward))}: 1.0}}")
    assert done.status == 2 and "returned 7.0" in done.err
    assert {path.name: path.read_bytes() for path in evaluated.iterdir()} == before


def test_a_directory_without_an_evaluation(run_cli, tmp_path):
    done = run_cli("rescore", tmp_path)
    assert done.status == 2 and "no finished evaluation" in done.err
