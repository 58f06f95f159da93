"""Reads bracketed expressions: parentheses, calls, tuples, objects and for expressions."""

from __future__ import annotations

from iacrl.domains.terraform.syntax import nodes as n
from iacrl.domains.terraform.syntax import syntax_rules as rules
from iacrl.domains.terraform.syntax.expression_reader import Reader
from iacrl.domains.terraform.syntax.lexer import END, IDENT, NEWLINE
from iacrl.domains.terraform.syntax.whole_lines import match_element, match_item, match_pair, plain_key, plain_value


def parse_call(parser: Reader, name: str, start: int, name_end: int) -> n.ValueNode:
    """Read a function call; the current token is what follows the name, a parenthesis or `::`."""
    while parser.kind == "::":
        parser.advance()
        if parser.kind is not IDENT:
            raise parser.error(rules.MISSING_FUNCTION_NAME, '"::" must be followed by the name of a function.')
        name += "::" + parser.token()
        name_end = parser.end
        parser.advance()
    if parser.kind != "(":
        raise parser.error(rules.MISSING_OPEN_PARENTHESIS, f'"(" is expected after the function name "{name}".')
    opening, free = parser.end, parser.free
    parser.free = True
    arguments: list[n.ValueNode] = []
    expands = False
    _plain_elements(parser, arguments)
    while parser.kind != ")":
        arguments.append(parser.expression())
        if parser.kind == ",":
            parser.advance()
            continue
        if parser.kind == "...":
            expands = True
            parser.advance()
            if parser.kind != ")":
                raise parser.error(rules.MISSING_CLOSING_PARENTHESIS, '")" must follow an expanded argument ("...").')
        elif parser.kind is END:
            raise parser.error(rules.UNTERMINATED_FUNCTION_CALL, "its parenthesis is never closed.", start, opening)
        elif parser.kind != ")":
            raise parser.error(rules.MISSING_ARGUMENT_SEPARATOR, "a comma is expected between two arguments.")
    parser.free = free
    end = parser.end
    parser.advance()
    return n.FunctionCall(start, end, name, tuple(arguments), expands, name_end)


def parse_tuple(parser: Reader) -> n.ValueNode:
    """Read `[...]`."""
    start, free = parser.start, parser.free
    parser.free = True
    items: list[n.ValueNode] = []
    _plain_elements(parser, items)
    if parser.kind is IDENT and not items and parser.token() == "for":
        return _parse_for(parser, start, free, "]")
    while parser.kind != "]":
        items.append(parser.expression())
        if parser.kind == ",":
            parser.advance()
        elif parser.kind is END:
            raise parser.error(rules.UNTERMINATED_TUPLE, 'no "]" closes it.', start, start + 1)
        elif parser.kind != "]":
            raise parser.error(rules.MISSING_ITEM_SEPARATOR, "a comma is expected between two elements.")
    parser.free = free
    end = parser.end
    parser.advance()
    return n.Tuple(start, end, tuple(items))


def parse_object(parser: Reader) -> n.ValueNode:
    """Read `{...}`. Newlines separate its items, even inside other brackets."""
    start, free = parser.start, parser.free
    parser.free = False
    items: list[n.ObjectItem] = []
    _plain_pairs(parser, items)
    if parser.kind is NEWLINE:
        _plain_items(parser, items)
    if parser.kind is IDENT and not items and parser.token() == "for":
        parser.free = True
        return _parse_for(parser, start, free, "}")
    while parser.kind != "}":
        key = parser.expression()
        if type(key) is n.Traversal and not key.steps:
            key = n.Literal(key.start, key.end, key.root)
        elif type(key) is n.Literal and (key.value is None or isinstance(key.value, bool)):
            key = n.Literal(key.start, key.end, parser.text[key.start : key.end])  # `true` is a name here
        if parser.kind != "=" and parser.kind != ":":
            _refuse_separator(parser, start)
        parser.advance()
        items.append(n.ObjectItem(key, parser.expression()))
        if parser.kind == "," or parser.kind is NEWLINE:
            if parser.kind == ",":
                parser.advance()
            _plain_items(parser, items)
        elif parser.kind is END:
            _refuse_end_of_object(parser, start)
        elif parser.kind != "}":
            raise parser.error(rules.MISSING_ATTRIBUTE_SEPARATOR, "a newline or comma is expected before the next one.")
    parser.free = free
    end = parser.end
    parser.advance()
    return n.Object(start, end, tuple(items))


