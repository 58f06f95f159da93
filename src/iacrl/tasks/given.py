"""Small configurations that tasks start from, to repair, extend, change or convert."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from iacrl.tasks.item_sheet import Sheet, SheetPart

S = TypeVar("S", bound=Sheet[Any])
P = TypeVar("P", bound=SheetPart)

#: Builds the given configuration, and adds a part to it. Both describe what they set. A task about the whole drops the
#: description of the first.
Scene = tuple[Callable[[S], P], Callable[[S, P], None]]


def build_given(sheet: S, scenes: Sequence[Scene[S, P]], *, both: bool) -> P:
    """Draw a scene and build it, with its second part if `both`. It will be given, so the request does not describe it.

    Returns:
        The first part.
    """
    base, add = sheet.draw.choice(scenes)
    part = base(sheet)
    if both:
        add(sheet, part)
    sheet.facts.clear()
    return part
