"""Late imports for domains: judging one text needs only a small part of a domain."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any


def function(reference: str) -> Callable[..., Any]:
    """Return a function that imports the real one on its first call.

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
    """Return a function that imports a constant and returns it.

    Args:
        reference: `package.module:NAME`.
    """
    return lambda: load(reference)


def load(reference: str) -> Any:
    """Import the object and return it."""
    module, _, name = reference.partition(":")
    return getattr(import_module(module), name)
