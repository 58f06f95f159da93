"""Reads whole lines at once.

Most of a configuration is `name = value` with a plain value (a string without templates and escapes, a whole number, or
a name with attributes) and block headers. One regular expression reads such a line, with its newline and the blank and
comment lines after it. The parser would need five tokens, so this halves the parsing time. Lines that do not match are
left to the parser, so nothing here decides what is valid.
"""

from __future__ import annotations

import re

from iacrl.domains.terraform.syntax import nodes as n
from iacrl.domains.terraform.syntax.lexer import LINE_ENDS, compose
from iacrl.domains.terraform.syntax.repeats import kept

_NAME = r"[A-Za-z_][A-Za-z0-9_-]*+"
_STRING = r'"([^"\\$%\r\n]*+)"'
_VALUE = rf"{_STRING}|([0-9]{{1,15}}+)|({_NAME})((?:\.{_NAME})*+)"

#: A line of a body: 1 name; 2 to 5 value, or 6 and 7 labels and 8 the opening brace; or 9 a closing brace.
match_line = re.compile(
    rf"[ \t]*+(?:({_NAME})[ \t]*+(?:=[ \t]*+(?:{_VALUE})|(?:{_STRING}[ \t]*+)?(?:{_STRING}[ \t]*+)?(\{{))|(\}}))"
    rf"[ \t]*+{LINE_ENDS}"
).match

#: The start of a line that sets an argument to anything else: 1 name.
match_assignment = re.compile(rf"[ \t]*+({_NAME})[ \t]*+=(?![=>])").match

#: A line of an object: 1 a name or 2 a string as key; 3 to 6 value.
match_item = re.compile(
    rf"[ \t]*+(?:({_NAME})|{_STRING})[ \t]*+[=:][ \t]*+(?:{_VALUE})[ \t]*+(?:,[ \t]*+)?{LINE_ENDS}"
).match

#: An item of an object on one line: 1 a name or 2 a string as key; 3 to 6 value; 7 the comma or brace after it.
match_pair = re.compile(rf"[ \t]*+(?:({_NAME})|{_STRING})[ \t]*+[=:][ \t]*+(?:{_VALUE})[ \t]*+([,}}])").match

#: A piece of a quoted template: 1 text; then 2 and 3 a name with attributes in `${...}`, or the closing quote.
match_piece = re.compile(rf'([^"\\$%\r\n]*+)(?:\$\{{[ \t]*+({_NAME})((?:\.{_NAME})*+)[ \t]*+\}}|")').match

#: A name with attributes in `${...}`: 1 and 2.
match_interpolation = re.compile(rf"[ \t]*+({_NAME})((?:\.{_NAME})*+)[ \t]*+\}}").match

#: The rest of `[*].name`, if nothing else belongs to it: 1 attributes, 2 what follows.
match_splat = re.compile(rf"\*\]((?:\.{_NAME})*+)(?=[ \t]*+([\r\n,)}}\]]))").match

#: An element of a list or an argument of a call: 1 to 4 value; 5 the comma or bracket after it.
_SPACES = kept(r"[ \t\n]|\r\n")
match_element = re.compile(rf"{_SPACES}(?:{_VALUE}){_SPACES}([,\])])").match

_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


def plain_labels(found: re.Match[str]) -> tuple[n.Label, ...]:
    """Return the labels of a block's header, in groups 6 and 7 of a match."""
    first, second = found[6], found[7]
    if first is None:
        return ()
    one = n.Label(found.start(6) - 1, found.end(6) + 1, first, True)
    return (one,) if second is None else (one, n.Label(found.start(7) - 1, found.end(7) + 1, second, True))


def plain_value(found: re.Match[str], group: int) -> n.ValueNode:
    """Return the value of a match in `group` and the three groups after it."""
    text = found[group]
    if text is not None:
        start, end = found.span(group)
        return n.Literal(start - 1, end + 1, text if text.isascii() else compose(text))
    root = found[group + 2]
    if root is not None:
        return reference(root, found[group + 3], found.start(group + 2))
    start, end = found.span(group + 1)
    return n.Literal(start, end, int(found[group + 1]))


def plain_key(found: re.Match[str]) -> n.Literal:
    """Return the key of an object's item, a name in group 1 or a string in group 2 of a match."""
    name = found[1]
    if name is not None:
        return n.Literal(*found.span(1), name)
    text = found[2]
    start, end = found.span(2)
    return n.Literal(start - 1, end + 1, text if text.isascii() else compose(text))


def reference(root: str, dotted: str, start: int) -> n.ValueNode:
    """Return the node for a name and its attributes, `.a.b`; the constants are names as well."""
    end = start + len(root)
    if not dotted:
        if root in _CONSTANTS:
            return n.Literal(start, end, _CONSTANTS[root])
        return n.Traversal(start, end, root, ())
    steps = attributes(dotted, end)
    stop = end + len(dotted)
    if root in _CONSTANTS:
        return n.RelativeTraversal(start, stop, n.Literal(start, end, _CONSTANTS[root]), steps)
    return n.Traversal(start, stop, root, steps)


def attributes(dotted: str, at: int) -> tuple[n.GetAttr, ...]:
    """Return the steps of `.a.b` at this offset."""
    steps = []
    for name in dotted[1:].split("."):
        stop = at + len(name) + 1
        steps.append(n.GetAttr(at, stop, name))
        at = stop
    return tuple(steps)
