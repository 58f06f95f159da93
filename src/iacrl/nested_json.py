"""JSON from anybody, which may be nested so deeply that reading it overflows the stack of a small thread.

The reader of the standard library is recursive C code. How deep it goes is decided by the version: Python 3.11 stops at
about 1,000 levels, 3.12 and 3.13 at 10,000, which takes megabytes, whatever the thread has.
"""

from __future__ import annotations

import json
import re
from typing import Any

#: Python 3.11 reads no more than this from any depth of calls that occurs here.
DEEPEST = 900
#: A text up to its end, or a bracket. A text without an end goes to the end, so that no quote is looked at twice.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def shallow(text: str) -> str:
    """Return a JSON text, unless it is nested too deeply.

    Raises:
        RecursionError: More than 900 brackets are open.
    """
    if text.count("[") + text.count("{") <= DEEPEST:
        return text
    depth = 0
    for token in _TOKEN.finditer(text):
        first = token[0][0]
        if first in "[{":
            depth += 1
            if depth > DEEPEST:
                raise RecursionError(f"more than {DEEPEST} brackets are open")
        elif first in "]}":
            depth -= 1
    return text


def loads(text: str | bytes, **options: Any) -> Any:
    """Return what a JSON text holds, as `json.loads`.

    Raises:
        ValueError: It is not JSON, or has a number of thousands of digits.
        RecursionError: It is nested too deeply.
    """
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    return json.loads(shallow(text), **options)
