"""A limit on the time in which all directories of one command are rendered; a repository may have thousands."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import Final

from iacrl.domains.programs import Rendering

#: A quick directory takes a tenth of a second, so this is enough for thousands of them.
_SECONDS: Final = 20 * 60


class RenderBudget:
    """Renders directories until the time for all of them is used up."""

    def __init__(self) -> None:
        self._used = 0.0

    def render(self, directory: Path, rendering: Rendering, given: Path | None = None) -> str:
        """Return the program's output for a directory, which was found in a given one.

        Raises:
            RenderError: The time is used up, or this directory cannot be rendered; see `rendered.render`.
        """
        from iacrl.sources.rendered import RenderError, render  # most repositories need no program

        if self._used >= _SECONDS:
            minutes = _SECONDS // 60
            raise RenderError(f"rendering others took {minutes} minutes in all; judge this directory by itself")
        start = monotonic()
        try:
            return render(directory, rendering, given)
        finally:
            self._used += monotonic() - start
