from __future__ import annotations

import doctest
import pickle
from textwrap import dedent

import pytest

from iacrl.domains.document import Expression
from iacrl.domains.terraform.document import document as document_module
from iacrl.domains.terraform.document.document import TerraformDocument
from iacrl.domains.terraform.document.entity import TerraformEntity
from iacrl.domains.terraform.expressions.functions.groups import FILE_FUNCTIONS
from iacrl.domains.terraform.syntax.parser import parse

#: Functions that compute with a path alone.
PATHS = {"abspath", "basename", "dirname", "pathexpand"}


def read(text: str) -> TerraformDocument:
    result = parse(dedent(text))
    assert result.diagnostics == ()
    return TerraformDocument([(result.body, result.source)])


def resource(text: str, before: str = "") -> TerraformEntity:
    found = read(f'{dedent(before)}\nresource "aws_x" "this" {{\n{dedent(text)}\n}}\n').find("aws_x.this")
    assert found is not None
    return found


def test_the_examples_in_the_documentation_are_true() -> None:
    outcome = doctest.testmod(document_module)
    assert outcome.attempted > 10
    assert outcome.failed == 0


def test_everything_declared_is_an_entity_in_the_order_of_the_text() -> None:
    document = read(
        """
        terraform { required_version = ">= 1" }
        provider "aws" { region = "eu-west-1" }
        provider "aws" {
          alias  = "us"
          region = "us-east-1"
        }
        variable "a" {}
        locals {
          b = 1
          c = 2
        }
        data "aws_ami" "d" {}
        resource "aws_x" "e" {}
        ephemeral "aws_y" "e2" {}
        module "f" { source = "./f" }
        output "g" { value = 1 }
        """
    )
    assert [entity.address for entity in document.entities] == [
        "provider.aws",
        "provider.aws",
        "var.a",
        "local.b",
        "local.c",
        "data.aws_ami.d",
        "aws_x.e",
        "ephemeral.aws_y.e2",
        "module.f",
        "output.g",
    ]
    assert [entity.value("alias") for entity in document.providers["aws"]] == [None, "us"]
    assert document.locals["c"].values == {"value": 2}
    assert document.data["aws_ami"]["d"].category == "data"
    assert document.modules["f"].value("source") == "./f"
    assert document.outputs["g"].value("value") == 1
    assert document.settings[0].value("required_version") == ">= 1"
    assert document.find("aws_x.nothing") is None
    assert document.find("module.f") is document.modules["f"]


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1", 1),
        ("1.5", 1.5),
        ("1e3", 1000),
        ("-2", -2),
        ("true", True),
        ("null", None),
        ('"a${1 + 1}"', "a2"),
        ('[1, "a"]', (1, "a")),
        ('toset(["b", "a", "b"])', ("a", "b")),
        ('{ a = 1, "b c" = [2] }', {"a": 1, "b c": (2,)}),
        ("var.name", "web"),
        ("var.number", 3),
        ("local.chain", "web-1"),
        ("local.map.inner", "deep"),
        ('"${local.chain}-${var.number}"', "web-1-3"),
        ("<<-EOT\n    one\n      two\n  EOT", "one\n  two\n"),
        ("jsonencode({ b = [1], a = null })", '{"a":null,"b":[1]}'),
        ('[for name in ["a", "b"] : upper(name)]', ("A", "B")),
        ('var.number > 2 ? "many" : "few"', "many"),
        ("merge(local.map, { more = 1 })", {"inner": "deep", "more": 1}),
        ("var.object.size", 20),
    ],
)
def test_static_values(source: str, value: object) -> None:
    before = """
    variable "name" { default = "web" }
    variable "number" {
      type    = number
      default = "3"
    }
    variable "object" {
      type    = object({ name = string, size = optional(number, 20) })
      default = { name = "a" }
    }
    locals {
      chain = "${local.base}-1"
      base  = var.name
      map   = { inner = "deep" }
    }
    """
    assert resource(f"a = {source}", before).values["a"] == value


