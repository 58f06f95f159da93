"""Everything printed for people goes through here, so that foreign text cannot control the terminal or a CI job.

File names, task ids, answers of endpoints and quoted lines may come from anybody. A control character in them can hide
a finding, rewrite the screen, set the title or fill the clipboard. A CI server reads commands in a job's log. `echo`
and `echo_line` print messages, `write` prints documents, and `write_json` prints JSON.
`guard` sends all other output (logging, warnings, tracebacks) through `shown`; `iacrl.runs.progress.CleanConsole` does
so with tables and progress bars.
"""

from __future__ import annotations

import io
import logging
import os
import re
import sys
import traceback
import warnings
from types import TracebackType

import click

#: Line ends, tabs, and the colours of iacrl's own messages (SGR: reset, bold, red, green, yellow). All are harmless.
_KEPT = re.compile("(\n|\t|\x1b\\[(?:0|1|31|32|33)m)")
#: What a log's reader may drop or skip: colours, and characters without a width (the runner compares by culture).
_SKIPPED = r"(?:\x1b\[[\d;]*m|[^\x20-\x7e\n])*+"
#: The first colon of a workflow command, which begins its line behind any space. Source: ActionCommand.cs of
#: https://github.com/actions/runner
_COMMAND = re.compile(rf"^((?:{_SKIPPED} *+)*+):(?={_SKIPPED}:{_SKIPPED}[A-Za-z])", re.MULTILINE)
#: The first mark of `##[name]`, which the same runner takes anywhere in a line; Azure Pipelines takes `##vso[`.
_BRACKETED = re.compile(rf"#(?={_SKIPPED}#{_SKIPPED}(?:[A-Za-z]{_SKIPPED})*+\[)")


def printable(line: str) -> str:
    """Return one line with each tab as one column, and a replacement mark for whatever would disturb a terminal.

    These are control characters, marks that change the direction of writing, line ends, and half characters. The mark
    of a command for a CI server within a line (`##[`) is replaced too.
    """
    clean = "".join(char if char.isprintable() else " " if char == "\t" else "\ufffd" for char in line)
    return _BRACKETED.sub("\ufffd", clean)


def shown(text: str) -> str:
    """Return a text of several lines without control characters and without commands for a CI server.

    Each character becomes one character; tabs and iacrl's own colours are kept.
    """
    return _BRACKETED.sub("\ufffd", _COMMAND.sub("\\1\ufffd", _cleaned(text)))


def _cleaned(text: str) -> str:
    return "".join(part if _KEPT.fullmatch(part) else printable(part) for part in _KEPT.split(text))


def echo(text: object = "", *, err: bool = False, nl: bool = True) -> None:
    """Print a message to standard output, or to standard error."""
    click.echo(shown(str(text)), err=err, nl=nl)


def echo_line(text: str, *, err: bool = False) -> None:
    """Print a message of one line: a line end that a value brings along does not end it."""
    echo(printable(text), err=err)


def write(document: str, *, nl: bool = True) -> None:
    """Print a document: to a file or a pipe exactly, to a terminal without control characters."""
    click.echo(_cleaned(document) if sys.stdout.isatty() else document, nl=nl, color=True)  # click keeps escapes then


def write_json(document: str, *, nl: bool = True) -> None:
    """Print JSON as `write` does. Its values are exact, but no line has the form of a command for a CI server."""
    write(_BRACKETED.sub(r"\\u0023", document), nl=nl)


def echo_last(text: str, *, nl: bool = True) -> None:
    """Print why a command ends to standard error. Its exit status counts, also if that cannot be written to."""
    try:
        echo(text, err=True, nl=nl)
    except OSError:  # Python would try again at its end, and exit with another status
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def show_usage(error: click.ClickException) -> None:
    """Print a mistake in the command line, which quotes the user's arguments; a shell's `*` may have made them."""
    words = io.StringIO()
    error.show(words)
    echo_last(words.getvalue(), nl=False)


class _Record(logging.LogRecord):
    def __init__(self, *args: object, **rest: object) -> None:
        super().__init__(*args, **rest)  # type: ignore[arg-type]
        if self.exc_info and self.exc_info[0] is not None:
            self.exc_text = shown(logging.Formatter().formatException(self.exc_info))  # printed unchanged

    def getMessage(self) -> str:  # noqa: N802 - the name of logging
        return shown(super().getMessage())


_format_warning = warnings.formatwarning


def _shown_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, line: str | None = None
) -> str:
    return shown(_format_warning(message, category, filename, lineno, line))


def _shown_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    echo("".join(traceback.format_exception(kind, error, trace)), err=True, nl=False)


def guard() -> None:
    """Send what libraries print (log lines, warnings) and the traceback of a bug through `shown`, in this process.

    Standard output then takes every character, also where the locale's encoding has few, such as Latin-1. A standard
    stream that is closed (`<&-`) is /dev/null. Otherwise the next file that is opened would take its number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115, PTH123 - it stays open
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")
    # On import, before any model is loaded, it warns about a missing third-party kernel.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    logging.setLogRecordFactory(_Record)
    warnings.formatwarning = _shown_warning
    sys.excepthook = _shown_traceback
