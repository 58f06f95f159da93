"""`iacrl generate`: who answers, and what the exit status says. What a model writes is tested elsewhere."""

import re

import pytest

import iacrl
from iacrl.scoring.samples import scored_sample
from iacrl.tasks import Task


@pytest.mark.parametrize(("text", "status"), [('variable "a" {}\n', 0), ("variable\n", 1)])
def test_it_says_that_the_base_answers_where_nothing_is_trained(run_cli, monkeypatch, tmp_path, text, status):
    import iacrl.evaluation.answer as module

    def answer(config, instruction, domain, *, temperature, choices, repairs):
        assert (instruction, domain, temperature) == ("Write a variable.", "terraform", 0.0)
        assert (choices, repairs) == (1, 0)
        task = Task(instruction=instruction, input="", output="", domain=domain)
        return module.Answer(scored_sample(task, iacrl.score(text, task)), 1, 0, 7)

    monkeypatch.setattr(module, "answer", answer)
    command = ("generate", "--config", "tiny-cpu", "--domain", "terraform", "--instruction", "Write a variable.")
    done = run_cli(*command, f"run.dir={tmp_path}")
    assert (done.status, done.out) == (status, text)
    findings = done.err.splitlines()[1:]
    assert bool(findings) == bool(status)
    assert all(re.fullmatch(r"\d:\d+: error: .+ \[TF\d+\]", line) for line in findings)
    assert done.err.startswith(f"{tmp_path}/tiny-cpu holds no finished stage: the base model answers.\n")
    (tmp_path / "tiny-cpu" / "sft").mkdir(parents=True)
    (tmp_path / "tiny-cpu" / "sft" / "manifest.json").write_text('{"status": "complete"}')
    assert "no finished stage" not in run_cli(*command, f"run.dir={tmp_path}").err


def test_best_of_needs_answers_that_differ(run_cli):
    command = ("generate", "--config", "tiny-cpu", "--domain", "terraform", "--instruction", "Write a variable.")
    done = run_cli(*command, "--best-of", "4", "--temperature", "0")
    assert done.status == 2 and "all would be the same" in done.err
