"""From outcomes to figures: rates on every slice of the tasks, the most frequent errors, paired differences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from statistics import fmean

from iacrl.domains.registry import domain_names
from iacrl.evaluation.figures import By, DiagnosticCount, Difference, Estimate, PolicyResult, Rates, Slice
from iacrl.evaluation.metrics import estimates, holm, mcnemar, paired_difference, pass_at_k, tasks_needed
from iacrl.scoring.judgement import JUDGED_LAYERS, JudgedLayer
from iacrl.scoring.samples import DecodingName, ScoredSample

#: The samples of one policy with one decoding: the id of each task to its samples, at least one.
Outcomes = Mapping[str, Sequence[ScoredSample]]


def cluster_of(sample: ScoredSample) -> Hashable:
    """Return the cluster of a sample's task: its family; a task without one is its own cluster."""
    return (sample.domain, sample.family) if sample.family else sample.task


def gather(samples: Iterable[ScoredSample]) -> dict[tuple[str, DecodingName], dict[str, list[ScoredSample]]]:
    """Return the samples by policy and decoding, then by task, each in the order of first appearance.

    Their texts are left out: samples are many, and their texts long.
    """
    found: dict[tuple[str, DecodingName], dict[str, list[ScoredSample]]] = {}
    for one in samples:
        light = replace(one, prompt=(), completion="", text="", intent=None)
        found.setdefault((one.policy, one.decoding), {}).setdefault(one.task, []).append(light)
    return found


#: The most codes that are listed.
MOST_CODES = 20

#: A difference is significant below this p-value.
_ALPHA = 0.05

#: Of pass@1: the difference that `Difference.tasks_needed` is about.
SMALL_DIFFERENCE = 0.05

_SLICES: tuple[tuple[By, Callable[[ScoredSample], str]], ...] = (
    ("all", lambda sample: "all"),
    ("domain", lambda sample: sample.domain),
    ("family", lambda sample: sample.family or "none"),
    ("difficulty", lambda sample: "none" if sample.difficulty is None else str(sample.difficulty)),
)


def summarize(
    policy: str, decoding: DecodingName, outcomes: Outcomes, *, tasks: int, samples: int, trivial: bool = False
) -> PolicyResult:
    """Return all measurements of one policy with one decoding.

    Raises:
        ValueError: There are no outcomes.
    """
    found = [one for group in outcomes.values() for one in group]
    return PolicyResult(
        policy=policy,
        decoding=decoding,
        trivial=trivial,
        samples=samples,
        missing=tasks * samples - len(found),
        slices=tuple(_slices([outcomes[task] for task in sorted(outcomes)], samples)),
        diagnostics=_diagnostics(found),
        broken=sum(bool(one.error) for one in found),
    )


def ks_of(samples: int) -> list[int]:
    """Return each k of pass@k: the powers of two up to the number of completions, and that number."""
    return sorted({samples, *(2**power for power in range(samples.bit_length()))})


def _slices(groups: Sequence[Sequence[ScoredSample]], samples: int) -> Iterator[Slice]:
    for by, name_of in _SLICES:
        members: dict[str, list[Sequence[ScoredSample]]] = {}
        for group in groups:
            members.setdefault(name_of(group[0]), []).append(group)
        names = [name for name in domain_names() if name in members] if by == "domain" else sorted(members)
        for name in names:
            yield Slice(by, name, _rates(members[name], samples))


def _rates(groups: Sequence[Sequence[ScoredSample]], samples: int) -> Rates:
    passed: dict[int, Estimate] = {}
    valid: dict[int, Estimate] = {}
    for k in ks_of(samples):
        enough = [group for group in groups if len(group) >= k]
        if enough:
            columns = {
                "passed": [pass_at_k(len(group), sum(one.passed for one in group), k) for group in enough],
                "valid": [pass_at_k(len(group), sum(one.valid for one in group), k) for group in enough],
            }
            found = estimates(columns, [cluster_of(group[0]) for group in enough])
            passed[k], valid[k] = found["passed"], found["valid"]
    shares: dict[str, list[float]] = {
        layer: [fmean(layer in one.verdict.layers for one in group) for group in groups] for layer in JUDGED_LAYERS
    }
    # Only training keeps samples without a score.
    shares["score"] = [fmean(one.score or 0.0 for one in group) for group in groups]
    means = estimates(shares, [cluster_of(group[0]) for group in groups])
    flat = list(chain.from_iterable(groups))
    ends = [one.finish for one in flat if one.finish is not None]
    tokens = [one.tokens for one in flat if one.tokens is not None]
    spent = [cost for one in flat if (cost := one.tokens if one.spent is None else one.spent) is not None]
    return Rates(
        passed=passed,
        valid=valid,
        layers={layer: means[layer] for layer in JUDGED_LAYERS},
        score=means["score"],
        stopped=fmean(end == "stop" for end in ends) if ends else None,
        truncated=fmean(end == "length" for end in ends) if ends else None,
        tokens=fmean(tokens) if tokens else None,
        spent=fmean(spent) if spent else None,
    )


