"""Showing the progress of long work: a rich bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.segment import Segment

from iacrl.runs.launch import is_first
from iacrl.terminal import printable, shown


class CleanConsole(Console):
    """A console that prints every text as `iacrl.terminal.shown` returns it, without reading markup in it."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(markup=False, emoji=False, **settings)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """Yield the pieces of the output; rich's own control codes, which move the cursor, are left alone."""
        pieces = list(super().render(renderable, options))
        # Together: the pieces of a line have different styles, but a line begins only once.
        text = iter(shown("".join(piece.text for piece in pieces if not piece.control)))
        for piece in pieces:
            yield piece if piece.control else Segment("".join(islice(text, len(piece.text))), piece.style)


#: Of several processes, only the first prints.
console = CleanConsole(stderr=True, quiet=not is_first())


def say(words: str) -> None:
    """Print a message: without wrapping, and without reading markup in it. Further lines are indented."""
    console.print("\n  ".join(map(printable, words.split("\n"))), highlight=False, soft_wrap=True)


#: Seconds between two plain lines without a terminal.
_PLAIN_INTERVAL = 10.0
#: The same within one step.
_PLAIN_INTERVAL_WITHIN = 60.0


class ProgressBar:
    """One line of progress over `total` steps, as a context manager."""

    def __init__(self, title: str, total: int) -> None:
        self._title = title = printable(title)
        self._total = total
        self._done = 0
        self._started = self._told = time.monotonic()
        self._bar: Progress | None = None
        if console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description:<24}", markup=False),
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[figures]}", markup=False),
                console=console,
            )
            self._row = self._bar.add_task(title, total=total, figures="")

    def __enter__(self) -> ProgressBar:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def within(self, words: str) -> None:
        """Show where the work is within a step."""
        words = printable(words)
        if self._bar is not None:
            self._bar.update(self._row, description=f"{self._title}  {words}")
            return
        now = time.monotonic()
        if now - self._told >= _PLAIN_INTERVAL_WITHIN:
            self._told = now
            line = f"{self._title}  {self._done}/{self._total}  {now - self._started:.0f} s  {words}"
            console.print(line, highlight=False)

    def update(self, done: int, figures: Mapping[str, float] | None = None) -> None:
        """Show that `done` steps are finished, with the newest figures."""
        self._done = done
        words = "  ".join(f"{name} {value:.3g}" for name, value in (figures or {}).items())
        if self._bar is not None:
            self._bar.update(self._row, completed=done)
            if words:
                self._bar.update(self._row, figures=words)
            return
        now = time.monotonic()
        if done >= self._total or now - self._told >= _PLAIN_INTERVAL:
            self._told = now
            line = f"{self._title}  {done}/{self._total}  {now - self._started:.0f} s  {words}"
            console.print(line.rstrip(), highlight=False)
