"""Rates with intervals, paired differences, and tests for whether a difference is more than chance."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from math import ceil, comb
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, ndtr, ndtri, stdtrit

from iacrl.evaluation.figures import Estimate

#: Resamples of a bootstrap. The limits of a 95 % interval move by less than 0.2 points from seed to seed.
RESAMPLES = 10_000

Name = TypeVar("Name", bound=Hashable)


def pass_at_k(samples: int, passed: int, k: int) -> float:
    """Return the unbiased estimate of the chance that any of k completions passes: 1 - C(n-c, k) / C(n, k).

    Source: Chen et al. 2021, Evaluating Large Language Models Trained on Code, equation 1.

    Args:
        samples: Completions of the task, n.
        passed: How many of them pass, c.
        k: The number of tries.

    Raises:
        ValueError: There are fewer than k completions.
    """
    if not 1 <= k <= samples or not 0 <= passed <= samples:
        raise ValueError(f"no pass@{k} from {passed} of {samples}")
    return 1.0 - comb(samples - passed, k) / comb(samples, k)


def estimates(
    columns: Mapping[Name, Sequence[float]],
    clusters: Sequence[Hashable] | None = None,
    *,
    level: float = 0.95,
    seed: int = 0,
) -> dict[Name, Estimate]:
    """Return the mean of each column, one value for each task, with the interval of a cluster bootstrap.

    Tasks of one family are similar, so whole families are drawn with replacement. With only one family, tasks are
    drawn. With few clusters a percentile interval is too narrow, so its percentiles are widened by Student's t
    (Hesterberg 2015, What Teachers Should Know About the Bootstrap, section 5.3: the expanded percentile interval).

    If all values are 0, or all are 1, resampling does not show the uncertainty; then the result is Wilson's interval.
    It assumes independent tasks, because nothing shows how similar a family's tasks are.

    Args:
        columns: Name to values, each column over the same tasks in the same order.
        clusters: The family of each task. None: every task is its own.
        level: How often the interval must contain the true value.
        seed: Seed of the resampling.

    Raises:
        ValueError: There are no values, or the columns differ in length.
    """
    data = np.array([list(values) for values in columns.values()], dtype=float)
    if data.size == 0 or data.ndim != 2:
        raise ValueError("no values to estimate from")
    tasks = data.shape[1]
    groups = _numbered(clusters, tasks)
    count = int(groups.max()) + 1
    varied = data[np.ptp(data, axis=1) > 0]
    if len(varied):
        sums = np.zeros((count, len(varied)))
        np.add.at(sums, groups, varied.T)
        sizes = np.bincount(groups, minlength=count).astype(float)
        drawn = _draws(count, seed)
        means = (drawn @ sums) / (drawn @ sizes)[:, None]
        tail = _tail(count, (1 - level) / 2)
        # Rounded, because the last bit of a sum depends on the number of threads.
        limits = iter(np.round(np.quantile(means, [tail, 1 - tail], axis=0).T, 12).tolist())
    found: dict[Name, Estimate] = {}
    for name, values in zip(columns, data, strict=True):
        if np.ptp(values) > 0:
            low, high = next(limits)
            found[name] = Estimate(float(values.mean()), low, high, tasks)
        else:
            same = float(values[0])
            low, high = _wilson(same, tasks, level) if same in (0.0, 1.0) else (same, same)
            found[name] = Estimate(same, min(low, same), max(high, same), tasks)  # rounding must not separate them
    return found


def paired_difference(
    after: Sequence[float],
    before: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    *,
    level: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Return the mean difference of two results on the same tasks, in the same order, with its interval.

    The difference of each task is resampled, so common effects cancel; see `estimates`. If it is the same for every
    task, such as 0, it may still differ for other tasks.

    Raises:
        ValueError: The two differ in length, or are empty.
    """
    if len(after) != len(before) or not len(after):
        raise ValueError("paired results must be on the same tasks")
    differences = [one - other for one, other in zip(after, before, strict=True)]
    if len(set(differences)) == 1:
        # As many tasks as Wilson's interval allows may differ, by the largest difference that rates can have.
        (same, count) = differences[0], len(differences)
        unseen = _wilson(0.0, count, level)[1]
        return Estimate(same, same - unseen * (1 + same), same + unseen * (1 - same), count)
    return estimates({"": differences}, clusters, level=level, seed=seed)[""]


def tasks_needed(found: Estimate, difference: float, *, power: float = 0.8) -> int:
    """Return the number of tasks with which the 95 % interval of a true difference excludes 0 with this probability.

    The standard error comes from the interval of a paired difference. It shrinks with the square root of the tasks.

    Args:
        found: A paired difference on tasks of the same kind, which did not all change equally.
        difference: The true difference to find.
    """
    error = (found.high - found.low) / 2 / float(ndtri(0.975))
    return ceil(found.tasks * (error * float(ndtri(0.975) + ndtri(power)) / difference) ** 2)


def mcnemar(gained: int, lost: int) -> float:
    """Return the exact two-sided p-value of McNemar's test: without a difference, each change is a fair coin.

    Source: McNemar 1947, with the binomial distribution in place of the chi-squared approximation.

    Args:
        gained: Tasks that only the second passes.
        lost: Tasks that only the first passes.
    """
    changed = gained + lost
    return 1.0 if changed == 0 else min(1.0, 2.0 * float(bdtr(min(gained, lost), changed, 0.5)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number, in the same order (Holm 1979)."""
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = highest
    return corrected


def _numbered(clusters: Sequence[Hashable] | None, tasks: int) -> npt.NDArray[np.int64]:
    if clusters is None or len(set(clusters)) == 1:
        return np.arange(tasks)
    if len(clusters) != tasks:
        raise ValueError("every task needs a cluster")
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(cluster, len(numbers)) for cluster in clusters])


@lru_cache(maxsize=16)
def _draws(count: int, seed: int) -> npt.NDArray[np.float64]:
    """Return how often each cluster counts in each resample with replacement."""
    generator = np.random.default_rng(seed)
    return generator.multinomial(count, np.full(count, 1 / count), size=RESAMPLES).astype(float)


def _tail(count: int, wanted: float) -> float:
    """Return the share of resamples to leave out at each end, corrected for few clusters."""
    if count < 2:
        return wanted
    return float(ndtr(np.sqrt(count / (count - 1)) * stdtrit(count - 1, wanted)))


def _wilson(share: float, count: int, level: float) -> tuple[float, float]:
    """Wilson's score interval (Wilson 1927), which stays sensible at 0 and 1."""
    z = float(ndtri((1 + level) / 2))
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * float(np.sqrt(share * (1 - share) / count + z * z / (4 * count * count)))
    return 0.0 if share == 0 else centre - half, 1.0 if share == 1 else centre + half
