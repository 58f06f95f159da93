"""Which task each prompt asks."""

import itertools
import json

import pytest
from stage_runs import adapter, rows, run, same

from iacrl.config.monitoring import SamplingSection
from iacrl.training.measuring import Rate, flat_share, predicted_flat
from iacrl.training.sampling import UniformOrder, VarianceOrder


def rate(task, passes, samples=4):
    passed = tuple(at < passes for at in range(samples))
    return Rate(task, passed, tuple(float(yes) for yes in passed), (True,) * samples)


def order(passes, file, prompts=2, seed=0, **section):
    section = SamplingSection(**{"explore": 0.0, **section})
    rates = [rate(f"t{at}", count) for at, count in enumerate(passes)]
    return VarianceOrder(rates, section, prompts=prompts, steps=1, samples=file, seed=seed)


def rollouts(file, step, **passes):
    with file.open("a") as out:
        for task, (passed, samples) in passes.items():
            for at in range(samples):
                out.write(json.dumps({"step": step, "task": task, "passed": at < passed}) + "\n")


def rounds(found, prompts, *turns):
    return [[found.task_of(turn * prompts + place) for place in range(prompts)] for turn in turns]


def test_uniform_asks_every_task_before_any_again():
    found = UniformOrder(5, 12, seed=3)
    asked = [found.task_of(slot) for slot in range(12)]
    assert sorted(asked[:5]) == sorted(asked[5:10]) == [0, 1, 2, 3, 4]
    assert asked != [UniformOrder(5, 12, seed=4).task_of(slot) for slot in range(12)]


def test_the_greatest_signal_comes_first_and_0_and_1_are_set_aside(tmp_path):
    found = order([0, 1, 2, 3, 4, 2], tmp_path / "none.jsonl")
    first, second, third = rounds(found, 2, 0, 1, 2)
    assert set(first) == {2, 5}
    assert set(second) == {1, 3}
    assert set(third) == {2, 5}, "every one once before any comes again"


def test_a_share_of_each_round_explores_what_was_set_aside_in_turn(tmp_path):
    found = order([0, 2, 2, 4, 0], tmp_path / "none.jsonl", prompts=4, explore=0.25)
    turns = rounds(found, 4, 0, 1, 2)
    explored = [next(index for index in turn if index in (0, 3, 4)) for turn in turns]
    assert sorted(explored) == [0, 3, 4]
    assert all({1, 2} <= set(turn) for turn in turns)


def test_what_training_samples_measures_anew(tmp_path):
    file = tmp_path / "samples.jsonl"
    found = order([2, 2, 1, 3, 0], file, prompts=2)
    assert not any(4 in asked for asked in rounds(found, 2, 0, 1))
    rollouts(file, 1, t0=(8, 8), t1=(8, 8), t4=(4, 8))
    (third,) = rounds(found, 2, 2)
    standing = found._standing
    assert standing[0].rate == pytest.approx((0.5 * 2 + 8) / (0.5 * 4 + 8))
    assert standing[4].rate == pytest.approx(4 / 10)
    assert third[0] == 4, "what was set aside comes back when the policy has moved"


def test_a_round_sees_only_what_was_done_two_rounds_before(tmp_path):
    """The loader reads one round ahead; were it to see more or less than that, a resumed run would differ."""
    file = tmp_path / "samples.jsonl"
    going, passes = order([2, 2, 2, 2, 2, 2], file, prompts=2, memory=0.2, edge=0.1), itertools.cycle([0, 3, 8])
    asked = []
    for step in range(1, 9):
        asked += rounds(going, 2, step - 1)
        rounds(going, 2, step)  # read ahead
        rollouts(file, step, **{f"t{index}": (next(passes), 8) for index in asked[-1]})
    resumed = order([2, 2, 2, 2, 2, 2], file, prompts=2, memory=0.2, edge=0.1)
    assert rounds(resumed, 2, 8) == rounds(going, 2, 8)
    assert rounds(resumed, 2, *range(8)) == asked
    assert len(set(map(tuple, asked))) > 3


