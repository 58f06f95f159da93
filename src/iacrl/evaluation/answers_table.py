"""What more answers of the same model bring and cost: the rows of one table, on a terminal and in a report."""

from __future__ import annotations

from collections.abc import Iterator

from iacrl.evaluation.figures import Estimate, Evaluation, Policy, PolicyResult

TITLE = "more answers of the same model: pass@1 in %, and tokens generated for a task"


def answers_rows(evaluation: Evaluation, *, missing: str) -> Iterator[tuple[str, ...]]:
    """Yield the header and the rows, nothing if every policy is a model; `missing` is what is not known.

    A model has the rows of its decodings, each followed by the best of several answers and by the turns of a repair.
    """
    further: dict[str, list[Policy]] = {}
    for one in evaluation.policies:
        if one.origin is not None:
            further.setdefault(one.origin, []).append(one)
    if not further:
        return
    yield ("policy", "decoding", "answer", "pass@1", "valid", "tokens")
    found = {(one.policy, one.decoding): one for one in evaluation.results}
    for model, policies in further.items():
        for decoding in evaluation.protocol.decodings:
            rows = [("first", found.get((model, decoding.name)))]
            rows += [(_words(one), found.get((one.label, decoding.name))) for one in policies]
            for words, result in rows:
                if result is not None:
                    yield (model, decoding.name, words, *_cells(result, missing))


def _words(policy: Policy) -> str:
    return f"best of {policy.best_of}" if policy.best_of > 1 else f"repaired, turn {policy.repairs}"


def _cells(result: PolicyResult, missing: str) -> Iterator[str]:
    rates = result.rates()
    yield percent(rates.passed[1])
    yield percent(rates.valid[1])
    yield missing if rates.spent is None else f"{rates.spent:.0f}"


def percent(found: Estimate) -> str:
    """Return `52.5 [45.6, 59.3]`."""
    return f"{100 * found.value:.1f} [{100 * found.low:.1f}, {100 * found.high:.1f}]"
