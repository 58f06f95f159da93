"""`iacrl validate`: judge files, directories, standard input or rows of texts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from iacrl.cli.formats import FORMS, explanation, verdict_row
from iacrl.cli.judged import Judged, Judges, judge_arguments
from iacrl.errors import UserError, did_you_mean
from iacrl.files import read_rows
from iacrl.validators import validate
from iacrl.validators.rules import find_rule
from iacrl.validators.verdict import DOMAINS, Domain, Verdict


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE|DIRECTORY|-]...")
@click.option(
    "--jsonl", type=click.Path(path_type=Path, dir_okay=False), help='Rows {"id", "domain", "text"} to judge.'
)
@click.option("--domain", type=click.Choice(DOMAINS), help="Of sources whose name does not tell, such as `-`.")
@click.option(
    "--format", "form", type=click.Choice(list(FORMS)), default="text", show_default=True, help="What to print."
)
@click.option(
    "--engine",
    type=click.Choice(["fast", "terraform"]),
    default="fast",
    show_default=True,
    help="Judge Terraform in process, or by the real program.",
)
@click.option("--kubernetes-version", metavar="1.N", help="The API to judge manifests by; the newest by default.")
@click.option("--explain", metavar="CODE", help="Say what a rule means, and stop.")
def command(
    files: tuple[str, ...],
    jsonl: Path | None,
    domain: Domain | None,
    form: str,
    engine: str,
    kubernetes_version: str | None,
    explain: str | None,
) -> int:
    """Judge Terraform and Kubernetes sources, offline.

    A directory with .tf files is judged as one module. Exit status: 0 all valid, 1 something invalid, 2 could not run.
    """
    if explain is not None:
        click.echo(explanation(find_rule(explain)), nl=False)
        return 0
    if (jsonl is None) == (not files):
        raise click.UsageError("Name files, directories or `-`; or rows with --jsonl.")
    with _judges(engine, kubernetes_version) as judges:
        if jsonl is not None:
            return _judge_rows(jsonl, judges)
        found = list(judge_arguments(files, domain, judges))
    click.echo(FORMS[form](found), nl=False)
    return int(not all(source.verdict.valid for source in found))


@contextmanager
def _judges(engine: str, kubernetes_version: str | None) -> Iterator[Judges]:
    from iacrl.validators.terraform import validate_directory, validate_text

    def judge_terraform(source: str | Path) -> Verdict:
        return validate_directory(source) if isinstance(source, Path) else validate_text(source)

    def judge_kubernetes(source: str | Path) -> Verdict:
        return validate(str(source), "kubernetes", kubernetes_version=kubernetes_version)

    if engine == "terraform":
        from iacrl.validators.terraform.engine import TerraformEngine

        with TerraformEngine() as program:
            yield {"terraform": program.validate, "kubernetes": judge_kubernetes}
    else:
        yield {"terraform": judge_terraform, "kubernetes": judge_kubernetes}


def _judge_rows(path: Path, judges: Judges) -> int:
    """Judge each row and print its outcome as it is known, so that a long file can be piped."""
    valid = True
    for number, row in read_rows(path):
        place = f"{path}:{number}"
        identity, domain, text = (row.get(name) for name in ("id", "domain", "text"))
        if domain not in DOMAINS:
            raise UserError(f"{place}: `domain` is {domain!r}.{did_you_mean(str(domain), DOMAINS)} One of {DOMAINS}.")
        if not isinstance(text, str):
            raise UserError(f"{place}: `text` is {type(text).__name__}; expected a string.")
        if "id" not in row:
            raise UserError(f"{place}: `id` is missing; it names the row in the output.")
        verdict = judges[domain](text)
        source = Judged(str(identity), {None: text}, verdict)
        click.echo(json.dumps({"id": identity, **verdict_row(source)}))
        valid = valid and verdict.valid
    return int(not valid)
