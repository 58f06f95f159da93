"""Dataclasses to and from plain data, by pydantic, which checks the form."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError


@cache
def form_of(kind: Any) -> TypeAdapter[Any]:
    """Return the reader and writer of a dataclass."""
    return TypeAdapter(kind)


def to_plain(record: Any) -> Any:
    """Return a dataclass as plain data, ready for JSON."""
    return form_of(record.__class__).dump_python(record, mode="json")


def first_mistake(error: ValidationError) -> str:
    """Return where the data have not the form, and how."""
    mistake = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, mistake['loc'])) or 'the whole'}: {mistake['msg']}"
