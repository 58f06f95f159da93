import json
import shutil

import pytest

from iacrl.domains.ranges import Position, Range
from iacrl.errors import UserError
from iacrl.evaluation.report import reading
from iacrl.evaluation.report.curves import curves_of
from iacrl.evaluation.report.headline import headline_of
from iacrl.evaluation.report.marks import Places, Span
from iacrl.evaluation.report.model_card import render_card
from iacrl.evaluation.report.reading import read_run
from iacrl.evaluation.report.summary import summarize


def curve(run, name, stage="grpo"):
    (found,) = [one for one in curves_of(run) if (one.stage, one.name) == (stage, name)]
    return [(point.step, point.mean, point.deviation) for point in found.points]


def test_a_finished_run_is_read_whole_and_needs_no_note(runs):
    run = read_run(runs.first, "first")
    assert run.notes == ()
    assert list(run.stages) == ["sft", "grpo", "eval"]
    assert len(run.samples) == runs.evaluated and len(run.training_samples) == runs.trained
    assert run.evaluation.result("grpo", "greedy").rates().passed[1].value == 1.0


def test_curves_are_means_and_deviations_over_the_completions_of_a_step(runs):
    run = read_run(runs.first, "first")
    assert curve(run, "reward/complete") == [(1, 0.0, 0.0), (2, 0.5, 0.5), (3, 1.0, 0.0)]
    assert curve(run, "passed") == [(1, 0.0, None), (2, 0.5, None), (3, 1.0, None)]
    assert curve(run, "loss", "sft") == [(1, 2.0, None), (2, 1.0, None)]


def test_what_the_guards_warned_of_is_noted(broken_run):
    path = broken_run / "grpo/manifest.json"
    warned = [
        {"guard": "probe.parted", "step": 26, "reason": "the score moved by +0.50, the strict pass rate by +0.00"},
        *({"guard": "guards.reward", "step": step, "reason": f"it fell at {step}"} for step in (30, 40, 55)),
        {"guard": "guards.reward", "step": None},
        "and this",
    ]
    path.write_text(json.dumps(json.loads(path.read_text()) | {"warnings": warned}))
    assert read_run(broken_run, "broken").notes == (
        "grpo: probe.parted warned at step 26: the score moved by +0.50, the strict pass rate by +0.00.",
        "grpo: guards.reward warned at step 30: it fell at 30, and 2 times more until step 55.",
    )
    path.write_text(json.dumps(json.loads(path.read_text()) | {"warnings": 3}))
    assert read_run(broken_run, "broken").notes == ()


def test_logged_means_stand_in_where_no_completion_was_kept(broken_run):
    (broken_run / "grpo/samples.jsonl").unlink()
    row = {"step": 4, "reward": 0.5, "rewards/rubric_score/std": 0.1, "reward/valid": 0.25, "entropy": float("nan")}
    (broken_run / "grpo/metrics.jsonl").write_text(json.dumps(row))
    run = read_run(broken_run, "broken")
    assert curve(run, "score") == [(4, 0.5, 0.1)]
    assert curve(run, "reward/valid") == [(4, 0.25, None)]
    assert "entropy" not in {one.name for one in curves_of(run)}, "the NaN of a diverged step is no point"
    assert run.notes == ("grpo/samples.jsonl is not there.",)


def test_a_completion_without_a_score_counts_in_no_mean(broken_run, runs):
    path = broken_run / "grpo/samples.jsonl"
    row = json.loads(path.read_text().splitlines()[-1])
    verdict = {"valid": False, "layers": [], "diagnostics": [], "unchecked": ["timed out"]}
    unjudged = {**row, "step": 3, "text": "", "verdict": verdict, "parts": {}, "error": "timed out"}
    with path.open("a") as file:
        for outcome, score in (("failed", None), ("broken", 0.0)):
            file.write(json.dumps({**unjudged, "outcome": outcome, "score": score, "passed": False}) + "\n")
    run = read_run(broken_run, "broken")
    assert run.notes == () and [one.error for one in run.training_samples[-3:]] == ["", "timed out", "timed out"]
    assert curve(run, "passed")[2] == (3, 0.8, None), "of four that pass and one that broke the rubric"


def test_a_run_with_sft_alone(broken_run):
    shutil.rmtree(broken_run / "grpo")
    shutil.rmtree(broken_run / "eval")
    run = read_run(broken_run, "broken")
    assert {(one.stage, one.name) for one in curves_of(run)} == {
        ("sft", name) for name in ("loss", "mean_token_accuracy", "grad_norm")
    }
    assert len(run.notes) == 2 and "Run `iacrl eval`" in run.notes[1]


