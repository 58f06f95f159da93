"""`iacrl monitor`: do answers from production drift?"""

from __future__ import annotations

import json
from pathlib import Path

import click

from iacrl.cli.shared_options import COUNT, FILE, FiniteRange, domain_options, examples, format_option, given_options
from iacrl.domains.registry import domain_names
from iacrl.extras import EVAL, require
from iacrl.files import require_folder, write_named
from iacrl.terminal import echo, write, write_json


@click.command(
    epilog=examples(
        "iacrl monitor answers.jsonl",
        "iacrl monitor answers.jsonl --every week --format html --out drift.html",
    )
)
@click.argument("log", type=FILE)
@click.option(
    "--every", type=click.Choice(["hour", "day", "week"]), default="day", show_default=True, help="One point, in UTC."
)
@click.option("--base", type=COUNT, default=7, show_default=True, help="How many of the first periods are the base.")
@click.option(
    "--min-rows",
    type=COUNT,
    default=50,
    show_default=True,
    help="Fewer answers of a domain in a period are not judged.",
)
@click.option(
    "--false-alarms",
    type=FiniteRange(0, 0.5, min_open=True),
    default=0.01,
    show_default=True,
    help="The chance that a report shows drift although nothing changed.",
)
@click.option(
    "--domain",
    type=click.Choice(domain_names()),
    help="Of rows that name none; by default the one that claims the answer.",
)
@click.option("--jobs", type=COUNT, help="Processes that judge; by default one for each core.")
@format_option("json", "html")
@click.option("--out", type=FILE, help="Where the output goes instead of standard output. E.g. --out drift.html")
@domain_options
def command(
    log: Path,
    every: str,
    base: int,
    min_rows: int,
    false_alarms: float,
    domain: str | None,
    jobs: int | None,
    form: str,
    out: Path | None,
    **options: str | None,
) -> int:
    """Judge the answers in LOG, and compare their validity and the rules that they break with a base period.

    LOG has rows {"completion", "time"[, "prompt", "domain"]}, in any order. Exit status: 0 in control, 1 drift, 2 could
    not run.
    """
    require("iacrl monitor", "eval", EVAL)
    if form == "html":
        require("The page of iacrl monitor", "report", ("jinja2", "matplotlib"))
    if out is not None:
        require_folder(out)
    from iacrl.evaluation.drift.findings import find_drift
    from iacrl.evaluation.drift.log_counts import SECONDS, LogJudge, count_log
    from iacrl.records import to_plain
    from iacrl.sources.bulk import usable_cores
    from iacrl.sources.judged import fast_judges

    length = next(name for name in SECONDS if name == every)
    judge = LogJudge(fast_judges(given_options(options)), length, domain)
    counts = count_log(log, judge, jobs or usable_cores())
    found = find_drift(counts, length, base=base, min_rows=min_rows, false_alarms=false_alarms)
    if form == "html":
        from iacrl.evaluation.drift.drift_page import render_drift

        text = render_drift(found).decode()
    elif form == "json":
        text = json.dumps({"drift": found.drifted, **to_plain(found)}, indent=1) + "\n"
    else:
        from iacrl.evaluation.drift.drift_text import text_lines

        text = "".join(f"{line}\n" for line in text_lines(found))
    if out is not None:
        write_named(out, text)
    elif form == "text":
        echo(text, nl=False)
    else:
        (write_json if form == "json" else write)(text, nl=False)
    return int(found.drifted)
