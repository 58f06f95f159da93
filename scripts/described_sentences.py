"""Reads conditions on an argument's value out of the sentences of its description. People wrote these.

Only sentences whose whole form is known count: `Valid values are `a`, `b` and `c`.`, `Possible values are between `1`
and `30`.`, `Must be one of ["" "Memory"].` A sentence that goes on in another way ("or a custom value") does not.
"""

from __future__ import annotations

import re
from typing import Any

_OPENING = r"(?:(?:[Pp]ossible|[Vv]alid|[Aa]llowed|[Aa]vailable) values(?: are|:)|(?:[Cc]an|[Mm]ust) be one of):? "
#: A value; not a placeholder such as `container:<name>`.
_QUOTED = r'(?:`"?[^`"\s<>{}*]+"?`|"[^"\s<>{}*]*")'
#: What may come after the last value.
_END = r"(?=\.(?: |$)| (?:Defaults? |The default |Docs at )|$)"
_LIST = re.compile(rf"{_OPENING}({_QUOTED}(?:,? (?:and |or )?{_QUOTED})*){_END}")
_BRACKETED = re.compile(rf'{_OPENING}\[("[^"\s]*"(?: "[^"\s]*")*)\]{_END}')
_BETWEEN = re.compile(rf"{_OPENING.removesuffix(':? ')} between `(\d+)` an?d? `(\d+)`{_END}")
_VALUE = re.compile(_QUOTED)
_DEFAULT = re.compile(r'[Dd]efaults? (?:to|value:|value is|is) [`"]+([^`"]*)[`"]')
_TEXTS = ("string", ["list", "string"], ["set", "string"])


def conditions_in(words: str, type_: Any, required: bool) -> list[list[Any]]:
    """Return what a description says about a value of this type; nothing if its own default contradicts it."""
    default = _DEFAULT.search(words)
    if type_ == "number":
        found = _BETWEEN.search(words)
        bounds = [int(found[1]), int(found[2])] if found else []
        if not bounds or (default and not bounds[0] <= float(default[1]) <= bounds[1]):
            return []
        return [["described", ["range", *bounds]]]
    found = _LIST.search(words) or _BRACKETED.search(words)
    values = [one.strip('`"') for one in _VALUE.findall(found[1])] if found else []
    if len(values) < 2 or type_ not in _TEXTS or (default and default[1] not in values):
        return []
    return [["described", ["enum_i", *values, *([] if required or "" in values else [""])]]]
