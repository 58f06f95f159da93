"""The functions on texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from iacrl.domains.kubernetes.cel.call_costs import function_cost
from iacrl.domains.kubernetes.cel.library import expression
from iacrl.domains.kubernetes.cel.nodes import CelError, CostlyError
from iacrl.domains.kubernetes.cel.times import Duration
from iacrl.patterns import Pattern

_VERB = re.compile(r"%(?:%|(?:\.([0-9]+))?([a-zA-Z]))")
#: What the server lets a rule cost (`PerCallLimit`). Only a search in a long text alone costs more.
_MOST_COST: Final = 1_000_000
#: The most digits of the number of digits: nobody compares 1,000 digits, and a billion take all memory.
_LONGEST_PRECISION: Final = 3
_UPPER: Final = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}
_LOWER: Final = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def written(value: Any) -> str:
    """Return a value as a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Duration):
        return f"{value / 10**9:g}s"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)


def _char_at(text: str, index: int) -> str:
    if not 0 <= index <= len(text):
        raise CelError(f"index out of range: {index}")
    return text[index : index + 1]


def _index_of(holder: Any, part: Any, start: int = 0) -> int:
    if isinstance(holder, list):
        return next((at for at, each in enumerate(holder) if each == part), -1)
    if not 0 <= start <= len(holder):
        raise CelError(f"index out of range: {start}")
    return int(holder.find(part, start))


def _last_index_of(holder: Any, part: Any, end: int | None = None) -> int:
    if isinstance(holder, list):
        return next((at for at in range(len(holder) - 1, -1, -1) if holder[at] == part), -1)
    if end is not None and not 0 <= end <= len(holder):
        raise CelError(f"index out of range: {end}")
    return int(holder.rfind(part) if end is None else holder.rfind(part, 0, end + len(part)))


def _substring(text: str, start: int, end: int | None = None) -> str:
    stop = len(text) if end is None else end
    if not 0 <= start <= stop <= len(text):
        raise CelError(f"index out of range: {start}")
    return text[start:stop]


def _split(text: str, separator: str, most: int = -1) -> list[str]:
    if most == 0:
        return []
    if most == 1:
        return [text]
    if not separator:
        return list(text) if most < 0 or most >= len(text) else [*text[: most - 1], text[most - 1 :]]
    return text.split(separator, most - 1 if most > 0 else -1)


def _expression(text: str, pattern: str) -> Pattern:
    """Return a compiled pattern, unless the server would refuse to search this text with it."""
    if function_cost("matches", [len(text), len(pattern)], None)[0] > _MOST_COST:
        raise CostlyError("a regular expression costs more than is allowed for this text")
    return expression(pattern)


def _find(text: str, pattern: str) -> str:
    found = _expression(text, pattern).search(text)
    return found.group(0) if found else ""


def _find_all(text: str, pattern: str, most: int = -1) -> list[str]:
    found = [each.group(0) for each in _expression(text, pattern).finditer(text)]
    return found if most < 0 else found[:most]


def _format(text: str, values: list[Any]) -> str:
    waiting = list(values)

    def verb(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        if not waiting:
            raise CelError("a format has more verbs than there are values")
        return _formatted(waiting.pop(0), match[2], match[1])

    if "%" in _VERB.sub("", text):
        raise CelError("a format ends in the middle of a verb")
    return _VERB.sub(verb, text)


def _formatted(value: Any, verb: str, precision: str | None) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if precision is not None and len(precision.lstrip("0")) > _LONGEST_PRECISION:
        raise CelError(f"the precision {precision[:20]} is too large")
    if verb == "s":
        return _listed(value)
    if verb == "d" and isinstance(value, int) and number:
        return str(int(value))
    if verb in "fe" and number:
        return f"{float(value):.{precision or 6}{verb}}"
    if verb in "bo" and isinstance(value, int):
        return format(value, verb)
    if verb in "xX" and isinstance(value, int):
        return format(value, verb)
    if verb in "xX" and isinstance(value, str | bytes):
        octets = value.encode() if isinstance(value, str) else value
        return octets.hex() if verb == "x" else octets.hex().upper()
    raise CelError(f"%{verb} does not take this value")


def _listed(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_listed(each) for each in value)}]"
    if isinstance(value, dict):
        entries = sorted((written(key), _listed(each)) for key, each in value.items())
        return f"{{{', '.join(f'{key}: {each}' for key, each in entries)}}}"
    return "null" if value is None else written(value)


def _quote(text: str) -> str:
    escapes = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
    body = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(escapes.get(each, each) for each in body) + '"'


#: By name; each takes the text first.
TEXTS: Final[dict[str, Callable[..., Any]]] = {
    "matches": lambda text, pattern: _expression(text, pattern).search(text) is not None,
    "contains": lambda text, part: part in text,
    "startsWith": lambda text, part: text.startswith(part),
    "endsWith": lambda text, part: text.endswith(part),
    "charAt": _char_at,
    "indexOf": _index_of,
    "lastIndexOf": _last_index_of,
    "join": lambda items, separator="": separator.join(items),
    "lowerAscii": lambda text: text.translate(_LOWER),
    "upperAscii": lambda text: text.translate(_UPPER),
    "trim": lambda text: text.strip(),
    "replace": lambda text, old, new, most=-1: text.replace(old, new, most),
    "split": _split,
    "substring": _substring,
    "format": _format,
    "strings.quote": _quote,
    "reverse": lambda holder: holder[::-1],
    "find": _find,
    "findAll": _find_all,
}
