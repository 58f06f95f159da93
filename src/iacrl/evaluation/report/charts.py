"""What each chart of a report shows, as data; `drawing` turns them into pictures and the page into tables as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from iacrl.evaluation.figures import By, Evaluation, Result
from iacrl.evaluation.metrics import Estimate
from iacrl.evaluation.report.curves import Curve, Point
from iacrl.evaluation.report.summary import RunSummary, Summary
from iacrl.validators.verdict import LAYERS

#: The colour of what is no model.
NEUTRAL = -1

#: Points of one line; longer curves are averaged down to this many, which is more than the width can show.
_MOST_POINTS = 240


@dataclass(frozen=True, slots=True)
class Value:
    """A number at `x`, with the bounds of its interval or band where it has one."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """Values that belong together.

    Attributes:
        hue: Which colour of the palette; `NEUTRAL` for a trivial policy.
        second: It is drawn so that it can be told from a series of the same colour: dashed, or hollow.
    """

    label: str
    values: tuple[Value, ...]
    hue: int = 0
    second: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes."""

    title: str
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture with a table of its values.

    Attributes:
        name: Of its file.
        section: Where the report shows it: `results`, `learning` or `slices`.
        title: What it shows.
        about: How to read it, in a sentence.
        x, y: What the axes measure.
        panels: Side by side where there are several.
    """

    name: str
    section: str
    title: str
    about: str
    x: str
    y: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Lines(Chart):
    """Lines over x.

    Attributes:
        share: y is from 0 to 1.
        percent: y is shown in percent; only where `share`.
        bands: The bounds are a band, and no error bars.
    """

    share: bool = True
    percent: bool = True
    bands: bool = True


@dataclass(frozen=True, slots=True)
class Dots(Chart):
    """Shares with intervals, one row for each of `rows`; a value's x is the number of its row."""

    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stack(Chart):
    """Shares that add up to 1, one bar for each of `rows`. Each series is one part; a value's x is its row's number."""

    rows: tuple[str, ...] = ()


def charts_of(summary: Summary) -> list[Chart]:
    """Return the charts that the runs have values for, in the order of the report."""
    makers: Sequence[Callable[[Summary], Chart | None]] = (
        _pass_at_1,
        _pass_at_k,
        _layers,
        *(partial(_line, figure=figure) for figure in _BEFORE_PARTS),
        _parts,
        *(partial(_line, figure=figure) for figure in _AFTER_PARTS),
        lambda of: _slices(of, "domain", None),
        lambda of: _slices(of, "difficulty", None),
        lambda of: _slices(of, "family", "terraform"),
        lambda of: _slices(of, "family", "kubernetes"),
        lambda of: _slices(of, "family", ""),
    )
    return [chart for make in makers if (chart := make(summary)) is not None]


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


def _results(summary: Summary) -> Iterator[tuple[RunSummary, Result]]:
    """Yield models first, then the trivial policies of the first run: they are the same in the second."""
    for run, evaluation in _evaluations(summary):
        for result in evaluation.results:
            if not result.trivial:
                yield run, result
    for run, evaluation in list(_evaluations(summary))[:1]:
        for result in evaluation.results:
            if result.trivial:
                yield run, result


def row_label(run: RunSummary, result: Result, summary: Summary) -> str:
    """Return how a policy with one decoding is called; nothing is known of the decoding of answers from elsewhere."""
    if result.trivial:
        return f"{result.policy} (trivial)"
    decoding = "" if result.decoding == "given" else f", {result.decoding}"
    return f"{label_of(run, result.policy, summary)}{decoding}"


def _hue(result: Result, hues: dict[str, int]) -> int:
    return NEUTRAL if result.trivial else hues.get(result.policy, 0)


def _value(x: float, found: Estimate) -> Value:
    return Value(x, found.value, found.low, found.high)


def _pass_at_1(summary: Summary) -> Chart | None:
    hues = hues_of(summary)
    found = list(_results(summary))
    series = tuple(
        Series(
            row_label(run, result, summary),
            (_value(row, result.rates().passed[1]),),
            _hue(result, hues),
            result.decoding == "sampled",
        )
        for row, (run, result) in enumerate(found)
    )
    if not series:
        return None
    about = "Valid, and everything that was asked for is there: share of tasks, with its 95 % interval."
    rows = tuple(one.label for one in series)
    return Dots("pass-at-1", "results", "pass@1", about, "pass@1", "", (Panel("", series),), rows)


