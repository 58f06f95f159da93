"""`iacrl validate`: judge files, directories, standard input or rows of texts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iacrl.cli.completing import complete_codes, complete_files
from iacrl.cli.report_options import REPORTING, InOrder, given_settings, in_order, report_options
from iacrl.cli.shared_options import (
    CONTEXT_ALONE,
    COUNT,
    FILE,
    context_option,
    domain_options,
    examples,
    given_options,
    program_option,
    refuse_useless,
)
from iacrl.domains.registry import domain_names
from iacrl.errors import UserError
from iacrl.sources.formats import FOR_PEOPLE, FORMS, JSON_FORMS, explanation
from iacrl.sources.judging import Judging
from iacrl.sources.outputs import paired, write_file
from iacrl.sources.plain_text import count
from iacrl.sources.settings import Given, Settings
from iacrl.terminal import echo, echo_line, write, write_json

if TYPE_CHECKING:
    from iacrl.sources.bulk import RowJudge


@click.command(
    cls=InOrder,
    epilog=examples(
        "iacrl validate infra",
        "iacrl validate main.tf --strict --format sarif --out x.sarif --format text",
        "model | iacrl validate - --domain kubernetes",
        "iacrl validate --jsonl answers.jsonl --jobs 4 > verdicts.jsonl",
    ),
)
@click.argument("files", nargs=-1, metavar="[FILE|DIRECTORY|-]...", shell_complete=complete_files)
@click.option("--jsonl", type=FILE, help='Rows {"id", "domain", "text"} to judge. E.g. --jsonl answers.jsonl')
@click.option(
    "--jobs",
    type=COUNT,
    help="With --jsonl: how many processes judge; by default one for each core. E.g. --jobs 4",
)
@click.option(
    "--domain",
    type=click.Choice(domain_names()),
    help="Of sources whose name does not tell, such as `-`; in directories, the only one to judge. "
    f"E.g. --domain {domain_names()[0]} - < FILE",
)
@click.option(
    "--discover",
    is_flag=True,
    help="Take files as if found in a directory: one file of a module selects the whole module; files that no "
    "domain claims and excluded files are left out. E.g. iacrl validate --discover -- $(git diff --name-only)",
)
@click.option(
    "--format",
    "forms",
    type=click.Choice(list(FORMS)),
    multiple=True,
    help="What to print, text by default; may be repeated. E.g. --format sarif --out x.sarif --format text",
)
@click.option(
    "--out",
    "outs",
    metavar="FILE",
    multiple=True,
    help="Where the --format before it goes instead of standard output. E.g. --format junit --out report.xml",
)
@program_option("Judge in process, or the texts of one domain by its real program.")
@report_options
@context_option
@domain_options
@click.option(
    "--explain",
    metavar="CODE",
    shell_complete=complete_codes,
    help="Say what a rule means, and stop. E.g. --explain TF304",
)
def command(
    files: tuple[str, ...],
    jsonl: Path | None,
    jobs: int | None,
    domain: str | None,
    discover: bool,
    forms: tuple[str, ...],
    outs: tuple[str, ...],
    engine: str | None,
    write_baseline: bool,
    changed_since: str | None,
    context: str | None,
    explain: str | None,
    **rest: Any,
) -> int:
    """Judge sources, offline.

    A module's directory gets one verdict, and so does each module below it. Every other file that a domain claims gets
    its own verdict. Manifests of one directory, or named in one call, may refer to each other. Helm charts and
    kustomizations are rendered if `helm` and `kubectl` are installed.

    What is reported follows [tool.iacrl] in the nearest pyproject.toml or an .iacrl.toml, comments such as
    `# iacrl: ignore TF304`, and the options. Exit status: 0 all valid, 1 something invalid, 2 could not run.
    """
    if explain is not None:
        refuse_useless("has no effect with --explain.", files="FILE", jsonl="--jsonl", forms="--format", outs="--out")
        echo(explanation(explain), nl=False)
        return 0
    if jsonl is None and not files:
        raise click.UsageError("Name files, directories or `-`; or rows with --jsonl.")
    reporting = {name: rest.pop(name) for name in REPORTING}
    options = given_options(rest)
    if context is not None:
        if engine is None:
            raise click.UsageError(CONTEXT_ALONE)
        options.setdefault(engine, {})["context"] = context
    if jsonl is not None:
        if files:
            raise click.UsageError(f"--jsonl judges the rows of one file; leave out {', '.join(files)}.")
        # Only `--strict` applies to a verdict; the rest is about files.
        about_files = {name: value for name, value in reporting.items() if name != "strict"}
        _refuse_with_rows(
            domain=domain, discover=discover, format=forms, out=outs,
            write_baseline=write_baseline, changed_since=changed_since, **about_files,
        )  # fmt: skip
        with Judging(Given(settings=Settings(options=options)), engine) as judging:
            from iacrl.sources.bulk import RowJudge, usable_cores  # its imports take long

            rows = RowJudge(judging.judges(judging.finder.given.settings), reporting["strict"])
            # Processes cannot share a real program.
            return _judge_rows(jsonl, rows, 1 if engine else jobs or usable_cores())
    if jobs is not None:
        raise click.UsageError("--jobs needs --jsonl: it is about rows.")
    outputs = paired(in_order(forms=forms, outs=outs))
    with Judging(given_settings(options, **reporting), engine) as judging:
        sources = judging.find(files, domain, discover=discover)
        things, changed = sources.things, None
        if changed_since is not None:
            from iacrl.sources.changed import only_changed

            things, changed = only_changed(things, changed_since)
        found = list(judging.judge(things))
        if changed is not None:
            found = [source for thing, source in zip(things, found, strict=True) if thing in changed]
            things = [thing for thing in things if thing in changed]
        if write_baseline:
            for file, number in judging.write_baselines(things, found).items():
                echo_line(f"Wrote {file}: it knows {count(number, 'finding')}.", err=True)
        found, gone = judging.without_known(things, found)
        if gone:
            echo(f"{count(gone, 'known finding')} gone: --write-baseline renews the baseline.", err=True)
        failed = judging.fails(things, found, sources.left_out)
    for output in outputs:
        printed = FORMS[output.form](found, sources.left_out)
        if output.file is not None:
            write_file(output, output.file, printed)
        elif output.form == FOR_PEOPLE:
            echo(printed, nl=False)
        elif output.form in JSON_FORMS:
            write_json(printed, nl=False)
        else:
            write(printed, nl=False)
    return int(failed)


def _refuse_with_rows(**given: object) -> None:
    for name, value in given.items():
        if value:
            option = name.replace("_", "-")
            raise click.UsageError(
                f"--{option} cannot be combined with --jsonl: each row names its domain, and its verdict is the answer."
            )


def _judge_rows(path: Path, rows: RowJudge, jobs: int) -> int:
    """Judge each row and print the outcomes in order as they arrive, so that a long file can be piped."""
    from iacrl.sources.bulk import judge_rows

    valid = True
    for outcome in judge_rows(path, rows, jobs):
        write_json(outcome.text, nl=False)
        if outcome.error:
            raise UserError(outcome.error)
        valid = valid and outcome.valid
    return int(not valid)
