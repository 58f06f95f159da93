"""`--engine DOMAIN`: the second judge's verdict in addition to the fast validator's, and how often they agree."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable

from iacrl.domains.base import Options
from iacrl.domains.registry import second_judge
from iacrl.evaluation.figures import Agreement
from iacrl.runs.progress import ProgressBar, say
from iacrl.scoring.samples import DecodingName, EngineVerdict, ScoredSample

#: Texts per core in one call of a second judge: enough to keep the cores busy.
_TEXTS = 8


def judge_by_program(domain: str, options: Options, texts: Iterable[str]) -> dict[str, EngineVerdict]:
    """Return the verdict of the domain's second judge on each text, if it has one.

    Raises:
        UserError: The domain has no second judge, or it is not available.
    """
    distinct = list(dict.fromkeys(texts))
    size = _TEXTS * (os.cpu_count() or 1)
    found: dict[str, EngineVerdict] = {}
    with second_judge(domain, options) as judge, ProgressBar(judge.name, len(distinct)) as bar:
        for start in range(0, len(distinct), size):
            some = distinct[start : start + size]
            for text, opinion in zip(some, judge.judge(some), strict=True):
                if opinion.valid is not None:
                    found[text] = EngineVerdict(opinion.valid, opinion.diagnostics)
                elif opinion.fault:
                    say(f"{judge.name} could not judge a text: {opinion.fault}")
            bar.update(start + len(some))
    return found


def agreement(samples: Iterable[ScoredSample]) -> tuple[Agreement, ...]:
    """Return how often both judges agree on the samples that both judged, by domain, policy and decoding."""
    counts: dict[tuple[str, DecodingName, str], Counter[tuple[bool, bool]]] = {}
    for one in samples:
        if one.engine is not None and not one.verdict.unchecked:
            pair = (one.verdict.valid, one.engine.valid)
            counts.setdefault((one.policy, one.decoding, one.domain), Counter())[pair] += 1
    return tuple(
        Agreement(
            policy, decoding, pairs[True, True], pairs[False, False], pairs[True, False], pairs[False, True], domain
        )
        for (policy, decoding, domain), pairs in counts.items()
    )