@pytest.mark.parametrize(
    ("source", "text", "references"),
    [
        ("aws_y.b.id", "aws_y.b.id", ("aws_y.b.id",)),
        ('"x-${aws_y.b.id}"', '"x-${aws_y.b.id}"', ("aws_y.b.id",)),
        ("var.none", "var.none", ("var.none",)),
        ("aws_y.b[count.index].id", "aws_y.b[count.index].id", ("aws_y.b[count.index].id", "count.index")),
        ("aws_y.b[*].id", "aws_y.b[*].id", ("aws_y.b[*].id",)),
        ("aws_y.b.*.id[0]", "aws_y.b.*.id[0]", ("aws_y.b[*].id[0]",)),
        ('aws_y.b["k"].id', 'aws_y.b["k"].id', ('aws_y.b["k"].id',)),
        ("[for x in aws_y.b : x.id]", "[for x in aws_y.b : x.id]", ("aws_y.b",)),
        ("f(aws_y.a.id).b", "f(aws_y.a.id).b", ("aws_y.a.id",)),
        ("local.id", "aws_y.b.id", ("aws_y.b.id",)),
        ("local.loop", "local.loop", ("local.loop",)),
        ("each.value.id", "each.value.id", ("each.value.id",)),
    ],
)
def test_what_is_not_static_is_an_expression(source: str, text: str, references: tuple[str, ...]) -> None:
    entity = resource(
        f"a = {source}",
        'variable "none" {}\nlocals {\n  id = aws_y.b.id\n  loop = local.loop2\n  loop2 = local.loop\n}\n',
    )
    found = entity.values["a"]
    assert isinstance(found, Expression)
    if source != "local.loop":
        assert found == Expression(text, references)


def test_lists_and_objects_keep_what_is_known_of_them() -> None:
    entity = resource(
        """
        list   = ["a", aws_y.b.id]
        object = { a = 1, (var.key) = aws_y.b.id }
        merged = merge({ a = 1 }, { b = aws_y.b.id })
        policy = jsonencode({ Statement = [{ Effect = "Allow", Resource = aws_y.b.arn }] })
        """,
        'variable "key" { default = "k" }',
    )
    unknown = Expression("aws_y.b.id", ("aws_y.b.id",))
    assert entity.values["list"] == ("a", unknown)
    assert entity.values["object"] == {"a": 1, "k": unknown}
    assert entity.value("merged.a") == 1
    assert entity.value("merged.b").references == ("aws_y.b.id",)
    assert entity.value("policy.Statement[0].Effect") == "Allow"
    assert entity.value("policy.Statement[0].Resource") == Expression("aws_y.b.arn", ("aws_y.b.arn",))


def test_blocks_are_lists_and_labelled_ones_stand_under_their_label() -> None:
    entity = resource(
        """
        ingress { from_port = 80 }
        ingress { from_port = 443 }
        provisioner "local-exec" { command = "true" }
        """
    )
    assert [block["from_port"] for block in entity.values["ingress"]] == [80, 443]
    assert entity.value("ingress[*].from_port") == 80
    assert entity.values["provisioner"] == ({"local-exec": {"command": "true"}},)


def test_dynamic_blocks_are_expanded_where_their_collection_is_known() -> None:
    entity = resource(
        """
        dynamic "ingress" {
          for_each = var.ports
          content {
            from_port = ingress.value
            name      = "rule ${ingress.key}"
          }
        }
        ingress { from_port = 1 }
        dynamic "egress" {
          for_each = aws_y.b.ports
          iterator = it
          content { from_port = it.value }
        }
        """,
        'variable "ports" { default = [80, 443] }',
    )
    assert entity.values["ingress"] == (
        {"from_port": 80, "name": "rule 0"},
        {"from_port": 443, "name": "rule 1"},
        {"from_port": 1},
    )
    assert entity.values["egress"] == ({"from_port": Expression("it.value", ("it.value",))},)
    assert entity.range_of(("ingress", 1, "from_port")).start.line == 7


def test_instances() -> None:
    assert [one.key for one in resource("a = 1").instances or ()] == [None]
    counted = resource('count = var.n\nname = "web-${count.index}"', 'variable "n" { default = "2" }')
    assert [one.value("name") for one in counted.instances or ()] == ["web-0", "web-1"]
    repeated = resource("for_each = { a = 1, b = 2 }\nname = each.key\nsize = each.value")
    assert [(one.key, one.value("name"), one.value("size")) for one in repeated.instances or ()] == [
        ("a", "a", 1),
        ("b", "b", 2),
    ]
    assert repeated.value("name") == Expression("each.key", ("each.key",))
    partly = resource("for_each = { a = aws_y.b.id }\nid = each.value")
    assert [one.key for one in partly.instances or ()] == ["a"]
    assert resource("count = 0").instances == ()


@pytest.mark.parametrize(
    "argument",
    ["count = aws_y.b.n", "for_each = var.none", 'for_each = ["a"]', "count = -1", 'count = "x"', "count = 1e300"],
)
def test_instances_that_are_not_known(argument: str) -> None:
    assert resource(argument, 'variable "none" {}').instances is None


