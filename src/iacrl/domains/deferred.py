"""What a domain refers to without importing it: judging one text needs little of what a domain declares."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any


def function(reference: str) -> Callable[..., Any]:
    """Return a function that imports the one that is meant when it is first called.

    Args:
        reference: `package.module:name`.
    """
    found: Callable[..., Any] | None = None

    def call(*arguments: Any) -> Any:
        nonlocal found
        if found is None:
            found = load(reference)
        return found(*arguments)

    return call


def constant(reference: str) -> Callable[[], Any]:
    """Return a function that imports a constant when it is called, and returns it.

    Args:
        reference: `package.module:NAME`.
    """
    return lambda: load(reference)


def load(reference: str) -> Any:
    """Import what is meant, and return it."""
    module, _, name = reference.partition(":")
    return getattr(import_module(module), name)
