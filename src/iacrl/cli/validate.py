"""`iacrl validate`: judge files, directories, standard input or rows of texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from iacrl.cli.shared_options import CONTEXT_ALONE, FILE, context_option, domain_options, given_options
from iacrl.domains.base import Options
from iacrl.domains.registry import all_domains, domain_names, find_domain
from iacrl.domains.verdict import Verdict, layers_passed
from iacrl.errors import UserError
from iacrl.files import read_rows
from iacrl.sources.formats import FOR_PEOPLE, FORMS, explanation, verdict_row
from iacrl.sources.judged import Judged, Judges, fast_judges, find_sources, judge
from iacrl.terminal import echo, write


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE|DIRECTORY|-]...")
@click.option("--jsonl", type=FILE, help='Rows {"id", "domain", "text"} to judge.')
@click.option(
    "--domain",
    type=click.Choice(domain_names()),
    help="Of sources whose name does not tell, such as `-`; in directories, the only one to judge.",
)
@click.option(
    "--discover",
    is_flag=True,
    help="Take files as if found in a directory: one of a module stands for it, what no domain claims is left out.",
)
@click.option(
    "--format", "form", type=click.Choice(list(FORMS)), default="text", show_default=True, help="What to print."
)
@click.option(
    "--engine",
    type=click.Choice(["fast", *(domain.name for domain in all_domains() if domain.engine)]),
    default="fast",
    show_default=True,
    help="Judge in process, or the texts of one domain by its real program.",
)
@click.option("--strict", is_flag=True, help="Take warnings for errors.")
@context_option
@domain_options
@click.option("--explain", metavar="CODE", help="Say what a rule means, and stop.")
def command(
    files: tuple[str, ...],
    jsonl: Path | None,
    domain: str | None,
    discover: bool,
    form: str,
    engine: str,
    strict: bool,
    context: str | None,
    explain: str | None,
    **options: str | None,
) -> int:
    """Judge sources, offline.

    A directory that is a module is judged as one, and so is each one below it; the other files in it that a domain
    claims are judged each with its own verdict. Manifests of one directory, or named in one call, count for each other;
    Helm charts and kustomizations are rendered where `helm` and `kubectl` are. Exit status: 0 all valid, 1 something
    invalid, 2 could not run.
    """
    if explain is not None:
        echo(explanation(explain), nl=False)
        return 0
    if jsonl is None and not files:
        raise click.UsageError("Name files, directories or `-`; or rows with --jsonl.")
    if jsonl is not None:
        if files:
            raise click.UsageError(f"--jsonl judges the rows of one file; leave out {', '.join(files)}.")
        _refuse_beside_rows(domain=domain, discover=discover, format=form != "text")
    given = given_options(options)
    if context is not None:
        if engine == "fast":
            raise click.UsageError(CONTEXT_ALONE)
        given.setdefault(engine, {})["context"] = context
    with _judges(engine, given) as judges:
        if strict:
            judges = {name: _strictly(judge) for name, judge in judges.items()}
        if jsonl is not None:
            return _judge_rows(jsonl, judges)
        sources = find_sources(files, domain, discover=discover)
        found = list(judge(sources.things, judges))
    printed = FORMS[form](found, sources.left_out)
    if form in FOR_PEOPLE:
        echo(printed, nl=False)
    else:
        write(printed, nl=False)
    return int(not all(source.verdict.valid for source in found))


@contextmanager
def _judges(engine: str, options: Mapping[str, Options]) -> Iterator[Judges]:
    judges = fast_judges(options)
    found = None if engine == "fast" else find_domain(engine)
    if found is None or found.engine is None:
        yield judges
        return
    with found.engine(found.resolved(options.get(engine, {}))) as program:
        yield {**judges, engine: program.validate}


def _strictly(judge: Callable[[str | Path], Verdict]) -> Callable[[str | Path], Verdict]:
    def judge_strictly(source: str | Path) -> Verdict:
        verdict = judge(source)
        found = tuple(each._replace(severity="error") for each in verdict.diagnostics)
        return verdict._replace(diagnostics=found, layers=layers_passed(verdict.layers, found))

    return judge_strictly


def _refuse_beside_rows(**given: object) -> None:
    for name, value in given.items():
        if value:
            raise click.UsageError(
                f"--{name} does not go with --jsonl: each row names its domain, and is answered by one."
            )


def _judge_rows(path: Path, judges: Judges) -> int:
    """Judge each row and print its outcome as it is known, so that a long file can be piped."""
    valid = True
    place = None
    for number, row in read_rows(path):
        place = f"{path}:{number}"
        missing = [name for name in ("id", "domain", "text") if name not in row]
        if missing:
            raise UserError(f'{place}: `{missing[0]}` is missing; a row is {{"id", "domain", "text"}}.')
        identity, domain, text = (row.get(name) for name in ("id", "domain", "text"))
        try:
            judge = judges[find_domain(str(domain)).name]
        except UserError as error:
            raise UserError(f"{place}: `domain`: {error}") from None
        if not isinstance(text, str):
            raise UserError(f"{place}: `text` is {type(text).__name__}; expected a string.")
        verdict = judge(text)
        source = Judged(str(identity), {None: text}, verdict)
        write(json.dumps({"id": identity, **verdict_row(source)}))
        valid = valid and verdict.valid
    if place is None:
        raise UserError(f"{path}: holds no rows to judge.")
    return int(not valid)
