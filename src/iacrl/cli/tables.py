"""Printing tables so that they read well on a terminal and in a file."""

from __future__ import annotations

from rich.console import Console, RenderableType


def show(what: RenderableType) -> None:
    """Print to standard output. A file or a log has no width of its own, and a wrapped table reads badly."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    console.print(what, highlight=False)
