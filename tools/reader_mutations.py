"""How `fuzz_readers.py` changes a valid file: bytes, slices and pieces of the text, and values of its data."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

#: What is put into texts and, if it is JSON, into data.
PIECES = (
    "[" * 3000, "{a: " * 300, "{" * 500, "- " * 400, "&a [*a]", "&a [x, x]\nb: &b [*a, *a, *a, *a]\nc: [*b, *b]",
    "1" * 5000, "0x" + "f" * 5000, "1e999", "-1e999", ".inf", ".nan", "NaN", "Infinity", "1" * 400, "null", "~", "true",
    "!!bool x", "!!timestamp x", "!!int ''", "!!binary é", "!!python/name:os.system", "2020-99-99", "1:59:59",
    "<<: *a", "? [a]\n: b", "---\n", "...\n", "\x00", "\x1b[2J", "\ufeff", "\u2028", "\r", "\t", "\u202e", '"', "'",
    "\\u0000", "\\ud800", "#", "%", "@", "`", "|", ">", "{{", "${", "/" * 3, "../" * 5, "~/x", "x" * 5000, "",
    "(" * 400, "${" * 200, "!" * 900, "a." * 900, "<<EOT\n", "dynamic \"x\" {}", "# iacrl: ignore ALL", "for_each = ",
    "9" * 30, "-1", "1e400", "[[a]]", "a = [\n" * 120, "1979-05-27T07:32:00Z", '"""', "\\N{", "*" * 200, "?" * 100,
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 10**300, 10**18, -(10**400), 1.5, 1e308, float("inf"), float("nan"), "", "x", "\x00",
    "\ud800", "a" * 3000, "../..", "/", [], {}, [[]], [None], {"": None}, {"a": {"a": {"a": 1}}}, ["x", 1, None],
    {"equals": None}, {"some": {"a": 1}}, {"matches": "(a+)+$"}, {"matches": "(?=a)"}, {"refers_to": "a"}, "2020-01-01",
    2**31, 2**63, -(2**63) - 1, 1e-320, "9" * 400, "${a}", "[" * 2000, {"$ref": "#"}, "0001-01-01T00:00:00+23:59",
)  # fmt: skip


def mutated(examples: Sequence[bytes], draw: random.Random, *, rows: bool) -> bytes:
    """Return one of the examples with one to four changes.

    Args:
        rows: Each line is a JSON document.
    """
    content = draw.choice(examples)
    for _ in range(draw.choice((1, 1, 2, 4))):
        change = draw.randrange(7)
        if change < 3:
            content = _in_data(content, draw, rows)
        else:
            content = (_piece, _slice, _bytes, lambda old, by: _splice(old, examples, by))[change - 3](content, draw)
    return content


def _piece(content: bytes, draw: random.Random) -> bytes:
    at = draw.randint(0, len(content))
    end = draw.choice((at, at, min(len(content), at + draw.randint(0, 20))))
    return content[:at] + draw.choice(PIECES).encode("utf-8", "surrogatepass") + content[end:]


def _slice(content: bytes, draw: random.Random) -> bytes:
    at, end = sorted(draw.randint(0, len(content)) for _ in range(2))
    return content[:at] + draw.choice((b"", content[at:end] * 2, content[at:end][::-1])) + content[end:]


def _bytes(content: bytes, draw: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(draw.randint(1, 8)):
        if changed:
            changed[draw.randrange(len(changed))] = draw.randrange(256)
    return bytes(changed)


def _splice(content: bytes, examples: Sequence[bytes], draw: random.Random) -> bytes:
    other = draw.choice(examples)
    return content[: draw.randint(0, len(content))] + other[draw.randint(0, len(other)) :]


def _in_data(content: bytes, draw: random.Random, rows: bool) -> bytes:
    """Change a value, a key or an element of one JSON document or line; in other texts, change a piece."""
    lines = content.split(b"\n") if rows else [content]
    number = draw.randrange(len(lines))
    try:
        data = json.loads(lines[number])
    except (ValueError, RecursionError):
        return _piece(content, draw)
    places = list(_places(data))
    if not places:
        return _piece(content, draw)
    holder, key = draw.choice(places)
    match draw.randrange(4):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[draw.choice(("", "x", f"{key}s", "as", "with", "\ud800"))] = holder.pop(key)
        case 2:
            holder[key] = draw.choice(places)[0]
        case _:
            holder[key] = draw.choice(VALUES)
    try:
        lines[number] = json.dumps(data).encode()
    except (ValueError, RecursionError):  # it holds itself
        return _piece(content, draw)
    return b"\n".join(lines)


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in list(inner):
        yield data, key
        yield from _places(value)
