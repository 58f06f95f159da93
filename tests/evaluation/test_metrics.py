import numpy as np
import pytest

from iacrl.evaluation.metrics import estimate, paired_difference


def test_the_interval_of_a_share_is_near_the_normal_one():
    values = [1.0] * 120 + [0.0] * 280
    found = estimate(values)
    half = 1.96 * (0.3 * 0.7 / 400) ** 0.5
    assert found.value == pytest.approx(0.3)
    assert found.low == pytest.approx(0.3 - half, abs=0.006)
    assert found.high == pytest.approx(0.3 + half, abs=0.006)
    assert found.tasks == 400


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_nothing_or_everything_still_has_an_interval(value):
    found = estimate([value] * 100)
    assert found.value == value
    # Wilson's limit for 0 of 100 is 3.70 %.
    assert value in (found.low, found.high)
    assert found.high - found.low == pytest.approx(0.0370, abs=1e-3)


def test_the_intervals_hold_the_truth_about_95_times_in_100():
    random = np.random.default_rng(1)
    held = 0
    for _ in range(200):
        found = estimate(list((random.random(60) < 0.4).astype(float)))
        held += found.low <= 0.4 <= found.high
    assert 180 <= held <= 199


def test_pairing_finds_a_small_gain_that_separate_intervals_hide():
    random = np.random.default_rng(2)
    before = (random.random(400) < 0.5).astype(float)
    after = before.copy()
    after[np.flatnonzero(before == 0)[:20]] = 1.0
    gain = paired_difference(list(after), list(before))
    assert gain.value == pytest.approx(0.05)
    assert gain.low > 0
    assert estimate(list(after)).low < estimate(list(before)).high


def test_results_on_different_tasks_are_refused():
    with pytest.raises(ValueError, match="same tasks"):
        paired_difference([1.0, 0.0], [1.0])
    with pytest.raises(ValueError, match="no values"):
        estimate([])
