"""`iacrl reward`: list rewards, write new ones, and audit them."""

from __future__ import annotations

import json
from pathlib import Path

import click

from iacrl.cli.audit import command as audit
from iacrl.cli.printing import aligned
from iacrl.cli.shared_options import FOLDER
from iacrl.errors import UserError
from iacrl.terminal import echo, write


@click.group()
def command() -> None:
    """List rewards, write new ones, and audit them."""


command.add_command(audit)


@command.command("list")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_rewards(form: str) -> int:
    """List every reward with its origin, and its weight and gate in the default rubric.

    Exit status 1 if a package's reward fails to load.
    """
    from iacrl.scoring.registry import find_reward, reward_names
    from iacrl.scoring.rubric import DEFAULT_GATES, DEFAULT_WEIGHTS

    rows, failures = [], []
    for name in reward_names():
        try:
            found = find_reward(name)
        except UserError as error:
            failures.append(str(error))
            continue
        rows.append(
            {
                "name": name,
                "source": found.origin,
                "weight": DEFAULT_WEIGHTS.get(name, 0.0),
                "gate": DEFAULT_GATES.get(name),
                "description": found.description.splitlines()[0],
            }
        )
    if form == "json":
        write(json.dumps({"rewards": rows, "failures": failures}, indent=2))
        return int(bool(failures))
    cells = [
        (str(row["name"]), str(row["source"]), f"{row['weight']:g}", str(row["gate"] or "-"), str(row["description"]))
        for row in rows
    ]
    for line in aligned([("reward", "source", "weight", "gate", "what it says"), *cells]):
        echo(line)
    for failure in failures:
        echo(f"Error: {failure}", err=True)
    return int(bool(failures))


@command.command("new")
@click.argument("name")
@click.option("--dir", "folder", type=FOLDER, default=Path(), help="Where to write; here unless given.")
def new_reward(name: str, folder: Path) -> None:
    """Write the reward NAME and its test, both ready to run; existing files are left alone."""
    from iacrl.scoring.template import write_reward

    source, test = write_reward(name, folder)
    echo(f"Wrote {source} and {test}. Run the test with: python -m pytest {test}")
