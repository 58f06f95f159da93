"""Small configurations that tasks start from: to be repaired, extended, changed or converted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from iacrl.tasks.item_sheet import Sheet, SheetPart

S = TypeVar("S", bound=Sheet[Any])
P = TypeVar("P", bound=SheetPart)

#: Builds what is given, and adds a part to it. Both say what they set; a task about the whole drops what was said of
#: the first.
Scene = tuple[Callable[[S], P], Callable[[S, P], None]]


def build_given(sheet: S, scenes: Sequence[Scene[S, P]], *, both: bool) -> P:
    """Draw a scene and build it, its second part too if `both`; it will be given, so nothing is said of it.

    Returns:
        The first part.
    """
    base, add = sheet.draw.choice(scenes)
    part = base(sheet)
    if both:
        add(sheet, part)
    sheet.facts.clear()
    return part
