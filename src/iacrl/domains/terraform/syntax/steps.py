"""Reads what follows an operand: attributes, indexes and splats."""

from __future__ import annotations

import re

from iacrl.domains.terraform.rules import HCL_SPEC, syntax_rule
from iacrl.domains.terraform.syntax import nodes as n
from iacrl.domains.terraform.syntax.expression_reader import Reader
from iacrl.domains.terraform.syntax.lexer import IDENT, MAX_DEPTH, NEWLINE, NUMBER
from iacrl.domains.terraform.syntax.whole_lines import attributes, match_splat

INVALID_ATTRIBUTE_NAME = syntax_rule(
    "TF134", "Invalid attribute name", HCL_SPEC, "After a dot comes the name of an attribute."
)
INVALID_LEGACY_INDEX = syntax_rule(
    "TF135",
    "Invalid legacy index syntax",
    "expressions/splat",
    "In a.0.1 the part 0.1 reads as a number. Write a[0][1].",
)
NESTED_SPLAT = syntax_rule(
    "TF136",
    "Nested splat expression not allowed",
    "expressions/splat",
    "After .* only attributes may follow. Use [*], which can be nested.",
)
MISSING_INDEX_BRACKET = syntax_rule(
    "TF137", "Missing close bracket on index", HCL_SPEC, "An index is one expression in square brackets."
)
MISSING_SPLAT_BRACKET = syntax_rule(
    "TF138",
    "Missing close bracket on splat index",
    "expressions/splat",
    'The star of a splat is the only thing between "[" and "]".',
)


#: The rest of the most common index, `[0]`.
_match_number = re.compile(r"([0-9]{1,15})\]").match


def parse_steps(parser: Reader, node: n.ValueNode) -> n.ValueNode:
    """Read `.name`, `.0`, `[key]`, `.*` and `[*]` as long as there are any."""
    steps: list[n.Step] = []
    length = 0
    while True:
        parser.count_chain(length)
        start = parser.start
        if parser.kind == ".":
            parser.advance()
            if parser.kind == "*":
                node, steps = _attribute_splat(parser, _join(node, steps), start), []
                length += 1
            else:
                steps.append(_dot_step(parser, start))
        elif parser.kind == "[":
            found = _match_number(parser.text, parser.end)
            if found is not None:
                steps.append(n.GetIndex(start, found.end(), int(found[1])))
                parser.end = found.end()
                parser.advance()
                continue
            found = match_splat(parser.text, parser.end)
            if found is not None and not (parser.free and found[2] in "\r\n"):
                return _plain_splat(parser, _join(node, steps), start, found)
            parser.advance()
            if parser.kind == "*":
                return _full_splat(parser, _join(node, steps), start)
            key = _index_key(parser)
            end = parser.end
            parser.advance()
            if type(key) is n.Literal and key.value is not None and not isinstance(key.value, bool):
                steps.append(n.GetIndex(start, end, key.value))
            else:
                source = _join(node, steps)
                node, steps = n.Index(source.start, end, source, key), []
                length += 1
        else:
            return _join(node, steps)


def _dot_step(parser: Reader, start: int) -> n.Step:
    end = parser.end
    if parser.kind is IDENT:
        name = parser.token()
        parser.advance()
        return n.GetAttr(start, end, name)
    if parser.kind is NUMBER:
        if "." in parser.token():
            first, _, second = parser.token().partition(".")
            raise parser.error(INVALID_LEGACY_INDEX, f"write [{first}][{second}].")
        key = parser.number()
        parser.advance()
        return n.GetIndex(start, end, key)
    raise parser.error(INVALID_ATTRIBUTE_NAME, "a name is expected after the dot.")


def _index_key(parser: Reader) -> n.ValueNode:
    free = parser.free
    parser.free = True
    if parser.kind is NEWLINE:
        parser.advance()
    key = parser.expression()
    if parser.kind != "]":
        raise parser.error(MISSING_INDEX_BRACKET, '"]" is expected here.')
    parser.free = free
    return key


def _plain_splat(parser: Reader, source: n.ValueNode, start: int, found: re.Match[str]) -> n.ValueNode:
    dotted, end = found[1], found.end()
    item = n.SplatItem(start, end - len(dotted))
    each = n.RelativeTraversal(start, end, item, attributes(dotted, item.end)) if dotted else item
    parser.end = end
    parser.advance()
    return n.Splat(source.start, end, source, each, True)


def _full_splat(parser: Reader, source: n.ValueNode, start: int) -> n.ValueNode:
    parser.advance()
    if parser.kind != "]":
        raise parser.error(MISSING_SPLAT_BRACKET, '"]" is expected after the star.')
    each: n.ValueNode = n.SplatItem(start, parser.end)
    parser.advance()
    if parser.kind == "." or parser.kind == "[":
        parser.depth += 1
        if parser.depth > MAX_DEPTH:
            raise parser.too_deep()
        parser.measure = True
        each = parse_steps(parser, each)
        parser.depth -= 1
    return n.Splat(source.start, each.end, source, each, True)


def _attribute_splat(parser: Reader, source: n.ValueNode, start: int) -> n.ValueNode:
    item = n.SplatItem(start, parser.end)
    parser.advance()
    steps: list[n.Step] = []
    while parser.kind == ".":
        dot = parser.start
        parser.advance()
        if parser.kind == "*":
            raise parser.error(NESTED_SPLAT, "write [*] instead of .* here.")
        steps.append(_dot_step(parser, dot))
    each = _join(item, steps)
    return n.Splat(source.start, each.end, source, each, False)


def _join(source: n.ValueNode, steps: list[n.Step]) -> n.ValueNode:
    if not steps:
        return source
    end = steps[-1].end
    if type(source) is n.Traversal:
        return n.Traversal(source.start, end, source.root, (*source.steps, *steps))
    if type(source) is n.RelativeTraversal:
        return n.RelativeTraversal(source.start, end, source.source, (*source.steps, *steps))
    return n.RelativeTraversal(source.start, end, source, tuple(steps))
