"""The command line. Each command is a module, imported only when it is called or its help is shown."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any

import click

from iacrl.errors import Interrupted, UserError, did_you_mean, mendable
from iacrl.terminal import echo_last, guard, show_usage

#: A shell's status for a program that wrote to a closed pipe: 128 + SIGPIPE. 0 and 1 are verdicts.
READER_GONE = 141

#: Command name -> the module with its `command`. Help texts are read from the module, so it must not import anything
#: heavy at the top: torch and similar packages are imported inside the functions that need them.
COMMANDS = {
    "sft": "iacrl.cli.sft",
    "grpo": "iacrl.cli.grpo",
    "sweep": "iacrl.cli.sweep",
    "eval": "iacrl.cli.evaluate",
    "compare": "iacrl.cli.compare",
    "rescore": "iacrl.cli.rescore",
    "runs": "iacrl.cli.runs",
    "report": "iacrl.cli.report",
    "monitor": "iacrl.cli.monitor",
    "generate": "iacrl.cli.generate",
    "export": "iacrl.cli.export",
    "push": "iacrl.cli.push",
    "doctor": "iacrl.cli.doctor",
    "validate": "iacrl.cli.validate",
    "settings": "iacrl.cli.settings",
    "plan": "iacrl.cli.plan",
    "schema": "iacrl.cli.schema",
    "score": "iacrl.cli.score",
    "reward": "iacrl.cli.reward",
    "config": "iacrl.cli.config",
    "data": "iacrl.cli.data",
    "mcp": "iacrl.cli.mcp",
    "lsp": "iacrl.cli.lsp",
}


class _Failed(Exception):  # noqa: N818 - it only carries an error
    """An error wrapped for click, which takes any broken pipe for a reader's and any EOFError for Ctrl-D."""

    def __init__(self, error: OSError | EOFError) -> None:
        self.error = error
        super().__init__(str(error))


@contextmanager
def _past_click() -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError) as error:
        raise _Failed(error) from error


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is named."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the arguments; `--help` and `--version` print here."""
        with _past_click():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _past_click():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which a user needs them."""
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
        """Return the command that the arguments begin with; suggest the nearest for a misspelt one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(f"No such command {args[0]!r}.{did_you_mean(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="iacrl")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Fine-tune small language models where a program can judge the answer."""
    if os.environ.get("NO_COLOR"):  # https://no-color.org; click itself leaves colours out only for files
        ctx.color = False


def main() -> None:
    """Run the command line.

    A user's mistake gives one message and status 2. So does a file or a disk that cannot be used (see
    `iacrl.errors.mendable`). Every other error is a bug and keeps its traceback. Ctrl-C or SIGTERM gives 130. A closed
    pipe (`| head`) gives 141 and no message.
    """
    guard()
    if _nowhere():
        echo_last("Error: the current directory was deleted. Change to another one.")
        sys.exit(2)
    with suppress(ValueError):  # only the main thread may set it
        # SIGTERM ends a command like Ctrl-C: unfinished work is put in order, and temporary files are removed.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        status = cli(standalone_mode=False)
    except click.ClickException as error:
        show_usage(error)
        sys.exit(2)
    except Interrupted as stop:
        echo_last(str(stop))
        sys.exit(130)
    except (click.Abort, KeyboardInterrupt):
        echo_last("Interrupted.")
        sys.exit(130)
    except UserError as error:
        # Further lines are indented: a line that a value brings along is none of ours.
        echo_last("\n  ".join(f"Error: {error}".split("\n")))
        sys.exit(2)
    except _Failed as failed:
        status = failed.error
    if isinstance(status, (OSError, EOFError)):
        _end(status)
    sys.exit(status if isinstance(status, int) else 0)


def _nowhere() -> bool:
    """Return whether the current directory was deleted, such as a job's that was cleaned up."""
    try:
        os.getcwd()  # noqa: PTH109 - pathlib takes longer to import
    except FileNotFoundError:
        return True
    return False


def _end(error: OSError | EOFError) -> None:
    """Exit as the error requires, or raise it if it is a bug."""
    if isinstance(error, BrokenPipeError) and _reader_has_gone():
        status, message = READER_GONE, None
    elif isinstance(error, OSError) and (told := mendable(error)) is not None:
        status, message = 2, f"Error: {told}"
    else:
        raise error
    try:
        sys.stdout.flush()
    except OSError:  # Python would try again at its end, and complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if message is not None:
        echo_last(message)
    sys.exit(status)


def _reader_has_gone() -> bool:
    """Return whether the broken pipe is the one that this program writes its output to."""
    poll = select.poll()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # a stream without a file
            poll.register(stream.fileno(), 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
