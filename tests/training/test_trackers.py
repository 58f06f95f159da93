"""What the loggers of `run.report_to` get. The tests of a logger are skipped where it is not installed."""

import sys
from types import SimpleNamespace

import pytest

from iacrl.config.recipes import load_config
from iacrl.errors import UserError
from iacrl.runs.directory import RunDirectory
from iacrl.runs.set_up import set_up
from iacrl.training import trackers
from iacrl.training.trackers import CompletionTable, as_text, tracker_callbacks, trainer_reports

TEXT = "```terraform\n| a | <script>x</script> ~~~\n```"


def sample(step, score=0.5):
    return {
        "step": step, "task": "t", "prompt": [{"role": "user", "content": "ask"}], "completion": TEXT, "score": score,
        "passed": False, "valid": False, "parts": {"syntax": 1.0, "intent": None},
        "verdict": {"diagnostics": [{"code": "TF1", "severity": "error"}, {"code": "TF2", "severity": "warning"}] * 2},
    }  # fmt: skip


@pytest.fixture
def run(tmp_path):
    return RunDirectory(tmp_path)


def log(callback, step):
    callback.on_log(None, SimpleNamespace(is_world_process_zero=True, global_step=step), None)


def test_each_line_of_metrics_brings_the_completions_since_the_one_before(run):
    seen = []
    table = CompletionTable(run, [lambda rows, step: seen.append((step, [row["step"] for row in rows]))])
    run.log_samples([sample(1)] * 3)
    table.on_train_begin(None, None, None)
    log(table, 1)
    assert seen == [], "a resumed run does not show again what it has shown"
    run.log_samples([sample(2)] * 2)
    log(table, 2)
    run.log_samples([sample(3)] * 50)
    log(table, 3)
    log(table, 4)
    assert seen == [(2, [2, 2]), (3, [3] * 32)]


def test_a_table_has_verdict_score_and_the_parts_of_the_rubric(run):
    rows = []
    table = CompletionTable(run, [lambda found, step: rows.extend(found)])
    run.log_samples([sample(1), sample(1, score=None)])
    log(table, 1)
    assert rows[0]["errors"] == "TF1" and rows[0]["reward/syntax"] == 1.0 and rows[0]["reward/intent"] is None
    text = as_text(rows)
    assert text.startswith("score 0.500, TF1 (syntax 1.00)") and "no score, TF1" in text
    assert all(f"    {line}" in text.split("\n") for line in TEXT.split("\n")), "every line of a text is indented"


def test_without_a_logger_there_is_nothing_to_call(run):
    assert list(tracker_callbacks(load_config("tiny-cpu", []), run)) == []


def test_tensorboard_gets_the_figures_and_the_completions(run):
    pytest.importorskip("tensorboard", reason="needs tensorboard: pip install tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    config = load_config("tiny-cpu", ["run.report_to=[tensorboard]"])
    assert trainer_reports(config) == []
    board, table = tracker_callbacks(config, run)
    state = SimpleNamespace(is_world_process_zero=True, is_hyper_param_search=False, global_step=1)
    arguments = SimpleNamespace(to_json_string=lambda: "{}", output_dir=str(run.path))
    board.on_train_begin(arguments, state, None)
    run.log_samples([sample(1)])
    board.on_log(arguments, state, None, logs={"reward/syntax": 0.25})
    log(table, 1)
    board.on_train_end(arguments, state, None)
    events = EventAccumulator(str(run.path / "tensorboard"))
    events.Reload()
    assert [one.value for one in events.Scalars("train/reward/syntax")] == [0.25]
    (text,) = events.Tensors("completions/text_summary")
    assert TEXT.split("\n")[1] in text.tensor_proto.string_val[0].decode()


def test_trackio_gets_the_completions_as_a_table(run, monkeypatch):
    monkeypatch.setenv("TRACKIO_DIR", str(run.path))
    trackio = pytest.importorskip("trackio", reason="needs trackio: pip install trackio")
    from trackio.sqlite_storage import SQLiteStorage

    config = load_config("tiny-cpu", ["run.report_to=[trackio]"])
    assert trainer_reports(config) == ["trackio"]
    (table,) = tracker_callbacks(config, run)
    trackio.init(project=trackers.PROJECT, name="r", auto_log_cpu=False, embed=False)
    run.log_samples([sample(1)])
    log(table, 1)
    trackio.finish()
    (logged,) = [one for one in SQLiteStorage.get_logs(trackers.PROJECT, "r") if "completions" in one]
    (row,) = logged["completions"]["_value"]
    assert (row["completion"], row["reward/syntax"]) == (TEXT, 1.0)


def test_a_folder_of_the_same_name_is_not_an_installed_logger(tmp_path, monkeypatch):
    (tmp_path / "wandb").mkdir()
    monkeypatch.delitem(sys.modules, "wandb", raising=False)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(UserError, match="names wandb, which is not installed: pip install wandb"):
        set_up(load_config("tiny-cpu", ["run.report_to=[wandb]"]))
