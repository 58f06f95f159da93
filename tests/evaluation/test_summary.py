from iacrl.evaluation.rates import differences, ks_of, summarize
from iacrl.scoring.samples import JudgedText, ScoredSample


def outcome(task, passed, *, sample=0, family="", error=""):
    return ScoredSample(
        task=task,
        domain="terraform",
        family=family,
        difficulty=1,
        prompt=(),
        completion="",
        text="",
        verdict=JudgedText(passed, ("syntax",)),
        intent=None,
        valid=passed,
        passed=passed,
        score=float(passed),
        error=error,
        sample=sample,
    )


def outcomes(rights, samples=2):
    """Of each task so many completions pass."""
    return {
        f"t{number}": [outcome(f"t{number}", sample < right, sample=sample) for sample in range(samples)]
        for number, right in enumerate(rights)
    }


def test_with_several_comparisons_an_interval_must_leave_out_0_by_more():
    before, after = outcomes([1] * 12), outcomes([2] * 5 + [1] * 7)
    pair = (("before", before), ("after", after))
    (alone,) = differences([pair], "sampled")
    assert alone.significant and alone.passed.low > 0 and alone.p_value is None
    same = (("before", before), ("same", before))
    among = differences([pair, *[same] * 9], "sampled")
    assert among[0].passed == alone.passed, "the interval that is told stays one of 95 %"
    assert not any(one.significant for one in among)


def test_pass_at_k_is_over_the_tasks_that_have_k_completions():
    found = outcomes([2, 0, 1], samples=2)
    found["t2"] = found["t2"][:1]
    result = summarize("m", "sampled", found, tasks=4, samples=2)
    assert result.missing == 8 - 5
    passed = result.rates().passed
    assert {k: (one.value, one.tasks) for k, one in passed.items()} == {1: (2 / 3, 3), 2: (0.5, 2)}


def test_no_pass_at_k_above_the_number_of_completions():
    assert ks_of(1) == [1] and ks_of(5) == [1, 2, 4, 5]
    short = {task: group[:1] for task, group in outcomes([1, 0], samples=2).items()}
    assert set(summarize("m", "sampled", short, tasks=2, samples=8).rates().passed) == {1}


def test_completions_that_broke_a_reward_are_counted():
    found = {"a": [outcome("a", True, error="no patience"), outcome("a", True, sample=1)], "b": [outcome("b", False)]}
    assert summarize("m", "sampled", found, tasks=2, samples=2).broken == 1
