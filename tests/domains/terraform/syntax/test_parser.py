from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from iacrl.domains.ranges import Position
from iacrl.domains.terraform.syntax import nodes as n
from iacrl.domains.terraform.syntax.parser import ParseResult, parse


def value_of(source: str) -> n.ValueNode:
    result = parse(f"a = {source}\n")
    assert result.diagnostics == ()
    return result.body.attributes["a"].value


def shape(node: Any) -> Any:
    """Return a tree as nested tuples, for comparison."""
    if isinstance(node, n.Node):
        names = [name for kind in type(node).__mro__ for name in getattr(kind, "__slots__", ())]
        fields = sorted(name for name in names if name not in ("start", "end") and not name.endswith("_end"))
        return (type(node).__name__, *(shape(getattr(node, name)) for name in fields))
    if isinstance(node, tuple | list):
        return [shape(item) for item in node]
    return node


def literal(value: object) -> tuple[str, object]:
    return ("Literal", value)


def name(root: str) -> tuple[str, str, list[object]]:
    return ("Traversal", root, [])


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1", 1),
        ("007", 7),
        ("1.5", Decimal("1.5")),
        ("1e3", Decimal("1e3")),
        ("true", True),
        ("null", None),
        ('""', ""),
        ('"a\\n\\"\\\\\\u00e9\\U0001F600"', 'a\n"\\é😀'),
        ('"$${a} %%{b} $5 %"', "${a} %{b} $5 %"),
        ('"e\u0301"', "é"),
        ("<<E\n  a\nb\n  E", "  a\nb\n"),
        ("<<-E\n    a\n\n      b\n  E", "a\n\n  b\n"),
        ("<<E\n\\n $${a}\nE", "\\n ${a}\n"),
        ("<<E\nE", ""),
    ],
)
def test_literals(source: str, value: object) -> None:
    found = value_of(source)
    assert isinstance(found, n.Literal)
    assert found.value == value
    assert type(found.value) is type(value)


def test_operators_bind_as_in_terraform() -> None:
    tree = shape(value_of("!a || b && c == d + e * -f ? 1 : 2"))
    assert tree == (
        "Conditional",
        (
            "Binary",
            ("Unary", name("a"), "!"),
            "||",
            (
                "Binary",
                name("b"),
                "&&",
                (
                    "Binary",
                    name("c"),
                    "==",
                    ("Binary", name("d"), "+", ("Binary", name("e"), "*", ("Unary", name("f"), "-"))),
                ),
            ),
        ),
        literal(2),
        literal(1),
    )
    assert shape(value_of("a - b - c")) == shape(value_of("a - b - c"))
    assert shape(value_of("a - b - c")) == ("Binary", ("Binary", name("a"), "-", name("b")), "-", name("c"))


@pytest.mark.parametrize("source", ["a.b[0].c", 'a["k"].b', "a.0.b", "(a\n.b)", "a . b"])
def test_static_steps_are_one_traversal(source: str) -> None:
    found = value_of(source)
    found = found.inner if isinstance(found, n.Parens) else found
    assert isinstance(found, n.Traversal)
    assert found.root == "a"


def test_traversals_print_as_they_are_usually_written() -> None:
    assert str(value_of('a . b[ 0 ].1["x\\"y"]')) == 'a.b[0][1]["x\\"y"]'


def test_steps_that_are_not_static() -> None:
    index = value_of("a.b[c].d")
    assert isinstance(index, n.RelativeTraversal)
    assert isinstance(index.source, n.Index)
    assert shape(index.source.key) == name("c")
    splat = value_of("a[*].b[c]")
    assert isinstance(splat, n.Splat)
    assert splat.full
    assert isinstance(splat.each, n.Index)
    old = value_of("a.*.b[0]")
    assert isinstance(old, n.RelativeTraversal)
    assert isinstance(old.source, n.Splat)
    assert not old.source.full
    assert isinstance(value_of("true.a"), n.RelativeTraversal)


def test_objects_keep_bare_keys_as_names() -> None:
    found = value_of('{ a = 1, true : 2, "b" = 3\n (c) = 4, d.e = 5, 6 = 6 }')
    assert isinstance(found, n.Object)
    keys = [item.key for item in found.items]
    assert [key.value for key in keys if isinstance(key, n.Literal)] == ["a", "true", "b", 6]
    assert isinstance(keys[3], n.Parens)
    assert isinstance(keys[4], n.Traversal)


def test_calls_and_for_expressions() -> None:
    call = value_of("provider :: aws::f(a, b...)")
    assert isinstance(call, n.FunctionCall)
    assert (call.name, call.expands, len(call.arguments)) == ("provider::aws::f", True, 2)
    loop = value_of("{for k, v in m : k => v... if v}")
    assert isinstance(loop, n.For)
    assert (loop.key, loop.value, loop.groups) == ("k", "v", True)
    assert shape(loop.condition) == name("v")
    listed = value_of("[for v in m : v]")
    assert isinstance(listed, n.For)
    assert (listed.key, listed.result_key, listed.condition) == (None, None, None)