def _pass_at_k(summary: Summary) -> Chart | None:
    hues = hues_of(summary)
    series = tuple(
        Series(
            label_of(run, result.policy, summary),
            tuple(_value(k, passed) for k, passed in sorted(result.rates().passed.items())),
            _hue(result, hues),
            run is not summary.runs[0],
        )
        for run, result in _results(summary)
        if len(result.rates().passed) > 1
    )
    if not series:
        return None
    about = "Share of tasks that at least one of k sampled completions solves (unbiased), with its 95 % interval."
    return Lines("pass-at-k", "results", "pass@k", about, "k", "pass@k", (Panel("", series),), bands=False)


#: What is said of a completion that passed the layers below and failed at this one.
_ENDS = {
    "extract": "no text",
    "syntax": "fails syntax",
    "structure": "fails structure",
    "schema": "fails schema",
    "references": "fails references",
    "intent": "valid, incomplete",
}


def _layers(summary: Summary) -> Chart | None:
    found = list(_results(summary))
    if not found:
        return None
    rows = tuple(row_label(run, result, summary) for run, result in found)
    shares: dict[str, list[float]] = {words: [] for words in (*_ENDS.values(), "passes")}
    for _, result in found:
        before = 1.0
        for layer in LAYERS:
            here = result.rates().layers.get(layer)
            now = before if here is None else min(before, here.value)
            shares[_ENDS[layer]].append(before - now)
            before = now
        shares["passes"].append(before)
    series = tuple(
        Series(words, tuple(Value(row, share) for row, share in enumerate(values)), hue)
        for hue, (words, values) in enumerate(shares.items())
        if any(share > 0 for share in values)
    )
    about = "The layer at which completions fail, as a share of all completions."
    return Stack("layers", "results", "How far completions get", about, "share", "", (Panel("", series),), rows)


@dataclass(frozen=True, slots=True)
class _Figure:
    """How one curve is shown."""

    stage: str
    curve: str
    name: str
    title: str
    about: str
    y: str
    share: bool = True
    percent: bool = True


_BEFORE_PARTS = (
    _Figure("sft", "loss", "sft-loss", "SFT: loss", "Cross-entropy of the gold answers.", "nats per token", False),
    _Figure(
        "sft", "mean_token_accuracy", "sft-accuracy", "SFT: token accuracy", "Tokens that are the likeliest.", "share"
    ),
    _Figure(
        "grpo",
        "score",
        "grpo-score",
        "GRPO: score",
        "Mean score of a step's completions, with one standard deviation.",
        "score",
        percent=False,
    ),
    _Figure("grpo", "passed", "grpo-passed", "GRPO: passed", "Completions that do everything that was asked.", "share"),
)
_AFTER_PARTS = (
    _Figure(
        "grpo",
        "completions/mean_length",
        "grpo-length",
        "GRPO: length",
        "Mean length of a completion.",
        "tokens",
        False,
    ),
    _Figure(
        "grpo",
        "completions/clipped_ratio",
        "grpo-cut-off",
        "GRPO: cut off",
        "Completions that the token limit cut off.",
        "share",
    ),
    _Figure("grpo", "entropy", "grpo-entropy", "GRPO: entropy", "Of the next token, mean.", "nats", False),
    _Figure(
        "grpo",
        "frac_reward_zero_std",
        "grpo-no-signal",
        "GRPO: groups without a signal",
        "Groups whose completions all have the same score: they teach nothing.",
        "share",
    ),
)


def _line(summary: Summary, *, figure: _Figure) -> Chart | None:
    series = _curve_series(summary, figure.stage, figure.curve, share=figure.share)
    if not series:
        return None
    panels = (Panel("", series),)
    return Lines(
        figure.name,
        "learning",
        figure.title,
        figure.about,
        "optimizer step",
        figure.y,
        panels,
        share=figure.share,
        percent=figure.percent,
    )


def _parts(summary: Summary) -> Chart | None:
    names = dict.fromkeys(
        curve.name for run in summary.runs for curve in run.curves if curve.name.startswith("reward/")
    )
    panels = tuple(
        Panel(name.removeprefix("reward/"), _curve_series(summary, "grpo", name, share=True)) for name in names
    )
    if not panels:
        return None
    about = "Each part of the reward: its mean over the completions of a step, with one standard deviation."
    title = "GRPO: parts of the reward"
    return Lines("grpo-rewards", "learning", title, about, "optimizer step", "value", panels, percent=False)


