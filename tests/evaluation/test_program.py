import shutil

import pytest

from iacrl.evaluation.figures import read_evaluation
from iacrl.scoring.samples import read_samples

needs_terraform = pytest.mark.skipif(
    shutil.which("terraform") is None and shutil.which("tofu") is None, reason="neither terraform nor tofu is installed"
)


@pytest.fixture
def three_texts(some_tasks, write_completions):
    """A good answer, a bad one, and one that only the program finds fault with: a provider's own check of a value."""
    gold = some_tasks[0].output
    texts = [gold, 'resource "aws_s3_bucket" "b" {\n  bukket = 1\n}\n', gold]
    return write_completions(
        "mine",
        [{"task": task.id, "completion": texts[n] if n < 3 else task.output} for n, task in enumerate(some_tasks)],
    )


@needs_terraform
def test_the_real_program_judges_too_and_the_agreement_is_told(run_cli, small_eval, three_texts, some_tasks, tmp_path):
    done = run_cli("eval", "--completions", three_texts, "--engine", "terraform", *small_eval)
    assert done.status == 0, done
    assert "agree on 3 of 3 texts" in " ".join(done.out.split())
    folder = tmp_path / "runs" / "mine" / "eval"
    (found,) = read_evaluation(folder).agreement
    assert (found.both_valid, found.both_invalid, found.only_fast, found.only_program) == (2, 1, 0, 0)
    engines = {
        sample.task: (sample.domain, sample.engine and sample.engine.valid)
        for sample in read_samples(folder / "samples.jsonl")
    }
    assert [engines[task.id] for task in some_tasks[:3]] == [("terraform", valid) for valid in (True, False, True)]
    assert {valid for domain, valid in engines.values() if domain == "kubernetes"} == {None}


@needs_terraform
def test_saved_completions_can_be_judged_by_the_program_later(run_cli, small_eval, three_texts, tmp_path):
    assert run_cli("eval", "--completions", three_texts, *small_eval).status == 0
    folder = tmp_path / "runs" / "mine" / "eval"
    assert read_evaluation(folder).agreement == ()
    done = run_cli("rescore", folder, "--engine", "terraform")
    assert done.status == 0 and "agree on 3 of 3 texts" in " ".join(done.out.split())
    assert read_evaluation(folder).agreement[0].both_valid == 2


def test_without_the_program_nothing_is_sampled(run_cli, small_eval, endpoint, monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "which", lambda name, **options: None)
    done = run_cli("eval", "--endpoint", endpoint.url, "--model", "m", "--engine", "terraform", *small_eval)
    assert done.status == 2 and "terraform" in done.err and "Install" in done.err
    assert not endpoint.bodies and not (tmp_path / "runs").exists()
