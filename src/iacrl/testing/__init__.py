"""Validation in test suites: plain assert functions for pytest and unittest, and the pytest plug-in.

Each name is imported when first used: the plug-in is here too, and must cost nothing if it is not used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from iacrl.testing.asserts import NotCheckedWarning, assert_meets, assert_valid
    from iacrl.testing.snapshot import assert_snapshot

_HOMES = {
    "NotCheckedWarning": "iacrl.testing.asserts",
    "assert_meets": "iacrl.testing.asserts",
    "assert_snapshot": "iacrl.testing.snapshot",
    "assert_valid": "iacrl.testing.asserts",
}

__all__ = ["NotCheckedWarning", "assert_meets", "assert_snapshot", "assert_valid"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'iacrl.testing' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
