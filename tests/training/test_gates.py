"""The gate between SFT and GRPO, and the measurement behind it."""

import pytest
from stage_runs import rows, run

from iacrl.config.recipes import load_config
from iacrl.errors import UserError
from iacrl.runs.splits import read_split
from iacrl.training import grpo
from iacrl.training.start_gate import _settings, check_gate, still_measures

GOOD = {"stopped": 0.9, "passed": 0.3, "flat_groups": {"by_passing": 0.4, "by_score": 0.2}}
#: A measurement small enough for a test.
MEASURED = ["gates.action=refuse", "gates.rows=3", "gates.samples=2"]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"stopped": 0.2}, ("20.0% of its completions stop", "grpo.max_completion_tokens", "sft.epochs")),
        ({"passed": 0.0}, ("0.0% of them pass", "gates.min_passed", "data.max_difficulty")),
        ({"passed": 0.99}, ("99.0% of them pass", "gates.max_passed", "harder tasks")),
    ],
)
def test_a_start_that_grpo_cannot_learn_from_is_refused_with_what_helps(found, words, capsys):
    config = load_config("tiny-cpu")
    check_gate(config, GOOD, "the/run")
    with pytest.raises(UserError, match="the/run") as error:
        check_gate(config, GOOD | found, "the/run")
    for word in (*words, "gates.action=warn"):
        assert word in str(error.value)
    check_gate(load_config("tiny-cpu", ["gates.action=warn"]), GOOD | found, "the/run")
    assert words[0] in capsys.readouterr().err
    check_gate(load_config("tiny-cpu", ["gates.action=skip"]), GOOD | found, "the/run")


def test_the_limits_are_those_of_the_configuration():
    strict = load_config("tiny-cpu", ["gates.min_passed=0.4"])
    with pytest.raises(UserError, match=r"30\.0% of them pass"):
        check_gate(strict, GOOD, "the/run")
    with pytest.raises(UserError, match="is over max_passed"):
        load_config("tiny-cpu", ["gates.min_passed=0.99"])


def test_a_parents_gate_counts_only_with_its_figures():
    config = load_config("tiny-cpu")
    measured = _settings(config, read_split(config, "validation"))
    assert still_measures(GOOD | measured, config)
    for spoilt in ({"passed": "x"}, {"stopped": None}, {"stopped": [1]}, {"passed": float("nan")}, {"passed": True}):
        assert not still_measures(GOOD | measured | spoilt, config), spoilt
    assert not still_measures(measured, config)


def test_sft_measures_its_adapter_and_grpo_refuses_it(small, run_cli, monkeypatch):
    overrides = [*small, *MEASURED]
    found = run("sft", overrides)
    gate = found.read_manifest()["gate"]
    rates = rows(found.path / "gate.jsonl")
    assert len(rates) == 3 and all(len(rate["passed"]) == len(rate["scores"]) == 2 for rate in rates)
    assert gate["passed"] == sum(map(sum, (rate["passed"] for rate in rates))) / 6 == 0.0
    assert gate["stopped"] == sum(map(sum, (rate["stopped"] for rate in rates))) / 6
    assert gate["flat_groups"]["by_passing"] == 1.0 > gate["flat_groups"]["by_score"]
    monkeypatch.setattr(grpo, "measure_gate", None)  # the parent's measurement is good enough
    done = run_cli("grpo", "--config", "tiny-cpu", *overrides)
    assert done.status == 2 and "gates.min_passed" in done.err and "Traceback" not in done.err
    assert not (found.path.parent / "grpo").exists()
    run("grpo", [*overrides, "gates.action=warn"])


def test_a_start_measured_otherwise_is_measured_again(small, monkeypatch):
    run("sft", [*small, *MEASURED])
    asked = []

    def measured(config, *args, **kwargs):
        asked.append(config.grpo.temperature)
        return GOOD | {"passed": 0.001}

    monkeypatch.setattr(grpo, "measure_gate", measured)
    with pytest.raises(UserError, match=r"0\.1% of them pass"):
        run("grpo", [*small, *MEASURED, "grpo.temperature=0.7"])
    assert asked == [0.7]
    monkeypatch.setattr(grpo, "measure_gate", lambda *args, **kwargs: GOOD)
    assert run("grpo", [*small, *MEASURED, "grpo.temperature=0.7"]).read_manifest()["gate"] == GOOD


def test_measuring_leaves_training_as_it_was(small):
    digests = {
        run("sft", [*small, *extra, f"run.name={name}"]).read_manifest()["adapter_digest"]
        for name, extra in (("without", []), ("with", MEASURED))
    }
    assert len(digests) == 1


def test_a_kill_while_the_gate_is_measured_costs_the_last_steps_only(small, monkeypatch):
    from iacrl.training import sft

    def killed(*args, **kwargs):
        raise SystemExit(137)

    overrides = [*small, "sft.steps=3", "sft.save_every=2"]
    monkeypatch.setattr(sft, "measure_gate", killed)
    with pytest.raises(SystemExit):
        run("sft", overrides)
    monkeypatch.setattr(sft, "measure_gate", lambda *args, **kwargs: GOOD)
    resumed = run("sft", overrides, resume=True).read_manifest()
    assert resumed["status"] == "complete" and resumed["gate"] == GOOD
    assert run("sft", [*overrides, "run.name=whole"]).read_manifest()["adapter_digest"] == resumed["adapter_digest"]
