"""A run that goes wrong is stopped with the last good checkpoint kept, and goes on from there."""

import pytest
from stage_runs import adapter, rows, run, same

from iacrl.errors import Interrupted, UserError
from iacrl.training import callbacks, grpo, trainers

#: The reward's mean over three lines falls to nothing. With the collapse at step 8 it warns at step 9, when two of the
#: three are bad, of lines 7 to 9; so what the line of step 6 vouches for is sound: checkpoints of fewer steps.
COLLAPSE = ["guards.reward.window=3", "guards.reward.threshold=0.5", "guards.reward.patience=2"]
TWELVE_STEPS = ["grpo.steps=12", "grpo.save_every=2", "grpo.keep_checkpoints=1"]


@pytest.fixture
def collapsing(monkeypatch):
    """The reward falls to nearly nothing from this step on."""
    build, state = grpo.build_reward, {"from": 8}

    def built(*args):
        real = build(*args)

        def rubric_score(*, trainer_state, **kwargs):
            found = real(trainer_state=trainer_state, **kwargs)
            scale = 0.01 if trainer_state.global_step + 1 >= state["from"] else 1.0
            return [scale * (0.8 - 0.4 * (number % 2)) for number in range(len(found))]

        return rubric_score

    monkeypatch.setattr(grpo, "build_reward", built)
    return state


@pytest.fixture
def interrupt_at(monkeypatch):
    """Ctrl-C, pressed twice, while this step is trained."""

    def arm(step):
        on_step_begin = callbacks.StopOnSignal.on_step_begin

        def press(self, args, state, control, **kwargs):
            if state.global_step + 1 == step:
                raise KeyboardInterrupt
            return on_step_begin(self, args, state, control, **kwargs)

        monkeypatch.setattr(callbacks.StopOnSignal, "on_step_begin", press)
        return lambda: monkeypatch.setattr(callbacks.StopOnSignal, "on_step_begin", on_step_begin)

    return arm


def checkpoints(found):
    return sorted(path.name for path in found.checkpoints.glob("checkpoint-*"))


def directory(overrides, stage):
    from iacrl.config.recipes import load_config
    from iacrl.runs.directory import RunDirectory, stage_path

    return RunDirectory(stage_path(load_config("tiny-cpu", overrides), stage))


def test_a_guard_stops_before_the_trouble_began_and_the_run_goes_on_with_the_rule_relaxed_and_nothing_else(
    small, sft_run, collapsing, run_cli, capsys
):
    stopped = [*small, *TWELVE_STEPS, *COLLAPSE]
    done = run_cli("grpo", "--config", "tiny-cpu", *stopped)
    assert done.status == 2 and "Traceback" not in done.err
    found = directory(stopped, "grpo")
    (kept,) = checkpoints(found)
    assert int(kept.removeprefix("checkpoint-")) < 6, "one from the steps in doubt is not kept"
    warning, reminder = (line for line in done.err.splitlines() if "Warning (guards.reward) at step 9" in line)
    assert reminder == f"  {warning}"
    for words in ("stopped at step 10 by guards.reward", "since step 9", kept, "--resume", "grpo.learning_rate"):
        assert words in done.err
    assert "Dropped, because it may have begun by then: checkpoint-8." in done.err
    manifest = found.read_manifest()
    assert manifest["status"] == "stopped"
    assert {key: manifest["stopped_by"][key] for key in ("guard", "step", "since", "onset", "checkpoint")} == {
        "guard": "guards.reward",
        "step": 10,
        "since": 9,
        "onset": 6,
        "checkpoint": kept,
    }
    assert [(one["guard"], one["step"]) for one in manifest["warnings"]] == [("guards.reward", 9)]
    assert manifest["warnings"][0]["reason"] in warning
    assert [row["step"] for row in rows(found.path / "metrics.jsonl")] == [*range(1, 11)]
    assert not found.adapter.exists()

    before = int(kept.removeprefix("checkpoint-"))
    with pytest.raises(UserError, match=r"grpo\.learning_rate: 0\.001 before, 0\.002 now"):
        run("grpo", [*stopped, "grpo.learning_rate=2e-3"], resume=True)
    with pytest.raises(UserError, match=r"guards\.reward"):
        run("grpo", stopped, resume=True)
    relaxed = [*stopped, "guards.reward.action=warn"]
    capsys.readouterr()
    resumed = run("grpo", relaxed, resume=True)
    assert capsys.readouterr().err.rstrip().splitlines()[-2:] == [
        "The guards warned 1 time in this run:",
        f"  Warning (guards.reward) at step 9: {resumed.read_manifest()['warnings'][0]['reason']}.",
    ]
    manifest = resumed.read_manifest()
    assert manifest["status"] == "complete" and "stopped_by" not in manifest
    assert [entry["step"] for entry in manifest["resumed"]] == [before, before]
    assert manifest["resumed"][1]["changed"] == {"guards.reward.action": "warn"}
    assert manifest["resumed"][1]["after"]["guard"] == "guards.reward"
    assert "action: warn" in (resumed.path / "config.yaml").read_text()
    whole = run("grpo", [*relaxed, "run.name=whole"], parent=resumed.path.parent / "sft")
    assert same(adapter(resumed), adapter(whole))
    assert manifest["warnings"] == whole.read_manifest()["warnings"], "what a resumed run meets again is kept once"


