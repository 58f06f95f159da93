"""Values for which Python has no type."""

from __future__ import annotations

from typing import Any, Final


class TypeValue(str):
    """A type as a value, by its name."""

    __slots__ = ()


class Format(str):
    """A named format."""

    __slots__ = ()


class Optional:
    """A value that may be absent."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


#: The absent optional value.
NONE: Final = Optional(None)
