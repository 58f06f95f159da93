"""Limits that are checked before cfn-lint reads a text: no text may exhaust the stack, the memory or the time.

libyaml's events come from a loop, so nesting cannot overflow the C stack, as it does when PyYAML composes nodes. An
alias counts as much as its target. The time limit bounds the cost of loops (`Fn::ForEach`) and conditions.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from typing import Any

from iacrl.domains.ranges import START, Range, one_character
from iacrl.domains.verdict import Diagnostic

#: CloudFormation takes a template of at most 1 MB.
MAX_CHARACTERS = 1_000_000
#: A template may hold 500 resources.
MAX_VALUES = 50_000
#: cfn-lint uses recursion, with about ten Python frames per level.
MAX_DEPTH = 50
#: For one text, once everything is loaded; what cfn-lint has not judged by then is unchecked.
MAX_SECONDS = 30.0

#: For one value and one pattern, and for all of a text.
PATTERN_SECONDS = 0.2
_PATTERNS_SECONDS = 1.0
_LONGEST_PATTERN = 4_000
_MOST_COPIES = 100_000
_COUNT = re.compile(r"\{([0-9]+)")

_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]')


def too_large(text: str) -> Diagnostic | None:
    """Return what is wrong with a text that is too long, has too many values or nests too deeply; None if it is fine.

    Text that is not YAML passes up to the mistake, which cfn-lint then reports.
    """
    if len(text) > MAX_CHARACTERS:
        return _beyond("CF101", f"The text is longer than {MAX_CHARACTERS:,} characters.", START)
    import yaml
    from yaml.cyaml import CParser  # type: ignore[attr-defined]

    depth, count = 0, 0
    opened: list[tuple[str | None, int]] = []
    sizes: dict[str, int] = {}
    try:
        parser = CParser(text)
        while (event := parser.get_event()) is not None and not isinstance(event, yaml.StreamEndEvent):
            if isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
                anchor, before = opened.pop()
                if anchor is not None:
                    sizes[anchor] = count - before
                continue
            if isinstance(event, yaml.AliasEvent):
                # An alias within its own anchor has no size yet, and no end once it is expanded.
                count += sizes.get(event.anchor or "", MAX_VALUES)
            elif isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
                if isinstance(event, yaml.CollectionStartEvent):
                    depth += 1
                    opened.append((event.anchor, count))
                elif event.anchor is not None:
                    sizes[event.anchor] = 1
                count += 1
            if depth > MAX_DEPTH:
                return _beyond("CF103", f"Nested more than {MAX_DEPTH} levels deep.", _place(event))
            if count > MAX_VALUES:
                message = f"More than {MAX_VALUES:,} values, each alias counted as its value."
                return _beyond("CF102", message, _place(event))
    except (yaml.YAMLError, UnicodeEncodeError):
        # JSON with tabs is not YAML; cfn-lint then uses a JSON reader, which also recurses.
        return _too_deep_json(text)
    return None


def slow_pattern(template: Mapping[str, Any]) -> str | None:
    """Return the parameter whose own pattern takes too long on its default; None if there is none.

    A regular expression runs in C, where a Python timer cannot stop it. Nor can anything stop its compilation.
    """
    import regex

    parameters = template.get("Parameters")
    ends = time.monotonic() + _PATTERNS_SECONDS
    for name, body in parameters.items() if isinstance(parameters, Mapping) else ():
        pattern = body.get("AllowedPattern") if isinstance(body, Mapping) else None
        if not isinstance(pattern, str):
            continue
        if len(pattern) > _LONGEST_PATTERN or _copies(pattern) > _MOST_COPIES:
            return str(name)
        try:
            default = str(body.get("Default", ""))
            for text in (default, *map(str.strip, default.split(","))):  # cfn-lint tries each value of a list
                left = min(ends - time.monotonic(), PATTERN_SECONDS)
                if left <= 0:
                    return str(name)
                regex.match(pattern, text, timeout=left)
        except TimeoutError:
            return str(name)
        except (regex.error, ValueError, RecursionError):  # the rule of cfn-lint that tries it fails too
            continue
    return None


def _copies(pattern: str) -> int:
    """Return how often a part of a pattern is copied at most if it is compiled: `(a{9}){9}` makes 81 of an `a`."""
    return math.prod(int(digits[:9]) or 1 for digits in _COUNT.findall(pattern))


def _too_deep_json(text: str) -> Diagnostic | None:
    depth = 0
    for token in _JSON_TOKEN.findall(text):
        depth += (token in "[{") - (token in "]}")
        if depth > MAX_DEPTH:
            return _beyond("CF103", f"Nested more than {MAX_DEPTH} levels deep.", START)
    return None


def _place(event: Any) -> Range:
    return one_character(event.start_mark.line + 1, event.start_mark.column + 1)


def _beyond(code: str, message: str, where: Range) -> Diagnostic:
    return Diagnostic(code, "error", message, "syntax", where)
