from itertools import combinations

import numpy as np
import pytest
from scipy.stats import binomtest

from iacrl.evaluation.metrics import estimates, holm, mcnemar, paired_difference, pass_at_k, tasks_needed


def estimate(values, clusters=None):
    return estimates({"": values}, clusters)[""]


@pytest.mark.parametrize(("samples", "passed"), [(1, 0), (1, 1), (5, 0), (5, 2), (6, 5), (7, 7)])
def test_pass_at_k_is_the_share_of_draws_that_hold_a_success(samples, passed):
    outcomes = [True] * passed + [False] * (samples - passed)
    for k in range(1, samples + 1):
        draws = list(combinations(outcomes, k))
        assert pass_at_k(samples, passed, k) == pytest.approx(sum(map(any, draws)) / len(draws))


@pytest.mark.parametrize(("samples", "passed", "k"), [(3, 1, 4), (3, 4, 1), (3, 1, 0)])
def test_pass_at_k_of_too_few_completions_is_refused(samples, passed, k):
    with pytest.raises(ValueError, match="no pass@"):
        pass_at_k(samples, passed, k)


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


@pytest.mark.parametrize("families", [6, 20])
def test_tasks_of_one_family_that_are_alike_widen_the_interval(families):
    random = np.random.default_rng(3)
    held = blind = 0
    for _ in range(100):
        shares = random.beta(1, 1, size=families)
        values = (random.random((families, 10)) < shares[:, None]).astype(float).ravel()
        clusters = np.repeat(np.arange(families), 10).tolist()
        found, naive = estimate(list(values), clusters), estimate(list(values))
        held += found.low <= 0.5 <= found.high
        blind += naive.low <= 0.5 <= naive.high
    assert 90 <= held <= 99
    assert blind < 85, "taking such tasks for independent ones claims far too much"


def test_columns_are_estimated_together_as_they_are_alone():
    random = np.random.default_rng(4)
    columns = {"one": list(random.random(30)), "two": list((random.random(30) < 0.5).astype(float))}
    clusters = [n // 5 for n in range(30)]
    together = estimates(columns, clusters)
    assert together == {name: estimate(values, clusters) for name, values in columns.items()}
    assert together == estimates(columns, clusters), "the same seed gives the same interval"


def test_one_family_alone_is_resampled_by_task():
    values = [1.0, 0.0] * 10
    assert estimate(values, ["same"] * 20) == estimate(values)
    assert estimate([0.4], ["same"]).low == pytest.approx(0.4)


def test_pairing_finds_a_small_gain_that_separate_intervals_hide():
    random = np.random.default_rng(2)
    before = (random.random(400) < 0.5).astype(float)
    after = before.copy()
    after[np.flatnonzero(before == 0)[:20]] = 1.0
    gain = paired_difference(list(after), list(before))
    assert gain.value == pytest.approx(0.05)
    assert gain.low > 0
    assert estimate(list(after)).low < estimate(list(before)).high


@pytest.mark.parametrize("count", [1, 4, 100])
def test_no_change_on_a_few_tasks_does_not_show_that_there_is_none(count):
    same = [1.0] * count
    found = paired_difference(same, same)
    assert found.value == 0 and found.low == -found.high
    # Of none in so many, Wilson's interval allows this share.
    assert found.high == pytest.approx(binomtest(0, count).proportion_ci(method="wilson").high, abs=1e-6)
    better, worse = (paired_difference(*pair) for pair in ((same, [0.0] * count), ([0.0] * count, same)))
    assert (better.value, better.low, better.high) == (-worse.value, -worse.high, -worse.low) and better.high == 1.0
    assert better.low == pytest.approx(1 - 2 * found.high)
    wider = paired_difference(same, same, level=0.99)
    assert wider.high > found.high


def test_so_many_tasks_find_a_difference_in_four_of_five_evaluations():
    random = np.random.default_rng(3)

    def drawn(count):
        return random.choice([1.0, 0.0, -1.0], p=[0.15, 0.75, 0.10], size=count)  # a true difference of 0.05

    change = [1.0] * 300 + [0.0] * 1500 + [-1.0] * 200  # in these shares exactly: drawn ones would have to be many
    count = tasks_needed(paired_difference(change, [0.0] * len(change)), 0.05)
    assert count == pytest.approx((0.25 - 0.05**2) * (1.959964 + 0.841621) ** 2 / 0.05**2, rel=0.05)
    found = [np.mean(one) / np.std(one) * np.sqrt(count) > 1.96 for one in (drawn(count) for _ in range(400))]
    assert np.mean(found) == pytest.approx(0.8, abs=0.06)


def test_results_on_different_tasks_are_refused():
    with pytest.raises(ValueError, match="same tasks"):
        paired_difference([1.0, 0.0], [1.0])
    with pytest.raises(ValueError, match="no values"):
        estimate([])
    with pytest.raises(ValueError, match="cluster"):
        estimate([1.0, 0.0, 1.0], ["a", "b"])


@pytest.mark.parametrize(("gained", "lost"), [(0, 1), (3, 1), (5, 5), (40, 14), (0, 12)])
def test_mcnemar_is_the_exact_binomial_test(gained, lost):
    assert mcnemar(gained, lost) == pytest.approx(binomtest(gained, gained + lost).pvalue)


def test_mcnemar_of_nothing_changed():
    assert mcnemar(0, 0) == 1.0


def test_holm_corrects_the_smallest_most():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([]) == []
