"""Types, their conversion and unification, and type constraints. What is expected was observed with Terraform 1.11."""

from __future__ import annotations

import pytest

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.cty.types import BOOL, DYNAMIC, NUMBER, STRING, from_json
from iacrl.domains.terraform.cty.unification import convertible, unify
from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.expressions.constraints import Constraint, read_constraint
from iacrl.domains.terraform.expressions.evaluator import evaluate_constant
from iacrl.domains.terraform.findings import Finding
from iacrl.domains.terraform.syntax.parser import parse


def constraint(text: str) -> tuple[Constraint, list[Finding]]:
    report: list[Finding] = []
    value = parse(f"type = {text}\n").body.attributes["type"].value
    return read_constraint(value, report, evaluate_constant), report


def constant(text: str) -> Value:
    report: list[Finding] = []
    value = evaluate_constant(parse(f"value = {text}\n").body.attributes["value"].value, report)
    assert report == []
    return value


def plain(value: Value) -> object:
    """The data without types, for comparison."""
    if isinstance(value.data, tuple):
        return [plain(part) for part in value.data]
    if isinstance(value.data, dict):
        return {name: plain(part) for name, part in value.data.items()}
    return value.data


@pytest.mark.parametrize(
    "written",
    [
        "string",
        ["list", "string"],
        ["map", ["set", "number"]],
        ["tuple", ["string", "bool"]],
        ["object", {"a": "string", "b": ["list", "dynamic"]}],
        ["object", {"a": "string", "b": "number"}, ["b"]],
    ],
)
def test_json_form_is_read_and_written_unchanged(written: object) -> None:
    assert from_json(written).to_json() == written


@pytest.mark.parametrize("written", ["text", ["list"], ["list", "nothing"], 5, ["object", ["a"]]])
def test_json_that_is_no_type_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="not a Terraform type"):
        from_json(written)


@pytest.mark.parametrize(
    ("text", "type"),
    [
        ("string", "string"),
        ("any", "dynamic"),
        ("list", ["list", "dynamic"]),
        ("map", ["map", "dynamic"]),
        ("list(any)", ["list", "dynamic"]),
        ("set(list(number))", ["set", ["list", "number"]]),
        ("tuple([string, bool])", ["tuple", ["string", "bool"]]),
        ("object({ a = string, b : number })", ["object", {"a": "string", "b": "number"}]),
        ("object({ a = optional(string) })", ["object", {"a": "string"}, ["a"]]),
    ],
)
def test_constraint_is_read(text: str, type: object) -> None:
    read, report = constraint(text)
    assert (read.type.to_json(), report) == (type, [])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("foo", 'The keyword "foo" is not a valid type specification.'),
        ("null", 'The keyword "null" is not a valid type specification.'),
        ("list()", "The list type constructor requires one argument specifying the element type."),
        ("list(string, number)", "The list type constructor requires one argument specifying the element type."),
        ("set", "The set type constructor requires one argument specifying the element type."),
        ("tuple(string)", "Tuple type constructor requires a list of element types."),
        ("object({ a = string, a = number })", "Object constructor map keys must be unique."),
        ('object({ "a" = string })', "Object constructor map keys must be attribute names."),
        ("object({ (a) = string })", "Object constructor map keys must be attribute names."),
        ("object({ a = optional() })", "Optional attribute modifier requires the attribute type as its argument."),
        ("list(optional(string))", 'Keyword "optional" is valid only as a modifier for object type attributes.'),
        ("string(1)", 'Primitive type keyword "string" does not expect arguments.'),
        ("lst(string)", 'Keyword "lst" is not a valid type constructor.'),
        (
            '"any"',
            "To provide a full type expression, remove the surrounding quotes and give the type expression directly.",
        ),
    ],
)
def test_constraint_is_refused_in_terraforms_words(text: str, message: str) -> None:
    _, report = constraint(text)
    assert [(finding.rule.code, finding.detail) for finding in report] == [("TF428", message)]


def test_default_of_optional_attribute_must_fit() -> None:
    _, report = constraint('object({ a = optional(number, "x") })')
    assert [finding.rule.code for finding in report] == ["TF429"]
    assert "a number is required" in report[0].detail


def test_default_of_optional_attribute_is_constant() -> None:
    _, report = constraint("object({ a = optional(string, var.x) })")
    assert [finding.rule.code for finding in report] == ["TF430"]


def test_defaults_are_applied_at_every_level() -> None:
    read, _ = constraint('list(object({ a = string, b = optional(object({ c = optional(string, "x") }), {}) }))')
    converted = read.convert(constant('[{ a = "1" }, { a = "2", b = { c = "y" } }, { a = "3", b = null }]'))
    assert plain(converted) == [
        {"a": "1", "b": {"c": "x"}},
        {"a": "2", "b": {"c": "y"}},
        {"a": "3", "b": {"c": "x"}},
    ]