def test_templates() -> None:
    wrapped = value_of('"${a}"')
    assert isinstance(wrapped, n.Template)
    assert wrapped.wraps
    mixed = value_of('"x ${~ a ~} y"')
    assert isinstance(mixed, n.Template)
    assert [shape(part) for part in mixed.parts] == [literal("x"), name("a"), literal("y")]
    directive = value_of('"%{ if a }b%{ else }c%{ endif }%{ for k, v in m }${v}%{ endfor }"')
    assert isinstance(directive, n.Template)
    condition, loop = directive.parts
    assert isinstance(condition, n.TemplateIf)
    assert shape(condition.then.parts) == [literal("b")]
    assert shape(condition.otherwise.parts) == [literal("c")]
    assert isinstance(loop, n.TemplateFor)
    assert (loop.key, loop.value) == ("k", "v")


def test_a_block() -> None:
    text = 'resource "aws_x" name {\n  a = 1\n  b { c = 2 }\n  b {}\n}\n'
    (block,) = parse(text).body.blocks
    assert block.type == "resource"
    assert [(label.value, label.quoted) for label in block.labels] == [("aws_x", True), ("name", False)]
    assert list(block.body.attributes) == ["a"]
    assert [list(inner.body.attributes) for inner in block.body.blocks] == [["c"], []]
    assert text[block.start : block.header_end] == 'resource "aws_x" name'
    assert text[block.body.start : block.end] == text[text.index("{") : -1]


@pytest.mark.parametrize(
    "source",
    [
        "a.b[c].d",
        "f(1, 2)",
        "[1, 2]",
        "{ a = 1 }",
        "(a)",
        "-a",
        "a ? b : c",
        '"x${a}y"',
        "a[*].b",
        "a.*.b",
        "[for a in b : c]",
        "<<E\n${a}\nE",
        "<<E\na\nE",
        "a + b",
        '"plain"',
        "12",
        "a.b.c",
        "null",
    ],
)
def test_every_node_spans_its_own_text(source: str) -> None:
    text = f"a = {source}\n"
    (attribute,) = parse(text).body.attributes.values()
    assert text[attribute.value.start : attribute.value.end] == source
    for node in n.walk(attribute.value):
        assert attribute.value.start <= node.start <= node.end <= attribute.value.end


def errors(text: str) -> list[tuple[str, int, int]]:
    return [(found.code, found.range.start.line, found.range.start.column) for found in parse(text).diagnostics]


def test_every_broken_block_is_reported_and_the_others_are_kept() -> None:
    text = """\
resource "aws_a" "one" {
  a = 1 b = 2
}

resource "aws_b" "two" {
  a = 1
}

resource "aws_c" "three" {
  a = [1 2]
}

variable "four" {
  default = {
}

output "five" {
  value = 5
}
"""
    result = parse(text)
    assert errors(text) == [("TF111", 2, 9), ("TF145", 10, 10), ("TF119", 13, 17)]
    assert [block.labels[-1].value for block in result.body.blocks] == ["two", "five"]


def test_an_unclosed_block_does_not_hide_the_blocks_after_it() -> None:
    text = 'resource "a" "b" {\n  c {\n}\n\nvariable "d" {}\n\nlocals {\n  e = \n}\n'
    assert errors(text) == [("TF119", 1, 18), ("TF130", 8, 7)]


def test_the_range_is_the_offending_token_in_code_points() -> None:
    (found,) = parse('a = "é😀" +\n').diagnostics
    assert found.range.start == Position(1, 11)
    (found,) = parse("\ufeffa = =\n").diagnostics
    assert found.range.start == Position(1, 5)
    assert found.range.end == Position(1, 6)


def test_repeated_arguments_are_reported_once_each_and_the_block_is_kept() -> None:
    result = parse("b {\n  a = 1\n  a = 2\n  a = 3\n}\n")
    assert errors("b {\n  a = 1\n  a = 2\n  a = 3\n}\n") == [("TF113", 3, 3), ("TF113", 4, 3)]
    assert len(result.body.blocks) == 1


def test_the_file_is_in_the_ranges() -> None:
    result: ParseResult = parse("a = \n", "main.tf")
    assert result.diagnostics[0].range.file == "main.tf"


def test_bytes_that_are_not_utf8_are_an_error_except_in_comments() -> None:
    text = b"# \xff\na = 1 // \xfe\n/* \xfd */\n".decode("utf-8", "surrogateescape")
    assert errors(text) == []
    assert errors(b'a = "\xff"\n'.decode("utf-8", "surrogateescape")) == [("TF102", 1, 6)]
    assert errors(b"a = <<E\n\xff\nE\n".decode("utf-8", "surrogateescape")) == [("TF102", 2, 1)]
