"""`iacrl validate`: judge files, directories or standard input."""

from __future__ import annotations

from pathlib import Path

import click

from iacrl.validators import validate


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def command(files: tuple[Path, ...]) -> int:
    """Judge Terraform and Kubernetes FILES."""
    failed = False
    for file in files:
        verdict = validate(file.read_text(), "terraform" if file.suffix == ".tf" else "kubernetes")
        for found in verdict.diagnostics:
            click.echo(f"{file}:{found.range.start.line}: {found.code} {found.message}")
        failed = failed or not verdict.valid
    return int(failed)
