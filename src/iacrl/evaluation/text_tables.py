"""The tables at the end of an evaluation and of a comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from iacrl.evaluation.answers_table import TITLE, answers_rows, percent
from iacrl.evaluation.figures import Difference, Estimate, Evaluation, GeneralResult, PolicyResult, Rates
from iacrl.terminal import printable

#: The most codes that are listed under the table.
_CODES = 5


def render_evaluation(evaluation: Evaluation) -> RenderableType:
    """Return the rates (a row for each policy and decoding, a column for each domain) and notes on them.

    The trivial policies are below the models: a figure means nothing without them.
    """
    lines = [
        *_missing(evaluation),
        *_broken(evaluation),
        *(line for one in evaluation.differences for line in _difference(one)),
        *_errors(evaluation),
        *_agreements(evaluation),
    ]
    parts: list[RenderableType] = [_rates_table(evaluation.results)]
    if any(max(result.rates().passed) > 1 for result in evaluation.results):
        parts.append(_pass_at_k_table(evaluation))
    if answers := list(answers_rows(evaluation, missing="")):
        parts.append(_table(TITLE, answers, left=3))
    if evaluation.general:
        general = list(general_rows(evaluation.general, missing=""))
        parts.append(_table("general ability, by lm-evaluation-harness (± standard error)", general, left=2))
    return Group(*parts, *map(_line, lines))


def render_differences(results: Sequence[PolicyResult], found: Sequence[Difference]) -> RenderableType:
    """Return the rates of the compared policies, each one's gain over the first, and whether it is more than chance."""
    return Group(_rates_table(results), *(_line(line) for one in found for line in _difference(one)))


def signed(found: Estimate) -> str:
    """Return a difference as `+5.0 [-1.2, +11.2]`, in hundredths."""
    return f"{100 * found.value:+.1f} [{100 * found.low:+.1f}, {100 * found.high:+.1f}]"


def _rates_table(results: Sequence[PolicyResult]) -> Table:
    domains = [slice_.name for slice_ in results[0].slices if slice_.by == "domain"]
    table = Table(title="pass@1: valid and everything asked for, in % with 95 % intervals")
    table.add_column("policy")
    table.add_column("decoding")
    for domain in domains if len(domains) > 1 else []:
        table.add_column(domain, justify="right")
    for column in ("all" if len(domains) > 1 else domains[0], "valid", "score", "stopped", "cut off"):
        table.add_column(column, justify="right")
    before = ""
    for result in results:
        block = "trivial" if result.trivial else result.policy
        if before and block != before:
            table.add_section()
        before = block
        table.add_row(printable(result.policy), _decoding(result), *_cells(result, domains))
    return table


def _cells(result: PolicyResult, domains: Sequence[str]) -> Iterator[str]:
    overall = result.rates()
    measured = {slice_.name: slice_.rates for slice_ in result.slices if slice_.by == "domain"}
    if len(domains) > 1:
        for domain in domains:
            yield percent(measured[domain].passed[1]) if domain in measured else ""
    yield percent(overall.passed[1])
    yield percent(overall.valid[1])
    yield f"{overall.score.value:.3f}"
    yield _share(overall.stopped)
    yield _share(overall.truncated)


def _pass_at_k_table(evaluation: Evaluation) -> Table:
    results = [result for result in evaluation.results if max(result.rates().passed) > 1]
    ks = sorted({k for result in results for k in result.rates().passed})
    table = Table(title="pass@k, in % with 95 % intervals")
    for column in ("policy", "decoding", "by"):
        table.add_column(column)
    for k in ks:
        table.add_column(f"pass@{k}", justify="right")
    for result in results:
        rates: Rates = result.rates()
        for by, measured in (("intent", rates.passed), ("validity", rates.valid)):
            cells = (percent(measured[k]) if k in measured else "" for k in ks)
            table.add_row(printable(result.policy), _decoding(result), by, *cells)
    return table


def general_rows(results: Sequence[GeneralResult], *, missing: str) -> Iterator[tuple[str, ...]]:
    """Yield the header and the rows of general ability, a column for each policy; `missing` is what is not known."""
    labels = list(dict.fromkeys(one.policy for one in results))
    found = {(one.task, one.metric, one.policy): one for one in results}
    yield ("task", "metric", "questions", *labels)
    for task, metric, documents in dict.fromkeys((one.task, one.metric, one.documents) for one in results):
        cells = [missing if documents is None else str(documents)]
        for label in labels:
            one = found.get((task, metric, label))
            error = f" ± {one.stderr:.4f}" if one is not None and one.stderr is not None else ""
            cells.append(missing if one is None else f"{one.value:.4f}{error}")
        yield (task, metric, *cells)


def _table(title: str, cells: Sequence[Sequence[str]], *, left: int) -> Table:
    """Return a table of a header and rows; the first `left` columns are words and the others figures."""
    table = Table(title=title)
    header, *rows = cells
    for number, column in enumerate(header):
        table.add_column(printable(column), justify="left" if number < left else "right")
    for row in rows:
        table.add_row(*map(printable, row))
    return table


def _line(line: str) -> Text:
    return Text(printable(line))


def _decoding(result: PolicyResult) -> str:
    return "" if result.decoding == "given" else result.decoding


def _share(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.0f}"


def _missing(evaluation: Evaluation) -> Iterator[str]:
    for result in evaluation.results:
        if result.missing:
            asked = evaluation.protocol.task_count * result.samples
            yield (
                f"{result.label}: {result.missing} of {asked} completions are missing; the rates "
                f"are over the {result.rates().passed[1].tasks} tasks (of {evaluation.protocol.task_count}) with any."
            )


def _broken(evaluation: Evaluation) -> Iterator[str]:
    for result in evaluation.results:
        if result.broken:
            yield (
                f"{result.label}: {result.broken} completions broke a reward or are too long, and score 0; "
                "`error` in samples.jsonl says how."
            )


def _difference(found: Difference) -> Iterator[str]:
    points = (
        f"{found.after} over {found.before}, {found.decoding}: {signed(found.passed)} points on "
        f"{found.passed.tasks} tasks"
    )
    if found.p_value is not None:
        p_value = "p < 0.001" if found.p_value < 0.001 else f"p = {found.p_value:.3f}"
        points += f", {found.gained} gained and {found.lost} lost ({p_value})"
    yield f"{points}: {'more than chance' if found.significant else 'within chance'}."
    layers = ", ".join(f"{layer} {signed(one)}" for layer, one in found.layers.items())
    yield f"  valid {signed(found.valid)}, score {signed(found.score)}; layers: {layers}"
    if not found.significant and found.tasks_needed is not None:
        yield f"  To find a difference of 5 points in pass@1, about {found.tasks_needed} such tasks are needed."


def _errors(evaluation: Evaluation) -> Iterator[str]:
    for result in evaluation.results:
        if not result.trivial and result.diagnostics:
            codes = ", ".join(f"{one.code} {100 * one.share:.0f} %" for one in result.diagnostics[:_CODES])
            yield f"{result.label}: most frequent errors {codes}."


def _agreements(evaluation: Evaluation) -> Iterator[str]:
    for one in evaluation.agreement:
        label = one.policy if one.decoding == "given" else f"{one.policy}, {one.decoding}"
        agreed = one.both_valid + one.both_invalid
        texts = f"{agreed + one.only_fast + one.only_program} texts of {one.domain}"
        yield (
            f"{label}: the second judge and the fast validator agree on {agreed} of {texts}; only the fast one finds "
            f"{one.only_fast} valid, only the second judge {one.only_program}."
        )
