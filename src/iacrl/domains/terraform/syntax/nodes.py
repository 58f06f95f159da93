"""The syntax tree of HashiCorp's native syntax (HCL), as Terraform uses it.

Every node has its place as two offsets into the text, `start` and `end` (end exclusive, in code points); a `Source`
turns them into a `Range`. The tree is plain data, made once by the parser and never changed afterwards.

A node is built from `start`, `end`, and then its fields in order. `_Built` writes the constructors: those of a
dataclass cost three times as long to import, and those of a frozen one three times as long to call.

A tree is never deeper than `MAX_HEIGHT`, so recursive functions over it are safe.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, dataclass_transform
from typing import Literal as OneOf

if TYPE_CHECKING:
    from decimal import Decimal

    #: The value of a `Literal`. Whole numbers without a point or exponent are `int`, all others `Decimal`.
    Scalar = None | bool | int | Decimal | str

#: No expression that the parser returns is higher than this; `[a]` has height 2.
MAX_HEIGHT = 200

UnaryOperator = OneOf["-", "!"]
BinaryOperator = OneOf["||", "&&", "==", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "%"]


@dataclass_transform()
class _Built:
    """Gives a class a constructor from its fields, with those of its parents first.

    `children` names the fields with an expression's parts; a field with a star has several.
    """

    __slots__ = ()
    _fields: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, children: str = "") -> None:
        if not cls.__annotations__:
            return
        fields = cls._fields = (*cls._fields, *cls.__annotations__)
        code = f"def __init__(self, {', '.join(fields)}):" + "".join(f"\n self.{field} = {field}" for field in fields)
        if children:
            parts = children[1:] if children[0] == "*" else ", self.".join(children.split()) + ","
            code += f"\ndef children(self): return self.{parts}"
        made: dict[str, Any] = {}
        exec(code, {}, made)
        for name, method in made.items():
            setattr(cls, name, method)


class Node(_Built):
    """Anything with a place in the text."""

    __slots__ = ("end", "start")
    start: int
    end: int


class ValueNode(Node):
    """Anything that has a value."""

    __slots__ = ()

    def children(self) -> Sequence[ValueNode]:
        """The expressions directly inside this one, in the order of the text."""
        return ()


# ---- structure ---------------------------------------------------------------------------------------------------


class Body(Node):
    """The content of a file, or of a block's braces (the braces are inside `start` and `end`)."""

    __slots__ = ("attributes", "blocks")
    attributes: dict[str, Attribute]
    blocks: list[Block]


class Attribute(Node):
    """An argument, `name = value`. Its name spans `start` to `name_end`."""

    __slots__ = ("name", "name_end", "value")
    name: str
    value: ValueNode
    name_end: int

    @property
    def header(self) -> tuple[int, int]:
        """The range of its name."""
        return self.start, self.name_end


class Label(Node):
    """A label of a block: its text, and whether it was written in quotes."""

    __slots__ = ("quoted", "value")
    value: str
    quoted: bool


class Block(Node):
    """A block, `type "label" { ... }`. Its type spans `start` to `type_end`, its header `start` to `header_end`."""

    __slots__ = ("body", "header_end", "labels", "type", "type_end")
    type: str
    labels: tuple[Label, ...]
    body: Body
    type_end: int
    header_end: int

    @property
    def header(self) -> tuple[int, int]:
        """The range of its type and labels."""
        return self.start, self.header_end

    @property
    def type_place(self) -> tuple[int, int]:
        """The range of its type."""
        return self.start, self.type_end


# ---- values ------------------------------------------------------------------------------------------------------


class Literal(ValueNode):
    """A value written in the text: a number, `true`, `false`, `null`, or a string without interpolation.

    A string (quoted or heredoc) has its decoded text. The quotes are inside `start` and `end`.
    A bare object key, `{ name = 1 }`, is a `Literal` string as well.
    """

    __slots__ = ("value",)
    value: Scalar


class Template(ValueNode, children="*parts"):
    """A string with interpolations or directives, quoted or heredoc.

    Attributes:
        parts: In order: string `Literal`s (decoded; strip markers and `<<-` indentation already applied), `TemplateIf`,
            `TemplateFor`, and interpolated expressions.
        wraps: True for exactly `"${x}"`: its value is x itself, of any type, rather than a string.
    """

    __slots__ = ("parts", "wraps")
    parts: tuple[ValueNode, ...]
    wraps: bool


class TemplateIf(ValueNode, children="condition then otherwise"):
    """`%{ if condition }...%{ else }...%{ endif }` in a template. A missing else is an empty `Template`."""

    __slots__ = ("condition", "otherwise", "then")
    condition: ValueNode
    then: Template
    otherwise: Template


class TemplateFor(ValueNode, children="collection body"):
    """`%{ for key, value in collection }...%{ endfor }` in a template. `key` is None if it is not named."""

    __slots__ = ("body", "collection", "key", "value")
    key: str | None
    value: str
    collection: ValueNode
    body: Template


class Tuple(ValueNode, children="*items"):
    """`[a, b]`."""

    __slots__ = ("items",)
    items: tuple[ValueNode, ...]


