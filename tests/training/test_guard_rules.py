"""The rules that watch a run, on lines of metrics made by hand."""

import math

import pytest

from iacrl.config.monitoring import GuardsSection, ProbeSection
from iacrl.training.guard_rules import earliest_onset, judge


def lines(**columns):
    count = len(next(iter(columns.values())))
    usual = {"loss": 1.0, "grad_norm": 0.5}
    return [
        {"step": at + 1, "adapter_norm": float(at), **usual, **{name: column[at] for name, column in columns.items()}}
        for at in range(count)
    ]


def found(history, probe=None, **guards):
    return judge(history, GuardsSection(**guards), ProbeSection(**(probe or {})))


def grpo(**columns):
    count = len(next(iter(columns.values())))
    steady = {
        "reward": [0.4] * count,
        "entropy": [0.6] * count,
        "completions/mean_length": [60.0] * count,
        "completions/clipped_ratio": [0.1] * count,
    }
    return lines(**{**steady, **columns})


def test_a_steady_run_raises_no_alarm():
    noisy = [0.4 + 0.05 * math.sin(at) for at in range(60)]
    assert found(grpo(reward=noisy)) == {}
    assert found(lines(loss=[2.0 / (1 + at) for at in range(60)])) == {}


@pytest.mark.parametrize(
    ("guard", "history"),
    [
        ("guards.loss", lines(loss=[1.0] * 20 + [9.0] * 3)),
        ("guards.loss", lines(loss=[0.01, -0.01] * 10 + [-5.0] * 3)),
        ("guards.grad_norm", lines(grad_norm=[0.7] * 20 + [50.0] * 3)),
        ("guards.reward", grpo(reward=[0.6] * 10 + [0.0] * 20)),
        ("guards.entropy", grpo(entropy=[0.6] * 10 + [0.01] * 20)),
        ("guards.length", grpo(**{"completions/mean_length": [60.0] * 10 + [200.0] * 20})),
        ("guards.length", grpo(**{"completions/mean_length": [60.0] * 10 + [5.0] * 20})),
        ("guards.truncation", grpo(**{"completions/clipped_ratio": [0.8] * 10})),
        ("guards.adapter", lines(adapter_norm=[0.0, 1.0] + [2.0] * 6)),
    ],
)
def test_each_rule_warns_first_and_stops_when_it_has_held(guard, history):
    counts = []
    for end in range(1, len(history) + 1):
        alarm = found(history[:end]).get(guard)
        counts.append(alarm.count if alarm else 0)
        assert alarm is None or alarm.stops == (alarm.count >= alarm.patience)
    first = next(at for at, count in enumerate(counts) if count)
    assert first > 0 and counts[first:] == list(range(1, len(counts) - first + 1)), "it must warn before it stops"
    assert counts[-1] >= alarm.patience, "it must hold at the end"
    assert alarm.since == first + 1
    assert [*found(history)] == [guard], "and no other rule"


def test_what_cannot_be_judged_is_warned_of_and_stops_no_run():
    history = grpo(**{"scoring/unchecked": [0.0] * 5 + [0.5] * 10})
    alarm = found(history)["guards.unchecked"]
    assert not alarm.stops and alarm.action == "warn" and "50% of the completions" in alarm.reason
    assert found(history, unchecked={"action": "stop"})["guards.unchecked"].stops
    assert found(grpo(**{"scoring/unchecked": [0.05] * 15})) == {}


def test_what_is_forgotten_since_the_first_measurement_is_warned_of_and_stops_no_run_unless_it_is_to():
    history = lines(loss=[1.0] * 8)
    for at, loss in ((0, 1.5), (3, 1.6), (5, 1.8), (7, 1.9)):
        history[at]["general/loss"] = loss
    assert found(history[:5]) == {}
    alarm = found(history)["guards.general"]
    assert (alarm.since, alarm.count, alarm.stops) == (6, 2, False), "lines without a measurement do not count"
    assert found(history, general={"action": "stop"})["guards.general"].stops


#: Good up to the line of step 19, bad from step 20 on: so the policy of checkpoint-19 is the first bad one.
TROUBLE = {
    "guards.loss": lines(loss=[1.0] * 19 + [9.0] * 3),
    "guards.grad_norm": lines(grad_norm=[0.7] * 19 + [50.0] * 3),
    "guards.non_finite": lines(grad_norm=[0.7] * 19 + [math.nan] * 3),
    "guards.reward": grpo(reward=[0.6] * 19 + [0.0] * 12),
    "guards.entropy": grpo(entropy=[0.6] * 19 + [0.01] * 15),
    "guards.length": grpo(**{"completions/mean_length": [60.0] * 19 + [300.0] * 12}),
    "guards.truncation": grpo(**{"completions/clipped_ratio": [0.1] * 19 + [1.0] * 8}),
}


@pytest.mark.parametrize("guard", TROUBLE)
def test_the_onset_is_before_the_trouble_began(guard):
    (alarm,) = found(TROUBLE[guard]).values()
    assert alarm.guard == guard and alarm.stops
    assert alarm.onset <= 19, "checkpoints of fewer steps than the onset are sound, and checkpoint-19 is not"
    reach = {"guards.reward": 10, "guards.entropy": 10, "guards.length": 10, "guards.truncation": 5}.get(guard, 1)
    assert alarm.onset == alarm.since - reach


