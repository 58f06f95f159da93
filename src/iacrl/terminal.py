"""Everything that is printed for people goes through here, so that no foreign text can drive the terminal.

Names of files, ids of tasks, answers of endpoints and quoted lines may be anybody's. A control character in them can
hide a finding, rewrite the screen, set the title or fill the clipboard. `echo` prints messages, `write` documents; the
other ways to a terminal (logging, warnings, tracebacks) are led through `shown` by `guard`, tables and progress bars by
`iacrl.runs.progress.CleanConsole`.
"""

from __future__ import annotations

import io
import logging
import re
import sys
import traceback
import warnings
from types import TracebackType

import click

#: Line ends, tabs, and the colours of iacrl's own messages (SGR: reset, bold, red, green, yellow). They hide nothing.
_KEPT = re.compile("(\n|\t|\x1b\\[(?:0|1|31|32|33)m)")


def printable(line: str) -> str:
    """Return one line with each tab as one column, and whatever would disturb a terminal as a replacement mark.

    That are control characters, marks that change the direction of writing, line ends, and half characters.
    """
    return "".join(char if char.isprintable() else " " if char == "\t" else "\ufffd" for char in line)


def shown(text: str) -> str:
    """Return a text of several lines as it may be printed: see `printable`; tabs and iacrl's own colours are kept."""
    return "".join(part if _KEPT.fullmatch(part) else printable(part) for part in _KEPT.split(text))


def echo(text: object = "", *, err: bool = False, nl: bool = True) -> None:
    """Print a message to standard output, or to standard error."""
    click.echo(shown(str(text)), err=err, nl=nl)


def write(document: str, *, nl: bool = True) -> None:
    """Print a document (JSON, YAML, generated code): to a file or a pipe exactly, to a terminal as `shown`."""
    click.echo(shown(document) if sys.stdout.isatty() else document, nl=nl, color=True)  # click drops no escapes then


def show_usage(error: click.ClickException) -> None:
    """Print a mistake in the command line, which quotes the user's arguments; a shell's `*` may have made them."""
    words = io.StringIO()
    error.show(words)
    echo(words.getvalue(), err=True, nl=False)


class _Record(logging.LogRecord):
    def __init__(self, *args: object, **rest: object) -> None:
        super().__init__(*args, **rest)  # type: ignore[arg-type]
        if self.exc_info and self.exc_info[0] is not None:
            self.exc_text = shown(logging.Formatter().formatException(self.exc_info))  # what a formatter takes as it is

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
    """Lead what libraries print (log lines, warnings) and the traceback of a bug through `shown`, in this process."""
    # It warns at its import, before any model is asked for, of a kernel of somebody else's that it would like to have.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    logging.setLogRecordFactory(_Record)
    warnings.formatwarning = _shown_warning
    sys.excepthook = _shown_traceback