def test_with_nothing_between_0_and_1_every_task_is_asked_in_turn(tmp_path):
    asked = rounds(order([0, 0, 4, 4], tmp_path / "none.jsonl"), 2, 0, 1)
    assert sorted(asked[0] + asked[1]) == [0, 1, 2, 3]


def test_fewer_tasks_than_a_round_has_prompts(tmp_path):
    assert sorted(rounds(order([2, 0], tmp_path / "none.jsonl", prompts=5), 5, 0)[0]) == [0, 0, 0, 1, 1]


@pytest.mark.parametrize(("passes", "samples", "group"), [(3, 8, 4), (1, 6, 2), (0, 8, 8), (5, 8, 8)])
def test_the_flat_share_is_that_of_all_groups_that_could_be_drawn(passes, samples, group):
    outcomes = [at < passes for at in range(samples)]
    groups = list(itertools.combinations(outcomes, group))
    assert flat_share(outcomes, group) == pytest.approx(sum(len(set(one)) == 1 for one in groups) / len(groups))


def test_the_flat_share_of_few_samples_is_the_binomial_one():
    assert flat_share([True, False, False, False], 8) == pytest.approx(0.25**8 + 0.75**8)


def test_scores_tell_groups_apart_that_passing_does_not():
    rates = [Rate("a", (False,) * 4, (0.1, 0.2, 0.3, 0.4), (True,) * 4), rate("b", 4)]
    assert predicted_flat(rates, 2) == {"by_passing": 1.0, "by_score": 0.5}


@pytest.fixture
def sometimes(monkeypatch):
    """A stand-in for what passes, as a model with random weights never does: every third completion, by its text."""
    from iacrl.runs.directory import RunDirectory
    from iacrl.training import grpo

    log = RunDirectory.log_samples

    def marked(self, found):
        log(self, [row | {"passed": sum(map(ord, row["completion"])) % 3 == 0} for row in found])

    monkeypatch.setattr(RunDirectory, "log_samples", marked)
    measured = []

    def first(config, run, model, tokenizer, runtime, tasks):
        measured.append(len(tasks))
        return [rate(task.id, at % 4) for at, task in enumerate(tasks)]

    monkeypatch.setattr(grpo, "first_rates", first)
    return measured


def test_an_interrupted_run_with_variance_asks_and_learns_the_same(small, sometimes, monkeypatch):
    from iacrl.errors import Interrupted
    from iacrl.training import callbacks

    run("sft", small)
    overrides = [*small, "grpo.sampling=variance", "grpo.steps=12", "grpo.save_every=3", "grpo.prompts_per_step=4"]
    overrides += ["data.grpo_rows=12", "sampling.tasks=9"]
    whole = run("grpo", overrides)
    parent = whole.path.parent / "sft"
    again = [*overrides, "run.name=again"]
    begin = callbacks.StopOnSignal.on_step_begin

    def press(self, args, state, control, **kwargs):
        if state.global_step == 7:
            raise KeyboardInterrupt

    monkeypatch.setattr(callbacks.StopOnSignal, "on_step_begin", press)
    with pytest.raises(Interrupted):
        run("grpo", again, parent=parent)
    monkeypatch.setattr(callbacks.StopOnSignal, "on_step_begin", begin)
    resumed = run("grpo", again, parent=parent, resume=True)
    assert resumed.read_manifest()["resumed"][0]["step"] == 6
    asked = [[row["task"] for row in rows(found.samples)] for found in (whole, resumed)]
    assert asked[0] == asked[1] and len(asked[0]) == 12 * 4 * 2
    assert same(adapter(whole), adapter(resumed))
    assert set(sometimes) == {9}
    assert len(set(asked[0])) == 6, "three of the nine were measured at 0"


def test_the_first_measurement_is_kept_in_the_run(small):
    run("sft", small)
    found = run("grpo", [*small, "grpo.sampling=variance", "sampling.samples=3", "sampling.tasks=5"])
    rates = rows(found.path / "pass_rates.jsonl")
    assert [len(row["passed"]) for row in rates] == [3] * 5
    assert {row["task"] for row in rows(found.samples)} <= {row["task"] for row in rates}