@pytest.mark.parametrize(
    ("text", "want", "data"),
    [
        ("1.50", STRING, "1.5"),
        ("true", STRING, "true"),
        ('"12"', NUMBER, 12),
        ('"true"', BOOL, True),
        ('"0"', BOOL, False),
        ("[1, 2]", types.list_of(STRING), ["1", "2"]),
        ('["b", "a", "b"]', types.set_of(STRING), ["a", "b"]),
        ("{ a = 1, b = true }", types.map_of(STRING), {"a": "1", "b": "true"}),
        ('[1, "a"]', types.list_of(DYNAMIC), ["1", "a"]),
        ("{ a = 1, b = 2 }", types.object_of({"a": STRING}), {"a": "1"}),
        ("{ a = 1 }", types.object_of({"a": STRING, "b": NUMBER}, ["b"]), {"a": "1", "b": None}),
        ("null", types.list_of(STRING), None),
    ],
)
def test_value_is_converted(text: str, want: types.Type, data: object) -> None:
    converted = convert(constant(text), want)
    assert plain(converted) == data
    if not want.is_dynamic_inside:
        assert converted.type == types.without_optional(want)


@pytest.mark.parametrize(
    ("text", "want", "message"),
    [
        ('"x"', NUMBER, "a number is required"),
        ('"yes"', BOOL, "a bool is required"),
        ('"True"', BOOL, 'a bool is required; to convert from string, use lowercase "true"'),
        ("[]", STRING, "string required"),
        ("1", BOOL, "bool required"),
        ('"a"', types.list_of(STRING), "list of string required"),
        ("{}", types.list_of(STRING), "list of string required"),
        ("[[]]", types.list_of(STRING), "element 0: string required"),
        ("{ k = [] }", types.map_of(NUMBER), 'element "k": number required'),
        ("[1, []]", types.list_of(DYNAMIC), "all list elements must have the same type"),
        ("{}", types.object_of({"a": STRING}), 'attribute "a" is required'),
        ("{}", types.object_of({"a": STRING, "b": STRING}), 'attributes "a" and "b" are required'),
        ("{ a = [] }", types.object_of({"a": STRING}), 'attribute "a": string required'),
    ],
)
def test_conversion_is_refused_in_terraforms_words(text: str, want: types.Type, message: str) -> None:
    with pytest.raises(ConversionError) as caught:
        convert(constant(text), want)
    assert caught.value.message == message


def test_conversion_error_tells_the_path() -> None:
    want = types.map_of(types.list_of(NUMBER))
    with pytest.raises(ConversionError) as caught:
        convert(constant('{ k = ["1", "x"] }'), want)
    assert caught.value.path == ("k", 1)


def test_unknown_value_takes_the_wanted_type() -> None:
    converted = convert(values.unknown(types.list_of(NUMBER)), types.set_of(STRING))
    assert not converted.known
    assert converted.type == types.set_of(STRING)


def test_unsafe_conversions_are_told_apart() -> None:
    assert convertible(STRING, NUMBER)
    assert not convertible(STRING, NUMBER, unsafe=False)
    assert convertible(NUMBER, STRING, unsafe=False)


@pytest.mark.parametrize(
    ("candidates", "result"),
    [
        (["string", "number"], "string"),
        (["number", "bool"], None),
        (["number", "dynamic"], "number"),
        ([["list", "number"], ["tuple", ["string"]]], ["list", "string"]),
        ([["tuple", ["number"]], ["tuple", ["string", "string"]]], ["list", "string"]),
        ([["tuple", ["number"]], ["tuple", ["string"]]], ["tuple", ["string"]]),
        ([["object", {"a": "number"}], ["object", {"b": "string"}]], ["map", "string"]),
        ([["object", {"a": "number"}], ["object", {"a": "string"}]], ["object", {"a": "string"}]),
        ([["object", {"a": "number"}], ["map", "string"]], ["map", "string"]),
        ([["set", "number"], ["tuple", ["string"]]], ["set", "number"]),
        ([["object", {}], ["tuple", []]], None),
        ([["object", {"a": "number"}], "dynamic"], "dynamic"),
    ],
)
def test_types_are_unified(candidates: list[object], result: object) -> None:
    made = unify([from_json(candidate) for candidate in candidates])
    assert (None if made is None else made.to_json()) == result


def test_many_types_are_unified_quickly() -> None:
    candidates = [types.object_of({f"a{i}": STRING}) for i in range(2000)] + [types.object_of({"n": NUMBER})] * 50_000
    made = unify(candidates)
    assert made is not None
    assert made.to_json() == ["map", "string"]
