"""Printing tables and JSON that read well on a terminal and in a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from iacrl.terminal import printable, write_json

if TYPE_CHECKING:
    from rich.console import RenderableType


def show(what: RenderableType) -> None:
    """Print to standard output. A file or a log does not have a width, and a wrapped table reads badly."""
    from iacrl.runs.progress import CleanConsole

    console = CleanConsole()
    if not console.is_terminal:
        console = CleanConsole(width=160)
    console.print(what, highlight=False)


def print_json(value: Any) -> None:
    """Print plain data as JSON to standard output."""
    write_json(json.dumps(value, indent=2, ensure_ascii=False))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return one line for each row, with aligned columns."""
    rows = [list(map(printable, row)) for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