def _diagnostics(found: Sequence[ScoredSample]) -> tuple[DiagnosticCount, ...]:
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for one in found:
        errors = [error for error in one.verdict.diagnostics if error.severity == "error"]
        counts.update({error.code for error in errors})
        for error in errors:
            examples.setdefault(error.code, error.message)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_CODES]
    return tuple(DiagnosticCount(code, count, count / len(found), examples[code]) for code, count in ordered)


def differences(
    pairs: Sequence[tuple[tuple[str, Outcomes], tuple[str, Outcomes]]], decoding: DecodingName
) -> tuple[Difference, ...]:
    """Return the paired differences of each pair, and whether pass@1 differs by more than chance.

    P-values are corrected by Holm's method. If tasks have several completions, there is none; then an interval decides
    that is wider than the reported one (Bonferroni).

    Tasks that only one of a pair has answered are left out. So is a pair without common tasks.

    Args:
        pairs: `((label, outcomes), (label, outcomes))`, before and after.
    """
    drawn = [
        (before, after, [(old[task], new[task]) for task in old if task in new])
        for (before, old), (after, new) in pairs
    ]
    drawn = [(before, after, common) for before, after, common in drawn if common]
    changes = [_changes(common) for _, _, common in drawn]
    p_values = iter(holm([mcnemar(*change) for change in changes if change is not None]))
    found = []
    for (before, after, common), change in zip(drawn, changes, strict=True):
        passed = _paired(common, lambda one: one.passed)
        gained, lost = change or (None, None)
        p_value = None if change is None else next(p_values)
        wide = 1 - _ALPHA / len(drawn)
        deciding = passed if change is not None else _paired(common, lambda one: one.passed, level=wide)
        found.append(
            Difference(
                before=before,
                after=after,
                decoding=decoding,
                passed=passed,
                valid=_paired(common, lambda one: one.valid),
                score=_paired(common, lambda one: one.score or 0.0),
                layers={layer: _paired(common, partial(_has_passed, layer)) for layer in JUDGED_LAYERS},
                gained=gained,
                lost=lost,
                p_value=p_value,
                significant=(deciding.low > 0 or deciding.high < 0) and (p_value is None or p_value < _ALPHA),
                tasks_needed=tasks_needed(passed, SMALL_DIFFERENCE) if _varies(common) else None,
            )
        )
    return tuple(found)


def _varies(common: Sequence[tuple[Sequence[ScoredSample], Sequence[ScoredSample]]]) -> bool:
    """Say whether the pass rates of the tasks changed by different amounts."""
    shares = ([fmean(one.passed for one in samples) for samples in pair] for pair in common)
    return len({after - before for before, after in shares}) > 1


def _has_passed(layer: JudgedLayer, sample: ScoredSample) -> bool:
    return layer in sample.verdict.layers


def _paired(
    common: Sequence[tuple[Sequence[ScoredSample], Sequence[ScoredSample]]],
    figure: Callable[[ScoredSample], float],
    *,
    level: float = 0.95,
) -> Estimate:
    """Return the paired difference of a figure's mean over each task's completions."""
    return paired_difference(
        [fmean(map(figure, new)) for _, new in common],
        [fmean(map(figure, old)) for old, _ in common],
        [cluster_of(old[0]) for old, _ in common],
        level=level,
    )


def _changes(common: Sequence[tuple[Sequence[ScoredSample], Sequence[ScoredSample]]]) -> tuple[int, int] | None:
    """Return how many tasks pass only after, and only before; None if a task has several completions."""
    if any(len(old) > 1 or len(new) > 1 for old, new in common):
        return None
    pairs = [(old[0].passed, new[0].passed) for old, new in common]
    return pairs.count((False, True)), pairs.count((True, False))