def test_the_directory_of_one_stage_is_a_run_of_that_stage(runs):
    run = read_run(runs.first / "eval", "eval")
    assert list(run.stages) == ["eval"] and run.evaluation is not None
    assert run.notes == (), "a model from elsewhere was not trained here, so nothing is missing"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"step": 1, "task": "x', "control character"),
        ("[1, 2]", "no JSON object"),
        ('{"step": 1}', "task"),
        ('{"step": "one"}', "whole number"),
        ("[" * 100_000, "brackets are open"),
        ("\udcff", "decode"),
    ],
)
def test_a_broken_line_is_left_out_and_named(broken_run, runs, line, words):
    with (broken_run / "grpo/samples.jsonl").open("ab") as file:
        file.write(line.encode("utf-8", "surrogateescape") + b"\n")
    run = read_run(broken_run, "broken")
    assert len(run.training_samples) == runs.trained
    (note,) = run.notes
    assert note.startswith(f"grpo/samples.jsonl, line {runs.trained + 1}, cannot be read") and words in note


def test_a_score_that_is_no_number_is_a_broken_line(broken_run, runs):
    path = broken_run / "eval/samples.jsonl"
    first, rest = path.read_text().split("\n", 1)
    path.write_text(json.dumps({**json.loads(first), "score": float("nan")}) + "\n" + rest)
    run = read_run(broken_run, "broken")
    assert len(run.samples) == runs.evaluated - 1 and "finite number" in run.notes[0]


def test_many_broken_lines_are_counted(broken_run):
    (broken_run / "sft/metrics.jsonl").write_text("x\n" * 50)
    notes = read_run(broken_run, "broken").notes
    assert len(notes) == 5 and "50 lines in all" in notes[3] and "no logged step" in notes[4]


def test_figures_that_are_missing_or_of_another_form_are_noted(broken_run):
    (broken_run / "eval/eval.json").write_text("{}")
    run = read_run(broken_run, "broken")
    assert run.evaluation is None and run.samples
    assert run.notes[0].startswith("eval/eval.json: not the figures of an evaluation: format")
    (broken_run / "eval/eval.json").unlink()
    assert "no finished evaluation" in read_run(broken_run, "broken").notes[0]


def test_what_is_no_run_is_refused(tmp_path, broken_run):
    with pytest.raises(UserError, match="no such directory"):
        read_run(tmp_path / "nothing", "x")
    with pytest.raises(UserError, match=r"not a run of iacrl: none of sft, grpo, eval"):
        read_run(tmp_path, "x")
    (broken_run / "sft/manifest.json").write_text("{")
    with pytest.raises(UserError, match=r"manifest\.json:1: not JSON"):
        read_run(broken_run, "x")


def test_runs_on_other_tasks_must_not_be_compared(runs, broken_run):
    path = broken_run / "eval/eval.json"
    path.write_text(path.read_text().replace("t" * 64, "u" * 64))
    same = summarize([read_run(runs.first, "a"), read_run(runs.second, "b")])
    other = summarize([read_run(runs.first, "a"), read_run(broken_run, "b")])
    assert same.warnings == ()
    assert other.warnings == ("a and b differ in the tasks: their rates must not be compared.",)


def _without_rates(figures):
    figures["results"][0]["slices"] = []


def _without_pass_at_1(figures):
    figures["results"][0]["slices"][1]["rates"]["passed"] = {}


def _with_a_huge_number(figures):
    figures["results"][0]["slices"][0]["rates"]["score"]["value"] = 10**400


@pytest.mark.parametrize("damage", [_without_rates, _without_pass_at_1, _with_a_huge_number])
def test_figures_that_no_evaluation_writes_are_noted(broken_run, damage):
    file = broken_run / "eval/eval.json"
    figures = json.loads(file.read_text())
    damage(figures)
    file.write_text(json.dumps(figures))
    run = read_run(broken_run, "broken")
    assert run.evaluation is None and any("eval.json" in note for note in run.notes)


def test_lines_and_numbers_without_end_are_left_out(broken_run, monkeypatch):
    monkeypatch.setattr(reading, "LARGEST", 1000)
    (broken_run / "grpo/metrics.jsonl").write_text(
        f'{{"step": 1}}\n{{"step": {10**400}}}\n{"x" * 2000}\n{{"step": 2}}\n'
    )
    run = read_run(broken_run, "broken")
    assert [row["step"] for row in run.stages["grpo"].metrics] == [1]
    assert any("a number of 401 digits" in note for note in run.notes)
    assert any("line 3, is longer than" in note for note in run.notes)


def test_a_policy_without_figures_has_no_headline_and_no_card(broken_run):
    file = broken_run / "eval/eval.json"
    figures = json.loads(file.read_text())
    file.write_text(json.dumps(figures | {"results": []}))
    run = read_run(broken_run, "broken")
    assert headline_of(run.evaluation) is None
    with pytest.raises(UserError, match="no figures of a trained policy"):
        render_card(summarize([run]))


def test_places_outside_a_text_are_at_its_ends():
    places = Places("a\nb\n", "terraform")
    assert places.place(Range(Position(-5, -(10**30)), Position(10**18, 10**30))) == Span(0, 4)
