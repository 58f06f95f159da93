"""`--engine terraform`: the real program's verdict beside the fast validator's, and how often they agree."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from iacrl.evaluation.figures import Agreement
from iacrl.evaluation.samples import DecodingName, EngineVerdict, Sample
from iacrl.runs.progress import ProgressBar


def judge_by_program(texts: Iterable[str]) -> dict[str, EngineVerdict]:
    """Return each text's verdict by the terraform or tofu on the PATH.

    Raises:
        UserError: There is no such program.
    """
    from iacrl.domains.terraform.engine import TerraformEngine

    distinct = list(dict.fromkeys(texts))
    found: dict[str, EngineVerdict] = {}
    with (
        TerraformEngine() as engine,
        ThreadPoolExecutor(os.cpu_count()) as pool,
        ProgressBar("terraform validate", len(distinct)) as bar,
    ):
        for text, verdict in zip(distinct, pool.map(engine.validate, distinct), strict=True):
            found[text] = EngineVerdict(verdict.valid, verdict.diagnostics)
            bar.update(len(found))
    return found


def agreement(samples: Iterable[Sample]) -> tuple[Agreement, ...]:
    """Return how often both judges agree, by policy and decoding, on the samples that the program has judged."""
    counts: dict[tuple[str, DecodingName], Counter[tuple[bool, bool]]] = {}
    for one in samples:
        if one.engine is not None:
            pair = (one.verdict.valid, one.engine.valid)
            counts.setdefault((one.policy, one.decoding), Counter())[pair] += 1
    return tuple(
        Agreement(
            policy,
            decoding,
            both_valid=pairs[True, True],
            both_invalid=pairs[False, False],
            only_fast=pairs[True, False],
            only_program=pairs[False, True],
        )
        for (policy, decoding), pairs in counts.items()
    )
