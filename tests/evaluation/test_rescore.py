import json

import pytest
import yaml

from iacrl.evaluation.figures import read_evaluation
from iacrl.runs.lock import run_lock
from iacrl.scoring.samples import read_samples


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


def as_judged_once(folder, number, changes):
    """Change a saved sample into one that an older validator would have left."""
    file = folder / "samples.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    rows[number].update(changes)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_what_a_changed_validator_flips_is_told_with_the_reason(run_cli, evaluated):
    names = ("samples.jsonl", "trivial.jsonl", "eval.json")
    now = {name: (evaluated / name).read_bytes() for name in names}
    place = {"start": {"line": 1, "column": 1}, "end": {"line": 1, "column": 2}}
    error = {"code": "TF999", "severity": "error", "message": "No.", "layer": "syntax", "range": place}
    strict = {"valid": False, "layers": ["extract"], "diagnostics": [error], "unchecked": []}
    once = {"verdict": strict, "valid": False, "passed": False, "intent": None, "score": 0.0}
    for number in range(3):
        as_judged_once(evaluated, number, once)
    old = (evaluated / "samples.jsonl").read_bytes()

    done = run_cli("rescore", evaluated)
    assert done.status == 0, done
    assert "3 of 6 completions changed their verdict, 3 their score" in done.out
    assert "3 x no longer found: TF999" in done.out and "not valid -> passed" in done.out
    assert {name: (evaluated / name).read_bytes() for name in names} == now
    assert (evaluated / "samples.before.jsonl").read_bytes() == old
    assert (evaluated / "eval.before.json").read_bytes() == now["eval.json"]
    assert (evaluated / "trivial.before.jsonl").read_bytes() == now["trivial.jsonl"]


def test_what_is_found_only_now_is_told(run_cli, small_eval, some_tasks, write_completions, tmp_path):
    rows = [{"task": task.id, "completion": task.output} for task in some_tasks]
    rows[0]["completion"] = 'resource "aws_s3_bucket" "b" {\n  bukket = 1\n}\n'
    assert run_cli("eval", "--completions", write_completions("mine", rows), *small_eval).status == 0
    folder = tmp_path / "runs" / "mine" / "eval"
    lenient = {"valid": True, "layers": ["extract", "syntax"], "diagnostics": [], "unchecked": []}
    as_judged_once(folder, 0, {"verdict": lenient, "valid": True, "passed": True, "score": 1.0})
    done = run_cli("rescore", folder)
    assert "1 of 6 completions changed" in done.out and "1 x found now: TF304" in done.out
    assert "passed -> not valid" in done.out
    assert sum(sample.passed for sample in read_samples(folder / "samples.jsonl")) == 5


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
    assert done.status == 2 and "its tasks differ from those of" in done.err and "Traceback" not in done.err
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


def test_a_run_from_elsewhere_runs_no_reward_of_its_own(run_cli, evaluated, tmp_path):
    mark = tmp_path / "has-run"
    (tmp_path / "evil.py").write_text(
        f"import pathlib\nimport iacrl\n\npathlib.Path({str(mark)!r}).touch()\n\n\n"
        '@iacrl.reward\ndef evil(task, verdict):\n    """Evil."""\n    return 1.0\n'
    )
    config = yaml.safe_load((evaluated / "config.yaml").read_text())
    config["rewards"] = {"weights": {str(tmp_path / "evil.py"): 1.0}}
    (evaluated / "config.yaml").write_text(yaml.safe_dump(config))
    before = {path.name: path.read_bytes() for path in evaluated.iterdir()}
    done = run_cli("rescore", evaluated)
    assert done.status == 2 and f"rewards.weights: {tmp_path / 'evil.py'}" in done.err
    assert not mark.exists()
    assert {path.name: path.read_bytes() for path in evaluated.iterdir()} == before


@pytest.mark.parametrize("name", ["samples.before.jsonl", "completions.jsonl", "eval.before.json", "engine.jsonl"])
def test_a_link_in_a_run_is_refused_before_anything_is_written(run_cli, evaluated, tmp_path, name):
    mine = tmp_path / "mine.txt"
    mine.write_text("not a row")
    (evaluated / name).unlink(missing_ok=True)
    (evaluated / name).symlink_to(mine)
    done = run_cli("rescore", evaluated)
    assert done.status == 2 and f"{name}: is a link" in done.err
    assert mine.read_text() == "not a row"


def test_two_never_work_in_one_evaluation(run_cli, evaluated):
    before = {path.name: path.read_bytes() for path in evaluated.iterdir()}
    with run_lock(evaluated):
        done = run_cli("rescore", evaluated.parent, "rewards.weights={valid: 1.0}")
    assert done.status == 2 and f"Another process is at work in {evaluated}" in done.err
    assert {path.name: path.read_bytes() for path in evaluated.iterdir()} == before


def test_no_lock_is_left_where_no_evaluation_is(run_cli, tmp_path):
    assert run_cli("rescore", tmp_path / "typo").status == 2
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("moment", ["write_evaluation", "write_json"])
def test_after_a_kill_the_files_from_before_it_are_kept(run_cli, evaluated, monkeypatch, moment):
    names = ("samples", "trivial", "eval")
    before = {path.stem: path.read_bytes() for path in evaluated.iterdir() if path.stem in names}

    def killed(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"iacrl.evaluation.rescoring.{moment}", killed)
        assert run_cli("rescore", evaluated, "rewards.weights={syntax: 1.0}").status != 0
    done = run_cli("rescore", evaluated, "rewards.weights={syntax: 0.5, schema: 0.5}")
    assert done.status == 0, done
    kept = {path.name.split(".")[0]: path.read_bytes() for path in evaluated.glob("*.before.*")}
    assert kept == before
    assert read_evaluation(evaluated).protocol.rubric == {"syntax": 0.5, "schema": 0.5}
    assert "rescoring" not in json.loads((evaluated / "manifest.json").read_text())


def test_a_copy_that_a_full_disk_ends_is_not_left_half(run_cli, evaluated, monkeypatch):
    def full(source, file):
        file.write(source.read(10))
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("iacrl.evaluation.rescoring.shutil.copyfileobj", full)
        assert run_cli("rescore", evaluated, "rewards.weights={syntax: 1.0}").status == 2
    assert not list(evaluated.glob("*.before.*"))
