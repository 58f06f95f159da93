"""`iacrl plan`: what the real program would create, offline and without credentials."""

from __future__ import annotations

from pathlib import Path

import click

from iacrl.cli.printing import print_json
from iacrl.cli.shared_options import examples, format_option
from iacrl.domains.base import NO_OPTIONS
from iacrl.domains.registry import all_domains
from iacrl.sources.judged import FastJudge
from iacrl.sources.plain_text import headline
from iacrl.sources.reading import read_source
from iacrl.sources.shared_codes import with_shared_codes
from iacrl.terminal import echo, echo_line


@click.command(
    epilog=examples(
        "iacrl plan infra",
        "iacrl plan main.tf --format json",
    )
)
@click.argument("file", type=click.Path(exists=True, allow_dash=True, path_type=Path))
@format_option()
@click.option("--program", help="The program to run. Default: the one on the PATH.")
def command(file: Path, form: str, program: str | None) -> int:
    """Plan the creation of everything in FILE, a module's directory, or - for standard input.

    It needs no provider, network or cloud account: values that only the cloud knows are unknown in the plan, and data
    sources are placeholders. JSON is in the program's own form.

    Exit status: 0 planned, 1 could not be planned, 2 could not run.
    """
    planners = [(domain, domain.plan) for domain in all_domains() if domain.plan is not None]
    domain, plan = next((one for one in planners if file.name.endswith(one[0].suffixes)), planners[0])
    source = file if file.is_dir() else read_source(str(file))
    planned = plan(source, program)
    verdict = planned.verdict
    if verdict.diagnostics:
        verdict = with_shared_codes(verdict, FastJudge(domain, NO_OPTIONS)(source))
    for found in verdict.diagnostics:
        echo(headline(found, found.range.file or str(file)), err=True)
    for what in planned.verdict.unchecked:
        echo_line(f"not checked: {what}", err=True)
    if planned.changes is None:
        return 1
    if form == "json":
        print_json(planned.changes)
    else:
        echo("\n".join(planned.summary))
    return 0
