"""Whole lines at once.

Most of a configuration is `name = value` with a plain value (a string without templates and escapes, a whole number, or
a name with attributes) and block headers. One regular expression reads such a line, with its newline and the blank and
comment lines after it, where the parser would take five tokens: this halves the time of parsing. Whatever does not
match is left to the parser, so nothing here decides what is valid.
"""

from __future__ import annotations

import re

from iacrl.validators.terraform.syntax import nodes as n
from iacrl.validators.terraform.syntax.lexer import LINE_ENDS, compose

_NAME = r"[A-Za-z_][A-Za-z0-9_-]*+"
_STRING = r'"([^"\\$%\r\n]*+)"'
_VALUE = rf"{_STRING}|([0-9]{{1,15}}+)|({_NAME})((?:\.{_NAME})*+)"

#: A line of a body: 1 name; 2 to 5 value, or 6 and 7 labels and 8 the opening brace; or 9 a closing brace.
match_line = re.compile(
    rf"[ \t]*+(?:({_NAME})[ \t]*+(?:=[ \t]*+(?:{_VALUE})|(?:{_STRING}[ \t]*+)?(?:{_STRING}[ \t]*+)?(\{{))|(\}}))"
    rf"[ \t]*+{LINE_ENDS}"
).match

#: A line of an object: 1 a name or 2 a string as key; 3 to 6 value.
match_item = re.compile(
    rf"[ \t]*+(?:({_NAME})|{_STRING})[ \t]*+[=:][ \t]*+(?:{_VALUE})[ \t]*+(?:,[ \t]*+)?{LINE_ENDS}"
).match

#: An element of a list or an argument of a call: 1 to 4 value; 5 the comma or bracket after it.
match_element = re.compile(rf"(?:[ \t\n]|\r\n)*+(?:{_VALUE})(?:[ \t\n]|\r\n)*+([,\])])").match

_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


def plain_value(found: re.Match[str], group: int) -> n.Expression:
    """Return the value that a match holds in `group` and the three groups after it."""
    text = found[group]
    if text is not None:
        start, end = found.span(group)
        return n.Literal(text if text.isascii() else compose(text), start - 1, end + 1)
    root = found[group + 2]
    if root is not None:
        return reference(root, found[group + 3], found.start(group + 2))
    start, end = found.span(group + 1)
    return n.Literal(int(found[group + 1]), start, end)


def reference(root: str, dotted: str, start: int) -> n.Expression:
    """Return the node for a name and its attributes, `.a.b`; the constants are names as well."""
    end = start + len(root)
    if not dotted:
        if root in _CONSTANTS:
            return n.Literal(_CONSTANTS[root], start, end)
        return n.Traversal(root, (), start, end)
    steps: list[n.Step] = []
    at = end
    for name in dotted[1:].split("."):
        stop = at + len(name) + 1
        steps.append(n.GetAttr(name, at, stop))
        at = stop
    if root in _CONSTANTS:
        return n.RelativeTraversal(n.Literal(_CONSTANTS[root], start, end), tuple(steps), start, at)
    return n.Traversal(root, tuple(steps), start, at)
