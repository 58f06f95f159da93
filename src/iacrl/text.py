"""Texts from anybody. Some hold bytes that are not UTF-8: a verdict names the byte, so reading must keep it.

Python keeps such a byte as a lone surrogate. This module imports nothing, because a first verdict must come fast.
"""

from __future__ import annotations


def from_bytes(content: bytes) -> str:
    """Return the bytes as text; each byte that is not UTF-8 becomes a lone surrogate."""
    return content.decode("utf-8", "surrogateescape")


def to_bytes(text: str) -> bytes:
    """Return the bytes that `from_bytes` was given; other lone surrogates are written as UTF-8 would write them."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def shortened(text: str, most: int) -> str:
    """Return at most so many characters of a text that a message quotes, and an ellipsis if there are more."""
    return text if len(text) <= most else f"{text[:most]}…"


def is_writable(text: str) -> bool:
    """Return whether a file can hold the text. JSON may have half of a surrogate pair as an escape."""
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError:
        return False
    return True


def readable_values(value: object) -> object:
    """Return what JSON holds with `readable` keys and texts: an escape may be half of a surrogate pair."""
    if isinstance(value, dict):
        return {readable_values(key): readable_values(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [readable_values(inner) for inner in value]
    return readable(value) if isinstance(value, str) else value


def readable(text: str) -> str:
    """Return the text with lone surrogates, which no file can hold, replaced by U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