class ObjectItem(Node):
    """One `key = value` or `key : value` of an object.

    A bare name as key is a `Literal` string; `(name)` is `Parens`; a bare `a.b` is a `Traversal`, which Terraform
    refuses as ambiguous.
    """

    __slots__ = ("key", "value")

    def __init__(self, key: ValueNode, value: ValueNode) -> None:
        self.key = key
        self.value = value
        self.start = key.start
        self.end = value.end


class Object(ValueNode):
    """`{ key = value, ... }`."""

    __slots__ = ("items",)
    items: tuple[ObjectItem, ...]

    def children(self) -> Sequence[ValueNode]:
        """Keys and values, alternating."""
        return [child for item in self.items for child in (item.key, item.value)]


# ---- references --------------------------------------------------------------------------------------------------


class GetAttr(Node):
    """The step `.name` of a traversal; the dot is inside `start` and `end`."""

    __slots__ = ("name",)
    name: str

    def __str__(self) -> str:
        return "." + self.name


class GetIndex(Node):
    """The step `[0]` or `["key"]` of a traversal, or the old form `.0`."""

    __slots__ = ("key",)
    key: int | Decimal | str

    def __str__(self) -> str:
        if isinstance(self.key, str):
            quoted = self.key.replace("\\", "\\\\").replace('"', '\\"')
            return f'["{quoted}"]'
        return f"[{self.key}]"


Step = GetAttr | GetIndex


class Traversal(ValueNode):
    """A reference: a name and the steps that follow, `var.region`, `aws_vpc.main[0].id`, or a bare `name`.

    `str()` returns its usual spelling. The name spans `start` to `start + len(root)`.
    """

    __slots__ = ("root", "steps")
    root: str
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return self.root + "".join(map(str, self.steps))


class RelativeTraversal(ValueNode, children="source"):
    """Steps after something other than a name: `f(x).id`, `(a)[0]`, or a `SplatItem`."""

    __slots__ = ("source", "steps")
    source: ValueNode
    steps: tuple[Step, ...]


class Index(ValueNode, children="collection key"):
    """`collection[key]` where the key is not a literal."""

    __slots__ = ("collection", "key")
    collection: ValueNode
    key: ValueNode


class SplatItem(ValueNode):
    """The nameless element for which a splat evaluates its `each`. Its range is the star's."""

    __slots__ = ()


class Splat(ValueNode, children="source each"):
    """`source[*].a` (`full`) or `source.*.a`: the list of `each`, evaluated for every element of `source`.

    Attributes:
        each: An expression over one `SplatItem`, such as `RelativeTraversal(SplatItem, .a)`. After `[*]` it holds all
            the steps that follow; after `.*` only the attribute steps, and a later `[0]` applies to the list.
    """

    __slots__ = ("each", "full", "source")
    source: ValueNode
    each: ValueNode
    full: bool


# ---- computation -------------------------------------------------------------------------------------------------


class Parens(ValueNode, children="inner"):
    """`(inner)`."""

    __slots__ = ("inner",)
    inner: ValueNode


class FunctionCall(ValueNode, children="*arguments"):
    """`name(a, b...)`. The name spans `start` to `name_end`, and may be `provider::x::f` (spaces left out).

    `expands` is True if `...` follows the last argument.
    """

    __slots__ = ("arguments", "expands", "name", "name_end")
    name: str
    arguments: tuple[ValueNode, ...]
    expands: bool
    name_end: int


class Unary(ValueNode, children="operand"):
    """`-operand` or `!operand`."""

    __slots__ = ("operand", "operator")
    operator: UnaryOperator
    operand: ValueNode


class Binary(ValueNode, children="left right"):
    """`left operator right`."""

    __slots__ = ("left", "operator", "right")
    operator: BinaryOperator
    left: ValueNode
    right: ValueNode


class Conditional(ValueNode, children="condition then otherwise"):
    """`condition ? then : otherwise`."""

    __slots__ = ("condition", "otherwise", "then")
    condition: ValueNode
    then: ValueNode
    otherwise: ValueNode


class For(ValueNode):
    """`[for key, value in collection : result if condition]`, or with braces and `result_key => result`.

    Attributes:
        collection: The iterated collection; it does not see the two names.
        result_key: The object's key; None for the form with square brackets, which gives a tuple.
        condition: The filter, or None.
        groups: Whether `...` follows the result, which collects the values of equal keys in lists.
    """

    __slots__ = ("collection", "condition", "groups", "key", "result", "result_key", "value")
    key: str | None
    value: str
    collection: ValueNode
    result_key: ValueNode | None
    result: ValueNode
    condition: ValueNode | None
    groups: bool

    def children(self) -> Sequence[ValueNode]:
        """The collection, then those of key, result and condition that exist."""
        parts = (self.collection, self.result_key, self.result, self.condition)
        return [part for part in parts if part is not None]


def walk(expression: ValueNode) -> Iterator[ValueNode]:
    """Yield the expression and everything inside it, parents first, in the order of the text."""
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children()))
