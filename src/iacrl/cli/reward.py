"""`iacrl reward`: list rewards, write new ones, and audit them."""

from __future__ import annotations

from pathlib import Path

import click

from iacrl.cli.audit import command as audit
from iacrl.cli.printing import aligned, print_json
from iacrl.cli.shared_options import FOLDER, examples, format_option
from iacrl.errors import UserError
from iacrl.terminal import echo, echo_line


@click.group()
def command() -> None:
    """List rewards, write new ones, and audit them."""


command.add_command(audit)


@command.command("list", epilog=examples("iacrl reward list", "iacrl reward list --format json"))
@format_option()
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
        print_json({"rewards": rows, "failures": failures})
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


@command.command(
    "new", epilog=examples("iacrl reward new no_latest_tag", "iacrl reward new no_latest_tag --out rewards")
)
@click.argument("name")
@click.option(
    "--out",
    "folder",
    type=FOLDER,
    default=Path(),
    show_default="the current directory",
    help="The folder to write to.",
)
@format_option()
def new_reward(name: str, folder: Path, form: str) -> None:
    """Write the reward NAME and its test, both ready to run; existing files are left alone."""
    from iacrl.scoring.template import write_reward

    source, test = write_reward(name, folder)
    if form == "json":
        print_json({"reward": str(source), "test": str(test)})
        return
    echo_line(f"Wrote {source} and {test}. Run the test with: python -m pytest {test}")
