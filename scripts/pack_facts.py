"""What the providers' documentation says and the cdktf packages do not."""

from __future__ import annotations

from typing import Any


def complete(document: Any) -> None:
    """Add the known facts to a compiled schema document, in place."""
