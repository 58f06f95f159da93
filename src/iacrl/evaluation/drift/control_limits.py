"""The limits of a p-chart, exact for few answers and rare rules, and with regard to the size of the base period."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import betaln, gammaln, ndtri

#: Jeffreys' prior of a share (Jeffreys 1946), one half of an answer of each kind.
_PRIOR = 0.5
#: The window of counts that is summed, in standard deviations around the mean, and its greatest size.
_DEVIATIONS, _LARGEST = 40, 200_000


def control_limits(base_hits: int, base_rows: int, rows: int, alpha: float) -> tuple[int, int]:
    """Return the lowest and the highest count that a period may have while nothing has changed.

    Usual limits of a p-chart, the base share plus and minus three standard deviations, are wrong for rare rules, and
    take the base share for known. Here the count in a period has the distribution that the base period predicts, the
    beta-binomial (Gelman et al. 2013, Bayesian Data Analysis, 3rd edition, section 2.4, for a predicted count). A count
    is outside with a probability of at most `alpha`, half of it on each side.

    Args:
        base_hits: Answers in the base period that count, such as the valid ones.
        base_rows: All answers in the base period.
        rows: All answers in the period to judge.
        alpha: The rate of false alarms of one period.
    """
    a, b = base_hits + _PRIOR, base_rows - base_hits + _PRIOR
    share = a / (a + b)
    mean = rows * share
    deviation = math.sqrt(mean * (1 - share) * (a + b + rows) / (a + b + 1))
    first = max(0, math.floor(mean - _DEVIATIONS * deviation - _DEVIATIONS))
    last = min(rows, math.ceil(mean + _DEVIATIONS * deviation + _DEVIATIONS))
    if last - first > _LARGEST:  # so many answers that the distribution is normal
        half = float(ndtri(1 - alpha / 2)) * deviation
        return max(0, math.floor(mean - half)), min(rows, math.ceil(mean + half))
    counts = np.arange(first, last + 1, dtype=float)
    ways = gammaln(rows + 1) - gammaln(counts + 1) - gammaln(rows - counts + 1)
    chances = np.exp(ways + betaln(counts + a, rows - counts + b) - betaln(a, b))
    below, above = np.cumsum(chances), np.cumsum(chances[::-1])
    # The lowest count with at most alpha / 2 below it, and the highest with at most that above it.
    low = first + int(np.searchsorted(below, alpha / 2, side="right"))
    high = last - int(np.searchsorted(above, alpha / 2, side="right"))
    return low, high