def test_ctrl_c_saves_nothing_while_a_rule_holds(small, sft_run, collapsing, monkeypatch):
    overrides = [*small, *TWELVE_STEPS, *COLLAPSE, "guards.reward.patience=4"]
    on_step_begin = callbacks.StopOnSignal.on_step_begin

    def press(self, args, state, control, **kwargs):
        self.interrupted = self.interrupted or state.global_step + 1 == 10
        return on_step_begin(self, args, state, control, **kwargs)

    monkeypatch.setattr(callbacks.StopOnSignal, "on_step_begin", press)
    with pytest.raises(Interrupted, match="checkpoint-8"):
        run("grpo", overrides)
    assert checkpoints(directory(overrides, "grpo"))[-1] == "checkpoint-8", "it holds from step 9 on"


def test_a_resumed_run_is_stopped_at_the_same_step(small, sft_run, interrupt_at):
    """With a rule that looks back over lines from before the interruption."""
    rule = ["guards.reward.threshold=1.0", "guards.reward.floor=0.0", "guards.reward.window=3"]
    rule += ["guards.reward.patience=2", "grpo.steps=30", "grpo.save_every=2", "grpo.learning_rate=1e-4"]
    overrides = [*small, *rule]
    with pytest.raises(UserError, match=r"guards\.reward"):
        run("grpo", overrides)
    whole = directory(overrides, "grpo").read_manifest()["stopped_by"]
    assert whole["step"] >= 5
    again = [*overrides, "run.name=again"]
    parent = directory(overrides, "sft").path
    disarm = interrupt_at(whole["step"])
    with pytest.raises(Interrupted):
        run("grpo", again, parent=parent)
    disarm()
    with pytest.raises(UserError, match=r"guards\.reward"):
        run("grpo", again, parent=parent, resume=True)
    assert directory(again, "grpo").read_manifest()["stopped_by"] == whole


@pytest.fixture
def poisoned(monkeypatch):
    """The loss is NaN from this step on."""
    compute, state = trainers.SFTTrainer.compute_loss, {"from": 5}

    def poison(self, *args, **kwargs):
        loss = compute(self, *args, **kwargs)
        return loss * float("nan") if self.state.global_step + 1 >= state["from"] else loss

    monkeypatch.setattr(trainers.SFTTrainer, "compute_loss", poison)
    return state


def test_a_loss_that_is_not_finite_never_reaches_the_adapter(small, poisoned, run_cli):
    overrides = [*small, "sft.steps=12", "sft.save_every=2", "sft.log_every=5"]
    done = run_cli("sft", "--config", "tiny-cpu", *overrides)
    assert done.status == 2
    assert "guards.non_finite" in done.err and "step 7" in done.err and "checkpoint-4" in done.err
    found = directory(overrides, "sft")
    assert checkpoints(found)[-1] == "checkpoint-4"
    poisoned["from"] = 99
    resumed = run("sft", overrides, resume=True)
    whole = run("sft", [*overrides, "run.name=whole"])
    assert same(adapter(resumed), adapter(whole))


@pytest.mark.parametrize("figure", ["loss", "grad_norm"])
def test_a_loss_that_explodes_stops_sft(small, monkeypatch, figure):
    compute = trainers.SFTTrainer.compute_loss

    def explode(self, *args, **kwargs):
        return compute(self, *args, **kwargs) * (200.0 if self.state.global_step + 1 >= 6 else 1.0)

    monkeypatch.setattr(trainers.SFTTrainer, "compute_loss", explode)
    other = "grad_norm" if figure == "loss" else "loss"
    rules = [f"guards.{figure}.window=4", f"guards.{figure}.patience=2", f"guards.{other}.action=ignore"]
    overrides = [*small, *rules, "sft.steps=12", "sft.save_every=1", "sft.keep_checkpoints=1"]
    with pytest.raises(UserError, match=rf"stopped at step 7 by guards\.{figure}.*since step 6"):
        run("sft", overrides)
    assert directory(overrides, "sft").read_manifest()["stopped_by"]["checkpoint"] == "checkpoint-4"


def test_a_single_step_that_is_not_finite_is_skipped_with_a_warning(small, poisoned, capsys):
    poisoned["from"] = 3
    found = run("sft", [*small, "sft.steps=3", "sft.save_every=1"])
    assert "step 3" in capsys.readouterr().err
    assert all(value.isfinite().all() for value in adapter(found).values())
    ignored = [*small, "sft.steps=3", "run.name=ignored", "guards.non_finite.action=ignore"]
    with pytest.raises(UserError, match="the trained weights are not finite"):  # without the guard they are lost
        run("sft", ignored)
    lost = directory(ignored, "sft")
    assert lost.read_manifest()["status"] == "failed" and not lost.adapter.exists()


def test_an_adapter_that_stands_still_is_told_before_the_end(small):
    with pytest.raises(UserError, match=r"guards\.adapter.*did not change"):
        run("sft", [*small, "sft.steps=30", "sft.learning_rate=1e-30"])
    stopped = directory(small, "sft").read_manifest()["stopped_by"]
    assert stopped["step"] < 30


def test_a_good_run_hears_nothing_from_the_guards(small, capsys):
    run("sft", [*small, "sft.steps=8"])
    assert "Warning" not in capsys.readouterr().err


def test_lines_of_metrics_carry_what_the_rules_look_at(small, sft_run):
    found = run("grpo", small)
    for row in rows(found.path / "metrics.jsonl"):
        assert {"loss", "grad_norm", "adapter_norm", "reward", "entropy", "flat_groups"} <= set(row)
        assert {"completions/mean_length", "completions/clipped_ratio"} <= set(row)
