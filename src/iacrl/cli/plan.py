"""`iacrl plan`: what terraform would create, offline and without credentials."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import click

from iacrl.sources.judged import read_source
from iacrl.sources.plain_text import headline


@click.command()
@click.argument("file", type=click.Path(exists=True, allow_dash=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the plan as `terraform show -json` does.")
@click.option("--program", help="The terraform or tofu to run. Default: the one on the PATH.")
def command(file: Path, as_json: bool, program: str | None) -> int:
    """Plan the creation of everything in FILE, a .tf file, a module's directory, or - for standard input.

    No provider, network or cloud account is needed: what only the cloud can tell is unknown in the plan, and data
    sources read as placeholders. Exit status: 0 planned, 1 could not be planned, 2 could not run.
    """
    from iacrl.domains.terraform.engine import TerraformEngine

    with TerraformEngine(program) as engine:
        plan = engine.plan(file if file.is_dir() else read_source(str(file)))
    for found in plan.verdict.diagnostics:
        click.echo(headline(found, found.range.file or str(file)), err=True)
    for what in plan.verdict.unchecked:
        click.echo(f"not checked: {what}", err=True)
    if plan.json is None:
        return 1
    click.echo(json.dumps(plan.json) if as_json else _summary(plan.json))
    return 0


def _summary(plan: dict[str, object]) -> str:
    """Return one line for each resource that changes, with how many of its values are not known before it exists."""
    lines: list[str] = []
    actions: Counter[str] = Counter()
    changes = plan.get("resource_changes", [])
    for one in changes if isinstance(changes, list) else []:
        action = " and ".join(one["change"]["actions"])
        actions[action] += 1
        unknown = sum(value is True for value in (one["change"].get("after_unknown") or {}).values())
        lines.append(f"{action:8} {one['address']}" + (f" ({unknown} known after apply)" if unknown else ""))
    total = ", ".join(f"{count} to {action}" for action, count in actions.items()) or "nothing to do"
    return "\n".join([*lines, f"Plan: {total}."])