def test_places() -> None:
    document = read(
        """\
        resource "aws_x" "this" {
          tags = {
            Name = "a"
            List = [1, aws_y.b.id]
          }
          rule {
            port = 80
          }
        }
        """
    )
    entity = document.resources["aws_x"]["this"]

    def place(*steps: str | int) -> tuple[int, int]:
        start = entity.range_of(steps).start
        return start.line, start.column

    assert place() == (1, 1)
    assert place("tags") == (2, 10)
    assert place("tags", "Name") == (3, 12)
    assert place("tags", "List", 1) == (4, 16)
    assert place("tags", "Missing") == (2, 10)
    assert place("rule", 0) == (6, 3)
    assert place("rule", 0, "port") == (7, 12)
    assert place("nothing", "at", "all") == (1, 1)
    assert entity.references_at(("tags",)) == ("aws_y.b.id",)
    assert entity.references_at(()) == ("aws_y.b.id",)
    assert entity.references_at(("rule", 0)) == ()


def test_the_condition_of_a_check_stays_as_it_is_written() -> None:
    document = read(
        """
        variable "n" {
          default = 1
          validation {
            condition     = var.n > 0
            error_message = "Must be positive."
          }
        }
        """
    )
    (validation,) = document.variables["n"].values["validation"]
    assert validation == {"condition": Expression("var.n > 0", ("var.n",)), "error_message": "Must be positive."}


def test_values_cannot_be_changed() -> None:
    entity = resource("a = { b = 1 }")
    with pytest.raises(TypeError):
        entity.values["a"]["b"] = 2  # type: ignore[index]
    with pytest.raises(TypeError):
        entity.values["c"] = 2  # type: ignore[index]


def test_it_travels_between_processes() -> None:
    document = read('resource "aws_x" "this" {\n  a = [1]\n}\n')
    assert document.resources["aws_x"]["this"].values == {"a": (1,)}
    again = pickle.loads(pickle.dumps(document))
    assert again.resources["aws_x"]["this"].values == {"a": (1,)}


@pytest.mark.parametrize("path", ["main.tf", "templates", ".", "../x", "/etc/hosts", "~/x", "${path.module}/x"])
@pytest.mark.parametrize("name", sorted(FILE_FUNCTIONS - PATHS | {"templatefile"}))
def test_what_a_file_holds_is_not_known_and_no_error(name: str, path: str) -> None:
    more = {"fileset": ', "**"', "templatefile": ", {}"}.get(name, "")
    call = f'{name}("{path}"{more})'
    text = f"a = try({call}, 1)\nb = can({call})\nc = try({call} == {call} ? 1 : 2, 3)\nd = [{call}]"
    found = resource(text).values
    assert all(isinstance(found[key], Expression) for key in "abc")
    assert isinstance(found["d"][0], Expression)
    template = f"locals {{\n  t = <<EOT\n$${{{call}}}\nEOT\n}}"
    if name != "templatefile":  # a template cannot contain another
        assert isinstance(resource("a = try(templatestring(local.t, {}), 1)", template).values["a"], Expression)


def test_deep_and_cyclic_definitions_end() -> None:
    chain = "".join(f"  a{index} = local.a{index + 1}\n" for index in range(500))
    document = read(f"locals {{\n{chain}  a500 = 1\n}}\n")
    assert isinstance(document.locals["a0"].values["value"], Expression)
    assert document.locals["a499"].values["value"] == 1
    wide = "".join(f"  b{index} = [local.b{index + 1}, local.b{index + 1}]\n" for index in range(40))
    document = read(f"locals {{\n{wide}  b40 = aws_y.b.id\n}}\n")
    assert document.locals["b39"].value("value[0]") == Expression("aws_y.b.id", ("aws_y.b.id",))
    assert document.locals["b0"].values is not None  # 2 to the power of 40 elements, of which only some are shown


@pytest.mark.parametrize(
    "value",
    [
        "[aws_x.this.a, aws_x.this.a]",
        "{ a = [aws_x.this.a], b = aws_x.this.a }",
        "try([file(aws_x.this.a), aws_x.this.a])",
        "jsonencode([aws_x.this.a, aws_x.this.a])",
        'jsonencode({ a = "-${aws_x.this.a}-" })',
        "[aws_x.this.b, [aws_x.this.a]]",
    ],
)
def test_a_value_that_contains_itself_ends(value: str) -> None:
    assert resource(f"a = {value}\nb = [{value}]").values.keys() == {"a", "b"}
