"""Shared by the implementations of functions: their signature, errors, integers from numbers, lists of strings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Final, Literal

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.values import Value, whole

#: Computes a call. Arguments have the parameters' types, and are known unless the function takes unknown ones.
Implementation = Callable[..., Value]


class _Files(Enum):
    UNREAD = "unread"


#: The directory of a place that reads no files: whether there are any, and what is in them, is not known there.
UNREAD: Final = _Files.UNREAD
Unread = Literal[_Files.UNREAD]


class CallError(Exception):
    """A call that Terraform refuses.

    Attributes:
        message: Terraform's words.
        argument: The position of the wrong argument, or None if it is the call as a whole.
    """

    def __init__(self, message: str, argument: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.argument = argument


#: The range of Go's `int` on the machines that Terraform runs on.
_INT_LIMIT = 1 << 63


def integer(value: Value, argument: int | None = None, prefix: str = "") -> int:
    """Return a number as Go would pass it to a function that takes an int.

    Raises:
        CallError: It has a fraction or is too large.
    """
    number = whole(value.data)
    if number is None or not -_INT_LIMIT <= number < _INT_LIMIT:
        limits = f"between {-_INT_LIMIT} and {_INT_LIMIT - 1}"
        raise CallError(f"{prefix}value must be a whole number, {limits}", argument)
    return number


def strings(texts: Iterable[str]) -> Value:
    """Return a list of strings."""
    return values.list_value(types.STRING, map(values.string, texts))
