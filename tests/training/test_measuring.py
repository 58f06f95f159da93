"""Which task each prompt asks, and how many groups would be flat."""

import itertools

import pytest

from iacrl.training.measuring import Rate, flat_share, predicted_flat
from iacrl.training.rows import prompt_order


def rate(task, passes, samples=4):
    passed = tuple(at < passes for at in range(samples))
    return Rate(task, passed, tuple(float(yes) for yes in passed), (True,) * samples)


def test_every_task_is_asked_before_any_again():
    asked = prompt_order(5, 12, seed=3)
    assert len(asked) == 12
    assert sorted(asked[:5]) == sorted(asked[5:10]) == [0, 1, 2, 3, 4]
    assert asked != prompt_order(5, 12, seed=4)


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
