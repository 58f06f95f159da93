"""The table at the end of an evaluation."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from iacrl.evaluation.metrics import Estimate
from iacrl.evaluation.results import Results


def render_results(results: Results) -> RenderableType:
    """Return the rates (a row for each model and decoding, a column for each domain) and the gains below them."""
    domains = list(dict.fromkeys(rate.domain for rate in results.rates))
    table = Table(title="pass@1: valid and everything asked for, in % with 95 % intervals")
    table.add_column("model")
    table.add_column("decoding")
    for domain in domains:
        table.add_column(domain, justify="right")
    table.add_column("valid", justify="right")
    table.add_column("stopped", justify="right")
    by_row = {(rate.model, rate.decoding, rate.domain): rate for rate in results.rates}
    before = ""
    for model, decoding in dict.fromkeys((rate.model, rate.decoding) for rate in results.rates):
        if before and model != before:
            table.add_section()
        before = model
        overall = by_row[model, decoding, domains[-1]]
        table.add_row(
            model,
            decoding,
            *(percent(by_row[model, decoding, domain].passed) for domain in domains),
            percent(overall.valid),
            f"{100 * overall.stopped:.0f}",
        )
    gains = [
        Text(
            f"{gain.after} over {gain.before}, {gain.decoding}: {100 * gain.difference.value:+.1f} points "
            f"[{100 * gain.difference.low:+.1f}, {100 * gain.difference.high:+.1f}]"
            f"{'' if gain.difference.low > 0 or gain.difference.high < 0 else ', within chance'}"
        )
        for gain in results.gains
    ]
    return Group(table, *gains)


def percent(found: Estimate) -> str:
    """Return `52.5 [45.6, 59.3]`."""
    return f"{100 * found.value:.1f} [{100 * found.low:.1f}, {100 * found.high:.1f}]"
