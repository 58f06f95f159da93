"""Parses the text of an expression to its tree.

Source: https://github.com/google/cel-spec/blob/master/doc/langdef.md
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from iacrl.domains.kubernetes.cel.nodes import MACROS, CelError, Node, dotted
from iacrl.domains.kubernetes.cel.tokens import Token, integer_of, text_of, tokens_of

#: Words that cannot be variables.
RESERVED: Final = frozenset(
    {
        "as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
        "namespace", "null", "package", "return", "true", "var", "void", "while",
    }
)  # fmt: skip
_LITERALS: Final[dict[str, Any]] = {"true": True, "false": False, "null": None}
_LEVELS: Final = (
    frozenset({"<", "<=", ">=", ">", "==", "!=", "in"}),
    frozenset({"+", "-"}),
    frozenset({"*", "/", "%"}),
)
_MOST: Final = 100_000


@lru_cache(maxsize=256)
def parse(text: str, quotes: bool = True) -> Node:
    """Return the tree of an expression.

    Args:
        text: The expression.
        quotes: Whether names of fields may be in backticks.

    Raises:
        CelError: It breaks the grammar, or is nested too deeply.
    """
    if len(text) > _MOST:
        raise CelError(f"longer than {_MOST:,} characters")
    try:
        tokens = tokens_of(text)
        if not quotes and any(kind == "quoted" for kind, _ in tokens):
            raise CelError("a name is in backticks")
        parser = _Parser(tokens)
        node = parser.ternary()
        parser.take("")
    except RecursionError:
        raise CelError("nested too deeply") from None
    return node


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    @property
    def next(self) -> str:
        """The next token if it is a sign or a word, which may end or join expressions."""
        kind, text = self.tokens[self.at]
        return text if kind in {"sign", "word"} else f"{kind}:"

    def take(self, sign: str) -> None:
        if self.next != sign or (sign == "" and self.at != len(self.tokens) - 1):
            found = self.tokens[self.at][1] or "the end"
            raise CelError(f"{found[:20]} is where {sign or 'the end'} should")
        self.at += 1

    def accept(self, sign: str) -> bool:
        if self.next == sign and self.at < len(self.tokens) - 1:
            self.at += 1
            return True
        return False

    def ternary(self) -> Node:
        condition = self.either()
        if not self.accept("?"):
            return condition
        yes = self.either()
        self.take(":")
        return Node("call", "_?_:_", parts=(condition, yes, self.ternary()))

    def either(self) -> Node:
        node = self.both()
        while self.accept("||"):
            node = Node("call", "||", parts=(node, self.both()))
        return node

    def both(self) -> Node:
        node = self.level(0)
        while self.accept("&&"):
            node = Node("call", "&&", parts=(node, self.level(0)))
        return node

    def level(self, number: int) -> Node:
        if number == len(_LEVELS):
            return self.unary()
        node = self.level(number + 1)
        while self.next in _LEVELS[number]:
            sign = self.next
            self.at += 1
            node = Node("call", sign, parts=(node, self.level(number + 1)))
        return node

    def unary(self) -> Node:
        sign = self.next
        if sign not in {"-", "!"}:
            return self.member()
        count = 0
        while self.accept(sign):
            count += 1
        if sign == "-" and self.tokens[self.at][0] in {"integer", "float"}:
            kind, text = self.tokens[self.at]
            self.tokens[self.at] = (kind, f"-{text}")
            count -= 1
        node = self.member()
        return Node("call", f"{sign}_", parts=(node,)) if count % 2 else node

    def member(self) -> Node:
        node = self.primary()
        while True:
            if self.accept("."):
                optional = self.accept("?")
                kind, field = self.tokens[self.at]
                if kind not in {"word", "quoted"} or (field in {"in", *_LITERALS}):
                    raise CelError(f"{field or 'the end'} is where a field should be")
                self.at += 1
                field = field.strip("`")
                if optional:
                    node = Node("select", field, node, value=True)
                elif kind == "word" and self.accept("("):
                    node = _macro(node, field, self.listed(")"))
                else:
                    node = Node("select", field, node)
            elif self.accept("["):
                name = "_[?_]" if self.accept("?") else "_[_]"
                node = Node("call", name, parts=(node, self.ternary()))
                self.take("]")
            elif self.next == "{" and (path := dotted(node)) is not None:
                self.at += 1
                node = self.entries("struct", path)
            else:
                return node

    def listed(self, end: str) -> tuple[Node, ...]:
        """Read expressions up to a closing sign."""
        found: list[Node] = []
        while not self.accept(end):
            if found:
                self.take(",")
                if end != ")" and self.accept(end):
                    break
            found.append(self.ternary())
        return tuple(found)

    def entries(self, kind: str, name: str = "") -> Node:
        parts: list[Node] = []
        optional: list[bool] = []
        while not self.accept("}"):
            if parts:
                self.take(",")
                if self.accept("}"):
                    break
            optional.append(self.accept("?"))
            if kind == "struct":
                token, field = self.tokens[self.at]
                if token not in {"word", "quoted"}:
                    raise CelError(f"{field or 'the end'} is where a field should be")
                self.at += 1
                parts.append(Node("literal", value=field.strip("`")))
            else:
                parts.append(self.ternary())
            self.take(":")
            parts.append(self.ternary())
        return Node(kind, name, parts=tuple(parts), value=tuple(optional))

    def primary(self) -> Node:
        kind, text = self.tokens[self.at]
        if kind == "sign":
            return self.group()
        self.at += 1
        if kind == "text":
            return Node("literal", value=text_of(text))
        if kind == "float":
            return Node("literal", value=float(text))
        if kind == "integer":
            return Node("literal", value=integer_of(text))
        if text in _LITERALS:
            return Node("literal", value=_LITERALS[text])
        if text in RESERVED or kind == "quoted":
            raise CelError(f"{text} is a reserved word")
        if self.accept("("):
            return _called(text, self.listed(")"))
        return Node("name", text)

    def group(self) -> Node:
        if self.accept("("):
            node = self.ternary()
            self.take(")")
            return node
        if self.accept("["):
            parts: list[Node] = []
            optional: list[bool] = []
            while not self.accept("]"):
                if parts:
                    self.take(",")
                    if self.accept("]"):
                        break
                optional.append(self.accept("?"))
                parts.append(self.ternary())
            return Node("list", parts=tuple(parts), value=tuple(optional))
        if self.accept("{"):
            return self.entries("map")
        if self.accept("."):
            return self.primary()
        raise CelError(f"{self.next or 'the end'} is where an expression should be")


def _called(name: str, parts: tuple[Node, ...]) -> Node:
    if name == "has" and len(parts) == 1:
        field = parts[0]
        if field.kind != "select" or field.value:
            raise CelError("has() takes a field such as has(self.name)")
        return Node("test", field.name, field.target)
    return Node("call", name, parts=parts)


def _macro(target: Node, name: str, parts: tuple[Node, ...]) -> Node:
    if name == "bind" and target.kind == "name" and target.name == "cel" and len(parts) == 3:
        return Node("macro", "bind", parts[1], parts[2:], _variables(parts[:1]))
    for variables, further in sorted(MACROS.get(name, ()), reverse=True):
        if len(parts) == variables + further and all(each.kind == "name" for each in parts[:variables]):
            return Node("macro", name, target, parts[variables:], _variables(parts[:variables]))
    if name in MACROS and name not in {"map"} and len(parts) in {2, 3}:
        raise CelError(f"{name}() needs the name of a variable first")
    return Node("call", name, target, parts)


def _variables(nodes: tuple[Node, ...]) -> tuple[str, ...]:
    names = tuple(node.name for node in nodes)
    if any(node.kind != "name" for node in nodes) or len(set(names)) < len(names):
        raise CelError("the variables of a macro are different simple names")
    return names