def parse_parentheses(parser: Reader) -> n.ValueNode:
    """Read `(...)`."""
    start, free = parser.start, parser.free
    parser.free = True
    parser.advance()
    inner = parser.expression()
    if parser.kind != ")":
        raise parser.error(rules.UNBALANCED_PARENTHESES, '")" is expected here.')
    parser.free = free
    end = parser.end
    parser.advance()
    return n.Parens(start, end, inner)


def _plain_elements(parser: Reader, elements: list[n.ValueNode]) -> None:
    """Read all plain elements that follow, with their commas, and one more token."""
    at = parser.end
    found = None if parser.broken else match_element(parser.text, at)
    while found is not None and (elements or found[3] != "for"):
        elements.append(plain_value(found, 1))
        at = found.start(5)
        if found[5] != ",":
            break
        at += 1
        found = match_element(parser.text, at)
    parser.end = at
    parser.advance()


def _plain_pairs(parser: Reader, items: list[n.ObjectItem]) -> None:
    """Read all plain items that follow on this line, with their commas, and one more token."""
    at = parser.end
    found = None if parser.broken else match_pair(parser.text, at)
    while found is not None and (items or found[1] != "for"):
        items.append(n.ObjectItem(plain_key(found), plain_value(found, 3)))
        at = found.start(7)
        if found[7] == "}":
            break
        at += 1
        found = match_pair(parser.text, at)
    parser.end = at
    parser.advance()


def _plain_items(parser: Reader, items: list[n.ObjectItem]) -> None:
    """Read all plain lines that follow a newline, and one more token that is not a newline."""
    while parser.kind is NEWLINE:
        found = None if parser.broken else match_item(parser.text, parser.end)
        while found is not None:
            if found[1] == "for" and not items:
                break
            items.append(n.ObjectItem(plain_key(found), plain_value(found, 3)))
            parser.end = found.end()
            found = match_item(parser.text, parser.end)
        parser.advance()


def _refuse_separator(parser: Reader, opening: int) -> None:
    if parser.kind is END:
        _refuse_end_of_object(parser, opening)
    if parser.kind is NEWLINE or parser.kind == ",":
        raise parser.error(rules.MISSING_ATTRIBUTE_VALUE, '"=" and a value are expected here.')
    hint = " A name with spaces or dots is written in quotes." if parser.kind is IDENT else ""
    raise parser.error(rules.MISSING_KEY_VALUE_SEPARATOR, f'"=" is expected here.{hint}')


def _refuse_end_of_object(parser: Reader, start: int) -> None:
    raise parser.error(rules.UNTERMINATED_OBJECT, 'no "}" closes it.', start, start + 1)


def _parse_for(parser: Reader, start: int, free: bool, closing: str) -> n.ValueNode:
    parser.advance()
    key = None
    value = _for_name(parser, "after 'for'")
    if parser.kind == ",":
        parser.advance()
        key, value = value, _for_name(parser, "after the comma")
    if parser.kind is not IDENT or parser.token() != "in":
        _refuse_for(parser, "'in' is expected after the names.")
    parser.advance()
    collection = parser.expression()
    if parser.kind != ":":
        _refuse_for(parser, "a colon is expected after the collection.")
    parser.advance()
    result_key = None
    result = parser.expression()
    if parser.kind == "=>":
        parser.advance()
        result_key, result = result, parser.expression()
        if closing == "]":
            _refuse_for(parser, "there is no key in a tuple.", result_key.start, result_key.end)
    elif closing == "}":
        _refuse_for(parser, "an object needs a key, as in k => v.", result.start, result.end)
    groups = parser.kind == "..."
    if groups:
        if closing == "]":
            _refuse_for(parser, 'grouping with "..." is only possible in an object.')
        parser.advance()
    condition = None
    if parser.kind is IDENT and parser.token() == "if":
        parser.advance()
        condition = parser.expression()
    if parser.kind != closing:
        _refuse_for(parser, f'"{closing}" is expected at its end.')
    parser.free = free
    end = parser.end
    parser.advance()
    return n.For(start, end, key, value, collection, result_key, result, condition, groups)


def _for_name(parser: Reader, where: str) -> str:
    if parser.kind is not IDENT:
        _refuse_for(parser, f"a name is expected {where}.")
    name = parser.token()
    parser.advance()
    return name


def _refuse_for(parser: Reader, why: str, start: int | None = None, end: int | None = None) -> None:
    raise parser.error(rules.INVALID_FOR_EXPRESSION, f"{why}", start, end)
