"""JSON, which kubectl reads as JSON where the text begins with a brace."""

from __future__ import annotations

import json
from typing import Any

from iacrl.domains.kubernetes.yaml.scalars import plain
from iacrl.domains.kubernetes.yaml.text_limits import MAX_DEPTH, MAX_DOCUMENTS, MAX_NODES, Unreadable, at_index


def read_json(text: str) -> list[Any] | None:
    """Return the objects of a JSON text; None where YAML documents follow, or where libyaml can place what is wrong."""
    decoder = json.JSONDecoder(
        object_pairs_hook=_unique, parse_int=_number, parse_float=_number, parse_constant=_refuse_constant
    )
    documents: list[Any] = []
    at = len(text) - len(text.lstrip())
    try:
        while at < len(text):
            value, at = decoder.raw_decode(text, at)
            documents.append(value)
            at += len(text) - at - len(text[at:].lstrip())
            if text.startswith("---", at):
                return None
    except json.JSONDecodeError as error:
        raise Unreadable(
            "KB100", f"Text that begins with a brace is read as JSON: {error.msg}.", at_index(text, error.pos)
        ) from None
    except (RecursionError, _RepeatedKeyError):
        return None
    return documents if _within_limits(documents) else None


class _RepeatedKeyError(ValueError):
    """A JSON object holds a key twice."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _RepeatedKeyError
    return value


def _number(word: str) -> Any:
    value = plain(word)
    if isinstance(value, str):  # YAML takes a number without end for a text
        raise json.JSONDecodeError(f"the number {word[:20]}… is too large", word, 0)
    return value


def _refuse_constant(word: str) -> Any:
    raise json.JSONDecodeError(f"{word} is not a value", word, 0)


def _within_limits(documents: list[Any]) -> bool:
    """Tell whether libyaml's reader would let these values pass; if not, it says what is wrong, and where."""
    level, count = documents, len(documents)
    if count > MAX_DOCUMENTS:
        return False
    for _ in range(MAX_DEPTH + 1):
        level = [
            each
            for value in level
            if isinstance(value, dict | list)
            for each in (value.values() if isinstance(value, dict) else value)
        ]
        count += 2 * len(level)
        if not level or count > MAX_NODES:
            break
    return not level
