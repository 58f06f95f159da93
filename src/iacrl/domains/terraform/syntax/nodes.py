"""The syntax tree of HashiCorp's native syntax (HCL), as Terraform uses it.

Every node knows its place as two offsets into the text, `start` and `end` (end exclusive, in code points); a
`Source` turns them into a `Range`. The tree is plain data, made once by the parser and never changed afterwards.
The classes are written out, not generated: a dataclass costs half a millisecond each at import, and a frozen one
three times as long to build, and a verdict has one millisecond.

A tree is never deeper than `MAX_HEIGHT`, so that recursive functions over it are safe.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from typing import Literal as OneOf

if TYPE_CHECKING:
    from decimal import Decimal

    #: What a `Literal` holds. Whole numbers without a point or exponent are `int`, all others `Decimal`.
    Scalar = None | bool | int | Decimal | str

#: No expression that the parser returns is higher than this; `[a]` has height 2.
MAX_HEIGHT = 200

UnaryOperator = OneOf["-", "!"]
BinaryOperator = OneOf["||", "&&", "==", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "%"]


class Node:
    """Anything with a place in the text."""

    __slots__ = ("end", "start")
    start: int
    end: int


class Expression(Node):
    """Anything that has a value."""

    __slots__ = ()

    def children(self) -> Sequence[Expression]:
        """The expressions directly inside this one, in the order of the text."""
        return ()


# ---- structure ---------------------------------------------------------------------------------------------------


class Body(Node):
    """What stands in a file, or between the braces of a block (the braces are inside `start` and `end`).

    Attributes:
        attributes: The arguments by name, in the order of the text.
        blocks: The nested blocks, in the order of the text.
    """

    __slots__ = ("attributes", "blocks")

    def __init__(self, attributes: dict[str, Attribute], blocks: list[Block], start: int, end: int) -> None:
        self.attributes = attributes
        self.blocks = blocks
        self.start = start
        self.end = end


class Attribute(Node):
    """An argument, `name = value`. Its name spans `start` to `name_end`."""

    __slots__ = ("name", "name_end", "value")

    def __init__(self, name: str, value: Expression, start: int, name_end: int, end: int) -> None:
        self.name = name
        self.value = value
        self.start = start
        self.name_end = name_end
        self.end = end


class Label(Node):
    """A label of a block: its text, and whether it was written in quotes."""

    __slots__ = ("quoted", "value")

    def __init__(self, value: str, quoted: bool, start: int, end: int) -> None:
        self.value = value
        self.quoted = quoted
        self.start = start
        self.end = end


class Block(Node):
    """A block, `type "label" { ... }`. Its type spans `start` to `type_end`, its header `start` to `header_end`."""

    __slots__ = ("body", "header_end", "labels", "type", "type_end")

    def __init__(
        self, type: str, labels: tuple[Label, ...], body: Body, start: int, type_end: int, header_end: int, end: int
    ) -> None:
        self.type = type
        self.labels = labels
        self.body = body
        self.start = start
        self.type_end = type_end
        self.header_end = header_end
        self.end = end


# ---- values ------------------------------------------------------------------------------------------------------


class Literal(Expression):
    """A value that stands in the text: a number, `true`, `false`, `null`, or a string without interpolation.

    A string (quoted or heredoc) holds its decoded text. The quotes are inside `start` and `end`.
    A bare object key, `{ name = 1 }`, is a `Literal` string as well.
    """

    __slots__ = ("value",)

    def __init__(self, value: Scalar, start: int, end: int) -> None:
        self.value = value
        self.start = start
        self.end = end


class Template(Expression):
    """A string with interpolations or directives, quoted or heredoc.

    Attributes:
        parts: In order: string `Literal`s (decoded; strip markers and `<<-` indentation already applied),
            `TemplateIf`, `TemplateFor`, and interpolated expressions.
        wraps: True for `"${x}"` and nothing else: its value is x itself, of whatever type, and not a string.
    """

    __slots__ = ("parts", "wraps")

    def __init__(self, parts: tuple[Expression, ...], wraps: bool, start: int, end: int) -> None:
        self.parts = parts
        self.wraps = wraps
        self.start = start
        self.end = end

    def children(self) -> Sequence[Expression]:
        """The parts."""
        return self.parts


class TemplateIf(Expression):
    """`%{ if condition }...%{ else }...%{ endif }` in a template. A missing else is an empty `Template`."""

    __slots__ = ("condition", "otherwise", "then")

    def __init__(self, condition: Expression, then: Template, otherwise: Template, start: int, end: int) -> None:
        self.condition = condition
        self.then = then
        self.otherwise = otherwise
        self.start = start
        self.end = end

    def children(self) -> Sequence[Expression]:
        """The condition and both branches."""
        return (self.condition, self.then, self.otherwise)


class TemplateFor(Expression):
    """`%{ for key, value in collection }...%{ endfor }` in a template. `key` is None when it is not named."""

    __slots__ = ("body", "collection", "key", "value")

    def __init__(
        self, key: str | None, value: str, collection: Expression, body: Template, start: int, end: int
    ) -> None:
        self.key = key
        self.value = value
        self.collection = collection
        self.body = body
        self.start = start
        self.end = end

    def children(self) -> Sequence[Expression]:
        """The collection and the body."""
        return (self.collection, self.body)


class Tuple(Expression):
    """`[a, b]`."""

    __slots__ = ("items",)

    def __init__(self, items: tuple[Expression, ...], start: int, end: int) -> None:
        self.items = items
        self.start = start
        self.end = end

    def children(self) -> Sequence[Expression]:
        """The elements."""
        return self.items


class ObjectItem(Node):
    """One `key = value` or `key : value` of an object.

    A bare name as key is a `Literal` string; `(name)` is `Parens`; a bare `a.b` is a `Traversal`, which Terraform
    refuses as ambiguous.
    """

    __slots__ = ("key", "value")

    def __init__(self, key: Expression, value: Expression) -> None:
        self.key = key
        self.value = value
        self.start = key.start
        self.end = value.end


class Object(Expression):
    """`{ key = value, ... }`."""

    __slots__ = ("items",)

    def __init__(self, items: tuple[ObjectItem, ...], start: int, end: int) -> None:
        self.items = items
        self.start = start
        self.end = end

    def children(self) -> Sequence[Expression]:
        """Keys and values, alternating."""
        return [child for item in self.items for child in (item.key, item.value)]


# ---- references --------------------------------------------------------------------------------------------------


class GetAttr(Node):
    """The step `.name` of a traversal; the dot is inside `start` and `end`."""

    __slots__ = ("name",)

    def __init__(self, name: str, start: int, end: int) -> None:
        self.name = name
        self.start = start
        self.end = end

    def __str__(self) -> str:
        return "." + self.name


class GetIndex(Node):
    """The step `[0]` or `["key"]` of a traversal, or the old form `.0`."""

    __slots__ = ("key",)

    def __init__(self, key: int | Decimal | str, start: int, end: int) -> None:
        self.key = key
        self.start = start
        self.end = end

    def __str__(self) -> str:
        if isinstance(self.key, str):
            quoted = self.key.replace("\\", "\\\\").replace('"', '\\"')
            return f'["{quoted}"]'
        return f"[{self.key}]"


Step = GetAttr | GetIndex


class Traversal(Expression):
    """A reference: a name and the steps that follow, `var.region`, `aws_vpc.main[0].id`, or a bare `name`.

    `str()` gives it back in its usual spelling. The name spans `start` to `start + len(root)`.
    """

    __slots__ = ("root", "steps")

    def __init__(self, root: str, steps: tuple[Step, ...], start: int, end: int) -> None:
        self.root = root
        self.steps = steps
        self.start = start
        self.end = end

    def __str__(self) -> str:
        return self.root + "".join(map(str, self.steps))


class RelativeTraversal(Expression):
    """Steps that follow something other than a name: `f(x).id`, `(a)[0]`, or a `SplatItem`."""

    __slots__ = ("source", "steps")

    def __init__(self, source: Expression, steps: tuple[Step, ...], start: int, end: int) -> None:
        self.source = source
        self.steps = steps
        self.start = start
        self.end = end

    def children(self) -> Sequence[Expression]:
        """What the steps start from."""
        return (self.source,)


class Index(Expression):
    """`collection[key]` where the key is not a literal."""

    __slots__ = ("collection", "key")

    def __init__(self, collection: Expression, key: Expression, start: int, end: int) -> None:
        self.collection = collection
        self.key = key
        self.start = start
        self.end = end

    def children(self) -> Sequence[Expression]:
        """The collection and the key."""
        return (self.collection, self.key)


class SplatItem(Expression):
    """The nameless element for which a splat evaluates its `each`. It stands where the star stands."""

    __slots__ = ()

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end


class Splat(Expression):
    """`source[*].a` (`full`) or `source.*.a`: the list of `each`, evaluated for every element of `source`.

    Attributes:
        source: The collection.
        each: An expression over one `SplatItem`, such as `RelativeTraversal(SplatItem, .a)`. After `[*]` it holds all
            the steps that follow; after `.*` only the attribute steps, and a later `[0]` applies to the list.
        full: Whether it was written `[*]`.
    """

    __slots__ = ("each", "full", "source")

    def __init__(self, source: Expression, each: Expression, full: bool, start: int, end: int) -> None:
        self.source = source
        self.each = each
        self.full = full
        self.start = start
        self.end = end

    def children(self) -> Sequence[Expression]:
        """The source and the expression for each element."""
        return (self.source, self.each)


# ---- computation -------------------------------------------------------------------------------------------------


class Parens(Expression):
    """`(inner)`."""

    __slots__ = ("inner",)

    def __init__(self, inner: Expression, start: int, end: int) -> None:
        self.inner = inner
        self.start = start
        self.end = end

    def children(self) -> Sequence[Expression]:
        """What stands between the parentheses."""
        return (self.inner,)


class FunctionCall(Expression):
    """`name(a, b...)`. The name spans `start` to `name_end`, and may be `provider::x::f` (spaces left out).

    `expands` is True where the last argument is followed by `...`.
    """

    __slots__ = ("arguments", "expands", "name", "name_end")

    def __init__(
        self, name: str, arguments: tuple[Expression, ...], expands: bool, start: int, name_end: int, end: int
    ) -> None:
        self.name = name
        self.arguments = arguments
        self.expands = expands
        self.start = start
        self.name_end = name_end
        self.end = end

    def children(self) -> Sequence[Expression]:
        """The arguments."""
        return self.arguments


class Unary(Expression):
    """`-operand` or `!operand`."""

    __slots__ = ("operand", "operator")

    def __init__(self, operator: UnaryOperator, operand: Expression, start: int, end: int) -> None:
        self.operator = operator
        self.operand = operand
        self.start = start
        self.end = end

    def children(self) -> Sequence[Expression]:
        """The operand."""
        return (self.operand,)


class Binary(Expression):
    """`left operator right`."""

    __slots__ = ("left", "operator", "right")

    def __init__(self, operator: BinaryOperator, left: Expression, right: Expression, start: int, end: int) -> None:
        self.operator = operator
        self.left = left
        self.right = right
        self.start = start
        self.end = end

    def children(self) -> Sequence[Expression]:
        """Both operands."""
        return (self.left, self.right)


class Conditional(Expression):
    """`condition ? then : otherwise`."""

    __slots__ = ("condition", "otherwise", "then")

    def __init__(self, condition: Expression, then: Expression, otherwise: Expression, start: int, end: int) -> None:
        self.condition = condition
        self.then = then
        self.otherwise = otherwise
        self.start = start
        self.end = end

    def children(self) -> Sequence[Expression]:
        """The condition and both results."""
        return (self.condition, self.then, self.otherwise)


class For(Expression):
    """`[for key, value in collection : result if condition]`, or with braces and `result_key => result`.

    Attributes:
        key: The name for each key; None when only one name is given.
        value: The name for each element.
        collection: What is iterated; it does not see the two names.
        result_key: The object's key; None for the form with square brackets, which gives a tuple.
        result: What each element becomes.
        condition: The filter; None when there is none.
        groups: Whether `...` follows the result, which collects the values of equal keys in lists.
    """

    __slots__ = ("collection", "condition", "groups", "key", "result", "result_key", "value")

    def __init__(
        self,
        key: str | None,
        value: str,
        collection: Expression,
        result_key: Expression | None,
        result: Expression,
        condition: Expression | None,
        groups: bool,
        start: int,
        end: int,
    ) -> None:
        self.key = key
        self.value = value
        self.collection = collection
        self.result_key = result_key
        self.result = result
        self.condition = condition
        self.groups = groups
        self.start = start
        self.end = end

    def children(self) -> Sequence[Expression]:
        """The collection, then whichever of key, result and condition there are."""
        parts = (self.collection, self.result_key, self.result, self.condition)
        return [part for part in parts if part is not None]


def walk(expression: Expression) -> Iterator[Expression]:
    """Yield the expression and everything inside it, each before what it holds, in the order of the text."""
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children()))
