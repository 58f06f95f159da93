"""JSON: kubectl reads a text as JSON if it begins with a brace."""

from __future__ import annotations

import json
import re
from typing import Any

from iacrl.domains.kubernetes.yaml.scalars import plain
from iacrl.domains.kubernetes.yaml.text_limits import MAX_DEPTH, MAX_DOCUMENTS, MAX_NODES, Unreadable, at_index
from iacrl.nested_json import shallow
from iacrl.text import readable

#: What may be half of a surrogate pair, written out or as an escape. Go replaces it by U+FFFD.
_HALF = re.compile("[\ud800-\udfff]|\\\\u[dD][89a-fA-F]")


def read_json(text: str) -> tuple[list[Any], int] | None:
    """Return the JSON objects at the start of a text, and the index from which it is not JSON.

    None if libyaml can place what is wrong. The rest may be YAML: kubectl reads on as YAML since 1.33.
    """
    decoder = json.JSONDecoder(
        object_pairs_hook=_unique, parse_int=_number, parse_float=_number, parse_constant=_refuse_constant
    )
    documents: list[Any] = []
    at = len(text) - len(text.lstrip())
    halves = _HALF.search(text) is not None
    try:
        shallow(text)
        while at < len(text):
            value, at = decoder.raw_decode(text, at)
            documents.append(_without_halves(value) if halves else value)
            at += len(text) - at - len(text[at:].lstrip())
    except json.JSONDecodeError:
        pass
    except _TooLargeError as error:
        word = str(error)
        message = f"The number {word[:20]}… is too large for JSON."
        raise Unreadable("KB100", message, at_index(text, text.find(word))) from None
    except (RecursionError, _RepeatedKeyError):
        return None
    return (documents, at) if _within_limits(documents) else None


class _RepeatedKeyError(ValueError):
    """A JSON object has a key twice."""


class _TooLargeError(ValueError):
    """A number is too large for a float."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _RepeatedKeyError
    return value


def _without_halves(value: Any) -> Any:
    if isinstance(value, dict):
        return _unique([(readable(key), _without_halves(inner)) for key, inner in value.items()])
    if isinstance(value, list):
        return [_without_halves(inner) for inner in value]
    return readable(value) if isinstance(value, str) else value


def _number(word: str) -> Any:
    value = plain(word)
    if isinstance(value, str):  # YAML reads so large a number as a text
        raise _TooLargeError(word)
    return value


def _refuse_constant(word: str) -> Any:
    raise json.JSONDecodeError(f"{word} is not a value", word, 0)


def _within_limits(documents: list[Any]) -> bool:
    """Return whether libyaml's reader accepts these values; if not, it reports what is wrong, and where."""
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
