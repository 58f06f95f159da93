"""`iacrl schema`: the schemas that texts are judged by, without network or credentials."""

from __future__ import annotations

from pathlib import Path

import click

from iacrl.cli.completing import complete_files
from iacrl.cli.printing import aligned, print_json
from iacrl.cli.shared_options import examples, format_option
from iacrl.errors import UserError
from iacrl.sources.discover import LeftOut, left_out_note
from iacrl.sources.reading import LARGEST_SCHEMA, read_bytes
from iacrl.sources.schema_folders import schema_files
from iacrl.sources.schemas import all_schemas, brief_schema, first_answer
from iacrl.terminal import echo


@click.group()
def command() -> None:
    """List, show, add and export the schemas that texts are judged by."""


@command.command("list", epilog=examples("iacrl schema list", "iacrl schema list --format json"))
@format_option()
def list_(form: str) -> None:
    """List every available schema, shipped and added."""
    found = [schemas.listed() for schemas in all_schemas()]
    if form == "json":
        print_json([row for one in found for row in one.rows])
        return
    for index, one in enumerate(found):
        if index and one.table:
            echo()
        for line in aligned(one.table) if one.table else ():
            echo(line)
        for note in one.notes:
            echo(f"\n{note}")


@command.command(
    epilog=examples(
        "iacrl schema show aws_s3_bucket",
        "iacrl schema show Deployment.spec.strategy --format brief",
        "iacrl schema show data.aws_ami --format json",
    )
)
@click.argument("name")
@click.option("--provider", help="Look in this provider: a local name or a source address; helm@2 is an older version.")
@format_option("brief", "json")
def show(name: str, provider: str | None, form: str) -> None:
    """Show what the type NAME takes and gives.

    NAME is written as in a text, with its category first if needed (data.TYPE). Or it is a provider, for the arguments
    of its configuration. `--format brief` says in few words what may be written, and TYPE.FIELD shows a part of it.
    JSON is in the schema's own form.
    """
    if form == "brief":
        for line in brief_schema(name, provider):
            echo(line)
        return
    lines, document = first_answer([schemas.show for schemas in all_schemas() if schemas.show], name, provider)
    if form == "json":
        print_json(document)
        return
    for line in lines:
        echo(line)


@command.command(
    "add",
    epilog=examples(
        "iacrl schema add crds/",
        "kubectl get crds -o yaml | iacrl schema add -",
        "terraform providers schema -json | iacrl schema add -",
    ),
)
@click.argument("files", nargs=-1, required=True, metavar="FILE|DIRECTORY|-...", shell_complete=complete_files)
@format_option()
def add_(files: tuple[str, ...], form: str) -> None:
    """Add the schemas in files: from now on, what they describe is checked.

    A file ("-" for standard input) contains them as a domain's program prints them: CustomResourceDefinitions as YAML
    or JSON, or the output of `terraform providers schema -json`. A file GROUP/KIND_VERSION.json may contain the JSON
    Schema of a custom resource, as in the CRDs-catalog. A directory is searched with everything below it;
    files without schemas are left out and reported. Added schemas are kept in your data directory and override the
    shipped ones.
    """
    domains = all_schemas()
    mistakes: list[str] = []
    added: list[str] = []
    left_out: list[LeftOut] = []
    for argument in files:
        named = not Path(argument).is_dir()
        inside, outside = ([], []) if named else schema_files(Path(argument))
        left_out += outside
        for file in [argument] if named else map(str, inside):
            try:
                content = read_bytes(file, LARGEST_SCHEMA)
                name = "<stdin>" if file == "-" else file
                lines = next((lines for each in domains if (lines := each.add(content, name)) is not None), None)
            except UserError as error:
                mistakes.append(str(error))
                continue
            added += lines or ()
            if lines is None and named:
                taken = "; or ".join(each.taken for each in domains)
                mistakes.append(f"{name}: holds no schema. What can be added: {taken}.")
            elif lines is None:
                left_out.append(LeftOut(Path(file), "no schema"))
    if form == "json":
        print_json({"added": added, "left_out": {str(one.path): one.reason for one in left_out}})
    else:
        for line in (*added, *([left_out_note(left_out)] if left_out else [])):
            echo(line)
    if not added and not mistakes:
        mistakes.append(f"No schema was found in {', '.join(files)}, so none was added.")
    if mistakes:
        raise UserError("\n".join(mistakes))


@command.command(epilog=examples("iacrl schema export azurerm > azurerm.json"))
@click.argument("provider")
def export(provider: str) -> None:
    """Write the whole schema of PROVIDER in its own JSON form."""
    print_json(first_answer([schemas.export for schemas in all_schemas() if schemas.export], provider))
