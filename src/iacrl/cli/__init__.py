"""The command line. Each command is a module of its own, imported only when it is called or its help is asked for."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from iacrl.errors import Interrupted, UserError, did_you_mean

#: Command name -> the module that holds `command`. Help texts are read from the module, so nothing heavy may stand
#: at the top of one: torch and its friends are imported inside the functions that need them.
COMMANDS = {
    "sft": "iacrl.cli.sft",
    "grpo": "iacrl.cli.grpo",
    "eval": "iacrl.cli.evaluate",
    "compare": "iacrl.cli.compare",
    "rescore": "iacrl.cli.rescore",
    "report": "iacrl.cli.report",
    "generate": "iacrl.cli.generate",
    "export": "iacrl.cli.export",
    "doctor": "iacrl.cli.doctor",
    "validate": "iacrl.cli.validate",
    "plan": "iacrl.cli.plan",
    "schema": "iacrl.cli.schema",
    "score": "iacrl.cli.score",
    "reward": "iacrl.cli.reward",
    "config": "iacrl.cli.config",
    "data": "iacrl.cli.data",
}


class LazyGroup(click.Group):
    """A group that imports a command's module when that command is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order that a user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the arguments begin with; for a misspelt one name the nearest."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(f"No such command {args[0]!r}.{did_you_mean(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="iacrl")
def cli() -> None:
    """Fine-tune small language models where a program can judge the answer."""


def main() -> None:
    """Run the command line; turn a user's mistake into one message and exit status 2, Ctrl-C into 130."""
    try:
        status = cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except Interrupted as stop:
        click.echo(str(stop), err=True)
        sys.exit(130)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # The reader (`| head`) has gone. Python would complain once more on exit when it flushes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except UserError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        place = "" if error.filename is None else f"{error.filename}: "
        click.echo(f"Error: {place}{error.strerror or error}.", err=True)
        sys.exit(2)
    sys.exit(status if isinstance(status, int) else 0)
