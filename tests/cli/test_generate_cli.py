"""`iacrl generate`: who answers, and what the exit status says. What a model writes is tested elsewhere."""

import re

import pytest

import iacrl


@pytest.mark.parametrize(("text", "status"), [('variable "a" {}\n', 0), ("variable\n", 1)])
def test_it_says_that_the_base_answers_where_nothing_is_trained(run_cli, monkeypatch, tmp_path, text, status):
    import iacrl.evaluation.answer as module

    def answer(config, instruction, domain, *, temperature):
        assert (instruction, domain, temperature) == ("Write a variable.", "terraform", 0.0)
        return text, iacrl.validate(text, domain)

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