#: The colours that SFT and GRPO have as policies after the base; those of a second run follow.
_STAGE_HUES = {"sft": 1, "grpo": 2}


def _curve_series(summary: Summary, stage: str, name: str, *, share: bool) -> tuple[Series, ...]:
    found = [(number, run, run.curve(name, stage)) for number, run in enumerate(summary.runs)]
    return tuple(
        Series(run.name, _values(curve, share=share), hue=_STAGE_HUES[stage] + 2 * number, second=number > 0)
        for number, run, curve in found
        if curve is not None
    )


def _values(curve: Curve, *, share: bool) -> tuple[Value, ...]:
    return tuple(_with_band(point, share=share) for point in _thinned(curve.points))


def _with_band(point: Point, *, share: bool) -> Value:
    if point.deviation is None:
        return Value(point.step, point.mean)
    low, high = point.mean - point.deviation, point.mean + point.deviation
    return Value(point.step, point.mean, max(low, 0.0) if share else low, min(high, 1.0) if share else high)


def _thinned(points: Sequence[Point]) -> list[Point]:
    """Return at most `_MOST_POINTS` points: each the mean of as many neighbours."""
    width = -(-len(points) // _MOST_POINTS)
    if width <= 1:
        return list(points)
    return [_mean(points[start : start + width]) for start in range(0, len(points), width)]


def _mean(points: Sequence[Point]) -> Point:
    deviations = [point.deviation for point in points if point.deviation is not None]
    return Point(
        points[len(points) // 2].step,
        sum(point.mean for point in points) / len(points),
        sum(deviations) / len(deviations) if deviations else None,
    )


def _slices(summary: Summary, by: By, domain: str | None) -> Chart | None:
    """Return pass@1 by slice. Families are shown one domain at a time; `""` are those whose domain is not known."""
    hues = hues_of(summary)
    families = {name: where for run in summary.runs for name, where in run.families.items()}
    found = [(run, result) for run, result in _results(summary) if result.decoding == _main_decoding(summary)]
    trivial = [(run, result) for run, result in _results(summary) if result.trivial]
    names = dict.fromkeys(
        one.name
        for _, result in found
        for one in result.slices
        if one.by == by and (domain is None or families.get(one.name, "") == domain)
    )
    rows = {name: row for row, name in enumerate(sorted(names))}
    if len(rows) < (1 if by == "family" else 2):
        return None
    models = tuple(
        Series(
            label_of(run, result.policy, summary),
            _rows(result, by, rows),
            _hue(result, hues),
            run is not summary.runs[0],
        )
        for run, result in found
        if not result.trivial
    )
    best = _best(trivial, by, rows)
    series = (*models, Series("best trivial policy", best, NEUTRAL)) if best else models
    where = f", {domain}" if domain else ""
    title = f"pass@1 by {by}{where}"
    decoding = _main_decoding(summary)
    about = "With 95 % intervals." if decoding == "given" else f"{decoding.capitalize()} decoding, with 95 % intervals."
    name = f"by-{by}" + (f"-{domain}" if domain else "")
    return Dots(name, "slices", title, about, "pass@1", "", (Panel("", series),), tuple(rows))


def _main_decoding(summary: Summary) -> str:
    """Return the decoding that slices are shown for: the first that the first evaluation used."""
    decodings = [result.decoding for _, result in _results(summary) if not result.trivial]
    return "greedy" if "greedy" in decodings or not decodings else decodings[0]


def _rows(result: Result, by: By, rows: dict[str, int]) -> tuple[Value, ...]:
    return tuple(
        _value(rows[one.name], one.rates.passed[1]) for one in result.slices if one.by == by and one.name in rows
    )


def _best(trivial: Sequence[tuple[RunSummary, Result]], by: By, rows: dict[str, int]) -> tuple[Value, ...]:
    """Return, for each row, the rate of the trivial policy that does best there."""
    best: dict[float, float] = {}
    for _, result in trivial:
        for value in _rows(result, by, rows):
            best[value.x] = max(value.y, best.get(value.x, 0.0))
    return tuple(Value(x, y) for x, y in sorted(best.items()))
