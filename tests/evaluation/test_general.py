import json
import sys

import pytest

from iacrl.evaluation.figures import read_evaluation

TASK = """
task: even_numbers
dataset_path: json
dataset_kwargs:
  data_files:
    test: FILE
test_split: test
output_type: multiple_choice
doc_to_text: "{{question}} Answer:"
doc_to_choice: ["yes", "no"]
doc_to_target: "{{answer}}"
metric_list:
  - metric: acc
    aggregation: mean
    higher_is_better: true
"""


@pytest.fixture
def general_task(tmp_path):
    """A file that defines a small task of the harness, with questions of its own: nothing is downloaded."""
    questions = tmp_path / "questions.jsonl"
    rows = [{"question": f"Is {number} even?", "answer": number % 2} for number in range(6)]
    questions.write_text("".join(json.dumps(row) + "\n" for row in rows))
    folder = tmp_path / "general"
    folder.mkdir()
    file = folder / "even.yaml"
    file.write_text(TASK.replace("FILE", str(questions)))
    return file


@pytest.fixture
def on_cpu(small_eval):
    settings = ["model.device=cpu", "model.quantization=none", "model.compute_dtype=float32", "run.threads=1"]
    return [*small_eval, *settings, "eval.max_completion_tokens=4", "eval.decodings=[greedy]"]


class TestWithTheHarness:
    @pytest.fixture(autouse=True)
    def harness(self, monkeypatch, tmp_path):
        pytest.importorskip("lm_eval", reason="lm-evaluation-harness (iacrl[lm-eval]) is not installed")
        monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")

    def test_a_task_of_ones_own_is_measured(self, run_cli, on_cpu, tiny_model, general_task, tmp_path):
        done = run_cli("eval", "--model", tiny_model, *on_cpu, "--general", general_task, "run.name=m")
        assert done.status == 0, done
        assert "even_numbers" in done.out and "lm-evaluation-harness" in done.out
        (found,) = read_evaluation(tmp_path / "runs" / "m" / "eval").general
        assert (found.policy, found.task, found.metric) == (str(tiny_model), "even_numbers", "acc")
        assert found.documents == 6 and 0 <= found.value <= 1 and found.stderr > 0
        # What was measured is kept when the completions are judged again.
        assert run_cli("rescore", tmp_path / "runs" / "m", "rewards.weights={syntax: 1}").status == 0
        assert read_evaluation(tmp_path / "runs" / "m" / "eval").general == (found,)

    def test_a_task_that_is_not_known_is_told_before_anything_is_sampled(self, run_cli, on_cpu, tiny_model, tmp_path):
        done = run_cli("eval", "--model", tiny_model, *on_cpu, "--general", "hellaswog")
        assert done.status == 2 and "Did you mean 'hellaswag'" in done.err
        assert not (tmp_path / "runs").exists()

    def test_questions_that_are_not_there_keep_what_was_sampled(
        self, run_cli, on_cpu, tiny_model, general_task, tmp_path
    ):
        (tmp_path / "questions.jsonl").unlink()
        done = run_cli("eval", "--model", tiny_model, *on_cpu, "--general", general_task, "run.name=m")
        assert done.status == 2 and "cannot run even_numbers" in done.err and "Traceback" not in done.err
        assert len((tmp_path / "runs" / "m" / "eval" / "completions.jsonl").read_text().splitlines()) == 6


def test_without_the_harness_it_is_told(run_cli, on_cpu, tiny_model, monkeypatch):
    monkeypatch.setitem(sys.modules, "lm_eval", None)
    monkeypatch.setitem(sys.modules, "lm_eval.tasks", None)
    done = run_cli("eval", "--model", tiny_model, *on_cpu, "--general", "hellaswag")
    assert done.status == 2 and "pip install 'iacrl[lm-eval]'" in done.err


def test_only_local_models_are_measured(run_cli, small_eval, some_tasks, write_completions, tmp_path):
    file = write_completions("mine", [{"task": task.id, "completion": ""} for task in some_tasks])
    done = run_cli("eval", "--completions", file, *small_eval, "--general", "hellaswag")
    assert done.status == 2 and "local models" in done.err and not (tmp_path / "runs").exists()