def test_the_onset_lies_lines_back_and_lines_lie_steps_apart():
    history = grpo(**{"completions/clipped_ratio": [0.1] * 19 + [1.0] * 8})
    apart = [{**line, "step": 5 * line["step"]} for line in history]
    (near,), (far,) = found(history).values(), found(apart).values()
    assert (far.since, far.onset) == (5 * near.since, 5 * near.onset)


def test_what_is_beyond_doubt_is_so_for_every_rule_that_may_stop_the_run():
    for guard, history in TROUBLE.items():
        first = next(end for end in range(1, len(history) + 1) if guard in found(history[:end]))
        before = [earliest_onset(history[:end], GuardsSection(), ProbeSection()) for end in range(1, first)]
        (alarm,) = found(history).values()
        assert before == sorted(before) and before[-1] <= alarm.onset
        assert before[0] <= 1, "at first nothing is beyond doubt"
    assert earliest_onset(grpo(reward=[0.4] * 40), GuardsSection(), ProbeSection()) == 31
    relaxed = {name: {"action": "warn"} for name in ("reward", "entropy", "length")}
    assert earliest_onset(grpo(reward=[0.4] * 40), GuardsSection(**relaxed), ProbeSection()) == 36
    assert earliest_onset(lines(loss=[1.0] * 40), GuardsSection(), ProbeSection()) == 40
    assert earliest_onset([], GuardsSection(), ProbeSection()) == 0


@pytest.mark.parametrize("figure", ["loss", "grad_norm", "adapter_norm"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_figure_that_is_not_finite_is_an_alarm(figure, value):
    history = lines(**{figure: [1.0, 2.0, 3.0, value, value, value]})
    assert found(history[:3]) == {}
    assert not found(history[:4])["guards.non_finite"].stops
    alarm = found(history)["guards.non_finite"]
    assert alarm.stops and alarm.since == 4 and "is not finite" in alarm.reason


def test_an_adapter_that_a_skipped_step_left_alone_is_no_standstill():
    history = lines(adapter_norm=[0.0, 1.0, 1.0], grad_norm=[1.0, 1.0, math.nan])
    assert [*found(history)] == ["guards.non_finite"]


def test_a_single_spike_does_not_stop_a_run():
    history = lines(loss=[1.0] * 20 + [9.0] + [1.0] * 5)
    assert found(history[:21])["guards.loss"].count == 1
    assert not any("guards.loss" in found(history[:end]) for end in range(22, 27))


def test_the_first_lines_are_no_measure_of_a_spike():
    assert found(lines(grad_norm=[0.7] * 5 + [50.0])) == {}


def test_small_figures_may_multiply():
    assert found(lines(loss=[1e-8] * 20 + [0.5] * 5, grad_norm=[1e-6] * 20 + [2.0] * 5)) == {}


def test_a_reward_that_never_was_cannot_collapse():
    assert found(grpo(reward=[0.03] * 10 + [0.0] * 30)) == {}


def test_entropy_and_length_of_sft_are_not_watched():
    assert found(lines(entropy=[3.0] * 10 + [0.01] * 30)) == {}


def test_an_action_may_be_changed_or_switched_off():
    history = lines(loss=[1.0] * 20 + [9.0] * 3)
    assert not found(history, loss={"action": "warn"})["guards.loss"].stops
    assert found(history, loss={"action": "ignore"}) == {}


def test_lines_without_the_figure_are_passed_over():
    """As with several steps to a round of generation."""
    history = grpo(reward=[0.6] * 10 + [0.0, None, float("nan")] * 20)
    assert found(history[:12]) == {}
    assert found(history[:-2])["guards.reward"].stops
    assert found(history)["guards.reward"] == found(history[:-2])["guards.reward"], "they change nothing"


def probes(*figures):
    plain = [{"step": at + 1, "loss": 1.0, "adapter_norm": float(at)} for at in range(len(figures) * 5)]
    for at, (score, passed, refused) in enumerate(figures):
        plain[at * 5] |= {"probe/score": score, "probe/passed": passed, "probe/refused": refused}
    return plain


def test_the_probe_parts_when_the_score_rises_alone():
    history = probes((0.3, 0.2, 0.0), (0.5, 0.4, 0.0), (0.8, 0.2, 0.0), (0.9, 0.2, 0.0))
    assert found(history[:6]) == {}
    assert found(history[:11])["probe.parted"].count == 1
    assert found(history[:12]) == found(history[:11]), "what it said stands until the next probe"
    alarm = found(history[:16], probe={"parted": {"action": "stop"}})["probe.parted"]
    assert (alarm.count, alarm.stops, alarm.since) == (2, True, 11)


def test_the_probe_tells_when_the_engine_disagrees():
    alarm = found(probes((0.5, 0.4, 0.3))[:1])["probe.disagree"]
    assert "30%" in alarm.reason and not alarm.stops
