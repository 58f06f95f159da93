"""How the policies of one or two runs are named and coloured, the same in every chart and table."""

from __future__ import annotations

from collections.abc import Iterator

from iacrl.evaluation.figures import Evaluation, PolicyResult
from iacrl.evaluation.report.charts import NEUTRAL
from iacrl.evaluation.report.summary import RunSummary, Summary


def label_of(run: RunSummary, policy: str, summary: Summary) -> str:
    """Return how a policy is called: with the name of its run where there are two."""
    return policy if len(summary.runs) == 1 else f"{run.name} · {policy}"


def hues_of(summary: Summary) -> dict[str, int]:
    """Return the colour of each model, the same in all charts."""
    labels = dict.fromkeys(policy.label for _, evaluation in _evaluations(summary) for policy in evaluation.policies)
    return {label: number for number, label in enumerate(labels)}


def _evaluations(summary: Summary) -> Iterator[tuple[RunSummary, Evaluation]]:
    for run in summary.runs:
        if run.evaluation is not None:
            yield run, run.evaluation


def results_of(summary: Summary) -> Iterator[tuple[RunSummary, PolicyResult]]:
    """Yield models first, then the trivial policies of the first run: they are the same in the second."""
    found = [(run, evaluation.results) for run, evaluation in _evaluations(summary)]
    yield from ((run, result) for run, results in found for result in results if not result.trivial)
    yield from ((run, result) for run, results in found[:1] for result in results if result.trivial)


def row_label(run: RunSummary, result: PolicyResult, summary: Summary) -> str:
    """Return how a policy with one decoding is called."""
    return f"{result.policy} (trivial)" if result.trivial else label_of(run, result.label, summary)


def hue_of(result: PolicyResult, hues: dict[str, int]) -> int:
    """Return the colour of a policy; `hues` is what `hues_of` says."""
    return NEUTRAL if result.trivial else hues.get(result.policy, 0)
