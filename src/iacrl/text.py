"""Texts that may hold bytes which are no UTF-8: a verdict names the byte, so it must not be lost on the way.

Python keeps such a byte as a lone surrogate. This module imports nothing, for a first verdict must come fast.
"""

from __future__ import annotations


def from_bytes(content: bytes) -> str:
    """Return what the bytes say; each that is no UTF-8 becomes a lone surrogate."""
    return content.decode("utf-8", "surrogateescape")


def to_bytes(text: str) -> bytes:
    """Return the bytes that `from_bytes` was given; other lone surrogates are written as UTF-8 would write them."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
