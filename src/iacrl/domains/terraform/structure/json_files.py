"""Configuration in JSON (`*.tf.json`), read into the same tree as the native syntax.

Source: developer.hashicorp.com/terraform/language/syntax/json. For Terraform's own blocks it is known which properties
are blocks. For a resource its schema decides, so its body stays a `JsonBody` until the schema is known.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from iacrl.domains.terraform.expressions.functions.arguments import CallError
from iacrl.domains.terraform.expressions.stored_templates import parse_template
from iacrl.domains.terraform.rules import syntax_rule
from iacrl.domains.terraform.structure.body import JsonBody, objects_of
from iacrl.domains.terraform.structure.static import parse_traversal
from iacrl.domains.terraform.syntax import nodes
from iacrl.domains.terraform.syntax.expression_reader import parse_number
from iacrl.domains.terraform.syntax.lexer import MAX_DEPTH
from iacrl.domains.terraform.syntax.nodes import Attribute, Block, Body, Label, ValueNode
from iacrl.domains.terraform.syntax.parser import MAX_ERRORS, MAX_SIZE, ParseResult, parse
from iacrl.domains.terraform.syntax.source import SourceText
from iacrl.domains.verdict import Diagnostic

INVALID_JSON = syntax_rule(
    "TF193",
    "Invalid JSON configuration",
    "syntax/json",
    "A .tf.json file holds one JSON object; its strings are templates, and labels of blocks are its properties.",
)


class _Kind(NamedTuple):
    """How many labels a block has, and its nested blocks."""

    labels: int
    blocks: Mapping[str, _Kind]


_PLAIN = _Kind(0, {})
_RULES = {"precondition": _PLAIN, "postcondition": _PLAIN}
_INNER = {
    "lifecycle": _Kind(0, _RULES),
    "connection": _PLAIN,
    "provisioner": _Kind(1, {"connection": _PLAIN}),
}
_DATA = _Kind(2, {"lifecycle": _Kind(0, _RULES)})
_TOP = {
    "terraform": _Kind(
        0,
        {
            "backend": _Kind(1, {}),
            "cloud": _Kind(0, {"workspaces": _PLAIN}),
            "required_providers": _PLAIN,
            "provider_meta": _Kind(1, {}),
        },
    ),
    "provider": _Kind(1, {}),
    "variable": _Kind(1, {"validation": _PLAIN}),
    "locals": _PLAIN,
    "output": _Kind(1, _RULES),
    "module": _Kind(1, {}),
    "resource": _Kind(2, _INNER),
    "data": _DATA,
    "ephemeral": _DATA,
    "moved": _PLAIN,
    "removed": _Kind(0, _INNER),
    "import": _PLAIN,
    "check": _Kind(1, {"data": _DATA, "assert": _PLAIN}),
}
_OVERRIDES = {"override_resource": _PLAIN, "override_data": _PLAIN, "override_module": _PLAIN}
_MOCKS = {"mock_resource": _Kind(1, {}), "mock_data": _Kind(1, {}), **_OVERRIDES}
_RUN = {"plan_options": _PLAIN, "variables": _PLAIN, "module": _PLAIN, "assert": _PLAIN, **_OVERRIDES}
_TESTS = {
    "run": _Kind(1, _RUN),
    "variables": _PLAIN,
    "provider": _Kind(1, {}),
    "mock_provider": _Kind(1, _MOCKS),
    **_OVERRIDES,
}
#: The blocks of a file, by the kind of file.
Contents = Literal["configuration", "tests", "mocks"]
_CONTENTS: dict[Contents, Mapping[str, _Kind]] = {"configuration": _TOP, "tests": _TESTS, "mocks": _MOCKS}
#: Arguments whose strings are references or keywords, and arguments that are whole expressions.
_REFERENCES = frozenset(
    (
        "depends_on",
        "ignore_changes",
        "provider",
        "providers",
        "configuration_aliases",
        "from",
        "to",
        "when",
        "on_failure",
    )
)
#: Such arguments in tests and mocks, in addition.
_OF_TESTS = frozenset(("command", "expect_failures", "mode", "override_during", "replace", "target"))
_EXPRESSIONS = frozenset(("type", "replace_triggered_by"))
_OWN = frozenset(("terraform", "module", "resource", "data", "ephemeral", "moved", "removed", "import", "run"))
_OWN |= frozenset(("plan_options", "mock_provider", *_MOCKS))
_space = re.compile(r"[ \t\r\n]*").match
_scan_number = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?").match
_DECODER = json.JSONDecoder()
#: Python makes no whole number of more than 4,300 digits from a text.
_MOST_DIGITS = 4_000
_WORDS = {"true": True, "false": False, "null": None}


class _JsonError(Exception):
    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


def parse_json(text: str, file: str | None, contents: Contents = "configuration") -> ParseResult:
    """Read a file in JSON syntax. It never raises, whatever the text."""
    source = SourceText(text, file)
    reader = _Reader(text, contents)
    body = Body(0, len(text), {}, [])
    try:
        if len(text) > MAX_SIZE:
            raise _JsonError(f"The text has more than {MAX_SIZE} characters", 0)
        root = reader.value(_skip(text, 1 if text.startswith("\ufeff") else 0), 0)
        if _skip(text, root.end) != len(text):
            raise _JsonError("Something follows the value", root.end)
        if isinstance(root, nodes.Tuple) and all(isinstance(one, nodes.Object) for one in root.items):
            items = tuple(item for one in objects_of(root) for item in one.items)
            root = nodes.Object(root.start, root.end, items)
        if not isinstance(root, nodes.Object):
            raise _JsonError("The root of a configuration must be an object", root.start)
        body = reader.body(root, _CONTENTS[contents], own=True)
    except _JsonError as error:
        reader.problems.append((str(error), error.at))
    rule = INVALID_JSON
    found = [
        Diagnostic(rule.code, rule.severity, f"{rule.title}: {message}.", rule.layer, source.range(at, at + 1))
        for message, at in reader.problems[:MAX_ERRORS]
    ]
    return ParseResult(body, tuple(found), source)


def _skip(text: str, at: int) -> int:
    found = _space(text, at)
    return at if found is None else found.end()


class _Reader:
    """Reads values with their places; strings become templates only on request."""

    def __init__(self, text: str, contents: Contents) -> None:
        self.text = text
        self.references = _REFERENCES if contents == "configuration" else _REFERENCES | _OF_TESTS
        self.problems: list[tuple[str, int]] = []

    def value(self, at: int, depth: int) -> ValueNode:
        """Read the value at an offset.

        Raises:
            _JsonError: There is no value.
        """
        text = self.text
        if depth > MAX_DEPTH:
            raise _JsonError(f"More than {MAX_DEPTH} brackets are open", at)
        character = text[at : at + 1]
        if character == '"':
            return self._string(at)
        if character in ("{", "["):
            return self._collection(at, depth)
        for word, meant in _WORDS.items():
            if text.startswith(word, at):
                return nodes.Literal(at, at + len(word), meant)
        number = _scan_number(text, at)
        if number is None:
            raise _JsonError("A JSON value is missing", at)
        shown = number.group()
        if len(shown) <= _MOST_DIGITS and shown.lstrip("-").isdigit():
            return nodes.Literal(at, number.end(), int(shown))
        try:
            size = parse_number(shown.lstrip("-"))
        except ValueError as error:
            raise _JsonError("A number is too large", at) from error
        return nodes.Literal(at, number.end(), -size if shown.startswith("-") else size)

    def _string(self, at: int) -> nodes.Literal:
        try:
            value, end = _DECODER.raw_decode(self.text, at)
        except ValueError as error:
            raise _JsonError("A string is not closed, or has a bad escape", at) from error
        return nodes.Literal(at, end, value)

    def _collection(self, start: int, depth: int) -> ValueNode:
        text = self.text
        closing = "}" if text[start] == "{" else "]"
        items: list[nodes.ObjectItem] = []
        values: list[ValueNode] = []
        at = _skip(text, start + 1)
        while text[at : at + 1] != closing:
            if values:
                if text[at : at + 1] != ",":
                    raise _JsonError(f'A comma or "{closing}" is missing', at)
                at = _skip(text, at + 1)
            if closing == "}":
                if text[at : at + 1] != '"':
                    raise _JsonError("The name of a property is missing", at)
                key = self._string(at)
                at = _skip(text, key.end)
                if text[at : at + 1] != ":":
                    raise _JsonError("A colon must follow the name of a property", at)
                at = _skip(text, at + 1)
                values.append(self.value(at, depth + 1))
                items.append(nodes.ObjectItem(key, values[-1]))
            else:
                values.append(self.value(at, depth + 1))
            at = _skip(text, values[-1].end)
        if closing == "}":
            return nodes.Object(start, at + 1, tuple(items))
        return nodes.Tuple(start, at + 1, tuple(values))

    # ---- structure -----------------------------------------------------------------------------------------------

    def body(self, value: nodes.Object, kinds: Mapping[str, _Kind], *, own: bool) -> Body:
        """Return the body that an object describes. `own`: its references are Terraform's, not a provider's."""
        found = JsonBody(value.start, value.end, {}, [])
        for item in value.items:
            name = _name(item)
            kind = kinds.get(name)
            if name == "//":
                continue
            if kind is not None:
                for labels, inner in self._bodies(item.value, kind.labels):
                    where = item.key
                    content = self.body(inner, kind.blocks, own=name in _OWN or name in _INNER)
                    found.blocks.append(Block(where.start, where.end, name, labels, content, where.end, where.end))
            elif name in found.attributes:
                self.problems.append((f'The property "{name}" is there twice', item.start))
            else:
                made = self._argument(name, item.value, own)
                found.attributes[name] = Attribute(item.key.start, made.end, name, made, item.key.end)
        return found

    def _bodies(self, value: ValueNode, labels: int) -> Iterator[tuple[tuple[Label, ...], nodes.Object]]:
        items = value.items if isinstance(value, nodes.Tuple) else () if _is_null(value) else (value,)
        self.problems += [
            ("A block must be written as an object or a list of objects", one.start)
            for one in items
            if not isinstance(one, nodes.Object)
        ]
        found = objects_of(value)
        if labels and not any(one.items for one in found):
            self.problems.append(
                ("Missing block label: an object with a property for each label is needed", value.start)
            )
        for one in found:
            if not labels:
                yield (), one
                continue
            for item in one.items:
                if _name(item) == "//":
                    continue
                label = Label(item.key.start, item.key.end, _name(item), True)
                for rest, inner in self._bodies(item.value, labels - 1):
                    yield (label, *rest), inner

    def _argument(self, name: str, value: ValueNode, own: bool) -> ValueNode:
        if own and name in self.references:
            return self._mapped(value, _as_reference)
        if name in _EXPRESSIONS and (own or name == "type"):
            return self._mapped(value, self._as_expression) if own else self._type(value)
        return self._mapped(value, self._as_template)

    def _type(self, value: ValueNode) -> ValueNode:
        return self._as_expression(value) if isinstance(value, nodes.Literal) else value

    def _mapped(self, value: ValueNode, change: Any) -> ValueNode:
        """Return a value with every string in it changed."""
        if isinstance(value, nodes.Tuple):
            return nodes.Tuple(value.start, value.end, tuple(self._mapped(one, change) for one in value.items))
        if isinstance(value, nodes.Object):
            items = [
                nodes.ObjectItem(self._as_template(one.key), self._mapped(one.value, change)) for one in value.items
            ]
            return nodes.Object(value.start, value.end, tuple(items))
        made: ValueNode = change(value) if isinstance(value, nodes.Literal) and isinstance(value.value, str) else value
        return made

    def _as_template(self, string: ValueNode) -> ValueNode:
        text = string.value if isinstance(string, nodes.Literal) else None
        if not isinstance(text, str) or ("${" not in text and "%{" not in text):
            return string
        try:
            return _placed(parse_template(text), string)
        except CallError as error:
            self.problems.append((f"Invalid expression: {error}", string.start))
            return string

    def _as_expression(self, string: ValueNode) -> ValueNode:
        text = string.value if isinstance(string, nodes.Literal) else None
        if not isinstance(text, str) or "\n" in text:
            return string
        if "${" in text:
            return self._as_template(string)
        parsed = parse(f"x = {text}\n")
        found = parsed.body.attributes.get("x")
        if parsed.diagnostics or found is None:
            self.problems.append((f'Invalid expression: "{text}"', string.start))
            return string
        return _placed(found.value, string)


def _is_null(value: ValueNode) -> bool:
    return isinstance(value, nodes.Literal) and value.value is None


def _name(item: nodes.ObjectItem) -> str:
    return str(item.key.value) if isinstance(item.key, nodes.Literal) else ""


def _as_reference(string: nodes.Literal) -> ValueNode:
    return parse_traversal(str(string.value), string.start, string.end) or string


def _placed(expression: ValueNode, where: ValueNode) -> ValueNode:
    """Give every part of an expression the place of its string, because escapes make closer places uncertain."""
    _move(expression, where)
    return expression


def _move(node: nodes.Node, where: ValueNode) -> None:
    for kind in type(node).__mro__:
        for field in getattr(kind, "__slots__", ()):
            value = getattr(node, field)
            if field in ("start", "end", "name_end"):
                setattr(node, field, where.start if field == "start" else where.end)
            else:
                for part in value if isinstance(value, tuple) else (value,):
                    if isinstance(part, nodes.Node):
                        _move(part, where)
