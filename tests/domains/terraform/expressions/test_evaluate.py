"""Evaluation of expressions: names, unknowns, marks, errors and where they stand, and hostile trees."""

from __future__ import annotations

from pathlib import Path

import pytest

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.types import BOOL, NUMBER, STRING
from iacrl.domains.terraform.cty.values import ANY, EPHEMERAL, SENSITIVE, UNKNOWN, Value, unknown
from iacrl.domains.terraform.expressions.constraints import read_constraint
from iacrl.domains.terraform.expressions.evaluator import Budget, evaluate, evaluate_constant
from iacrl.domains.terraform.findings import Finding
from iacrl.domains.terraform.rule_catalogue import RULES
from iacrl.domains.terraform.syntax import nodes
from iacrl.domains.terraform.syntax.parser import parse

FIXTURES = Path(__file__).parents[3] / "fixtures" / "terraform"
EXPRESSION_CODES = [rule.code for rule in RULES if "TF410" <= rule.code <= "TF430"]


class Names:
    """A scope from a table of names; `var.x` and `local.x` take one step."""

    def __init__(self, values: dict[str, Value], directory: Path | None = None) -> None:
        self.values = values
        self.directory = directory
        self.dialect = "terraform"

    def resolve(self, reference: nodes.Traversal) -> tuple[Value, int]:
        first = reference.steps[0] if reference.steps else None
        if isinstance(first, nodes.GetAttr) and f"{reference.root}.{first.name}" in self.values:
            return self.values[f"{reference.root}.{first.name}"], 1
        return ANY, len(reference.steps)

    def has_function(self, name: str) -> bool:
        return name == "provider::known::f"


SCOPE = Names(
    {
        "var.s": unknown(STRING),
        "var.n": unknown(NUMBER),
        "var.b": unknown(BOOL),
        "var.l": unknown(types.list_of(STRING)),
        "var.o": unknown(types.object_of({"a": STRING, "l": types.list_of(NUMBER)})),
        "var.secret": unknown(STRING).marked(SENSITIVE),
        "var.token": unknown(STRING).marked(EPHEMERAL),
    }
)


def run(text: str, scope: Names = SCOPE) -> tuple[Value, list[Finding]]:
    parsed = parse(f"value = {text}\n")
    assert parsed.diagnostics == ()
    report: list[Finding] = []
    return evaluate(parsed.body.attributes["value"].value, scope, report), report


@pytest.mark.parametrize(
    ("text", "type"),
    [
        ("var.s", "string"),
        ('"a-${var.s}"', "string"),
        ("var.n + 1", "number"),
        ("!var.b", "bool"),
        ("var.n > 3", "bool"),
        ("var.s == null", "bool"),
        ("var.l[0]", "string"),
        ("var.o.l", ["list", "number"]),
        ("var.l[*]", ["list", "string"]),
        ("upper(var.s)", "string"),
        ("length(var.l)", "number"),
        ("values({ a = var.s })", ["tuple", ["string"]]),
        ("concat(var.l, var.l)", ["list", "string"]),
        ("var.b ? 1 : var.s", "string"),
        ('var.b ? [] : ["a"]', ["list", "string"]),
        ("[for x in var.l : x]", "dynamic"),
        ("timestamp()", "string"),
        ("try(var.s, 1)", "dynamic"),
        ("can(var.s)", "bool"),
        ("aws_vpc.main.id", "dynamic"),
        ("jsondecode(var.s)", "dynamic"),
        ("tolist([var.s])", ["list", "string"]),
    ],
)
def test_type_of_what_is_not_known(text: str, type: object) -> None:
    value, report = run(text)
    assert report == []
    assert value.type.to_json() == type
    assert not value.wholly_known


@pytest.mark.parametrize(
    ("text", "code", "token"),
    [
        ('1 + "x"', "TF410", '"x"'),
        ("null / 2", "TF411", "null / 2"),
        ("var.l == 1 ? 1 : [] ", "TF413", "1 : []"),
        ('"x" ? 1 : 2', "TF412", '"x"'),
        ('"${[]}${1}"', "TF414", "[]"),
        ("[1][3]", "TF415", "[3]"),
        ("var.o.zz", "TF416", ".zz"),
        ("[for x in var.s : x]", "TF417", "var.s"),
        ("[for x in [1] : x if []]", "TF418", "[]"),
        ("{ (null) = 1 }", "TF419", "1"),
        ("{ a.b = 1 }", "TF419", "a.b"),
        ('{ for x in ["a", "a"] : x => 1 }', "TF420", "x"),
        ("tolist(null)[*]", "TF421", "tolist(null)"),
        ("uper(1)", "TF422", "uper"),
        ("provider::other::f(1)", "TF422", "provider::other::f(1)"),
        ("upper()", "TF423", ")"),
        ('upper("a", "b")', "TF424", '"b"'),
        ("upper([])", "TF425", "[]"),
        ('file("x")', "TF425", '"x"'),
        ('jsondecode("[")', "TF426", "jsondecode("),
        ("max({}...)", "TF427", "{}"),
    ],
)
def test_error_has_a_code_and_stands_at_the_token(text: str, code: str, token: str) -> None:
    _, report = run(text)
    prefix = len("value = ")
    assert [(finding.rule.code, text[finding.start - prefix : finding.end - prefix]) for finding in report] == [
        (code, token)
    ]


@pytest.mark.parametrize(
    "text",
    [
        'var.b ? tonumber("x") : 1',
        'false ? tonumber("x") : 1',
        'try(tonumber("x"), 1)',
        'can(tonumber("x"))',
        "try(nosuch(1), 2)",
        "var.l[-1]",
        '"${var.l}x"',
        "provider::known::f([])",
        "aws_instance.web[*].id",
        'merge(null, { a = "b" })',
        "1 / 0",
        "[for x in [1] : x.a if var.b]",
    ],
)
def test_terraform_accepts_this_before_a_plan(text: str) -> None:
    assert run(text)[1] == []


def test_error_in_a_part_leaves_the_rest_checked() -> None:
    _, report = run('[1 + [], upper(1, 2), "${null}x"]')
    assert [finding.rule.code for finding in report] == ["TF410", "TF424", "TF414"]


def test_message_is_headline_and_sentence() -> None:
    _, (finding,) = run("1 + []")
    assert finding.message == "Invalid operand: Unsuitable value for right operand: number required."


def test_unknown_function_names_the_nearest() -> None:
    _, (finding,) = run("lenght([1])")
    assert 'Did you mean "length"?' in finding.detail


def test_names_of_for_hide_those_of_the_scope() -> None:
    value, report = run('[for var in [{ s = "x" }] : var.s]')
    assert report == []
    assert value.data[0].data == "x"


def test_constant_may_not_refer_to_anything() -> None:
    report: list[Finding] = []
    evaluate_constant(parse("value = [var.x, 1]\n").body.attributes["value"].value, report)
    assert [finding.rule.code for finding in report] == ["TF430"]


@pytest.mark.parametrize(
    ("text", "sensitive"),
    [
        ("var.secret", True),
        ('"a${var.secret}"', True),
        ("[1, var.secret]", True),
        ("[1, var.secret][0]", False),
        ("{ a = var.secret, b = 1 }.b", False),
        ("length([var.secret])", False),
        ("length(var.secret)", True),
        ("upper(var.secret)", True),
        ("merge({ a = var.secret }, { b = 1 }).b", False),
        ("true ? 1 : var.secret", True),
        ("nonsensitive(var.secret)", False),
        ("var.secret == null", True),
        ("[for x in [var.secret] : 1]", False),
        ("keys({ a = var.secret })", False),
        ("jsonencode({ a = var.secret })", True),
        ("sensitive(1)", True),
    ],
)
def test_sensitive_mark_follows_the_value(text: str, sensitive: bool) -> None:
    value, report = run(text)
    assert report == []
    assert ("sensitive" in values.unmark_deep(value)[1]) is sensitive


def test_marks_of_both_kinds_stay_apart() -> None:
    value, _ = run('"${var.secret}${var.token}"')
    assert value.marks == SENSITIVE | EPHEMERAL
    assert run("ephemeralasnull(var.token)")[0].marks == frozenset()


def test_file_is_looked_for_in_the_directory_of_the_module(tmp_path: Path) -> None:
    (tmp_path / "user.sh").write_text("echo")
    scope = Names({}, tmp_path)
    value, report = run('file("./user.sh")', scope)
    assert (report, value.data) == ([], "echo")
    assert [finding.rule.code for finding in run('templatefile("other.sh", {})', scope)[1]] == ["TF425"]
    assert run('file("/etc/hostname")', scope)[1] == []
    assert run('fileexists("other.sh")', scope)[0].data is False
    assert run(f'fileexists("{"x" * 300}")', scope)[0].data is False


@pytest.fixture
def templates(tmp_path: Path) -> Names:
    """A module directory with templates in it."""
    files = {
        "hello.tpl": "Hi ${name}\n",
        "plain.tpl": "no newline",
        "number.tpl": "${n + 1}",
        "list.tpl": "%{ for x in xs ~}\n${x}\n%{ endfor ~}\n",
        "broken.tpl": "${",
        "again.tpl": '${templatefile("hello.tpl", {})}',
        "escape.tpl": "$${x} %%{ if }\nEOT\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "bytes.bin").write_bytes(b"\xff\xfe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "outside").symlink_to("/etc")
    stored = {"local.tpl": values.string("<${a}>"), "local.bad": values.string("${")}
    return Names({**SCOPE.values, **stored}, tmp_path)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ('templatefile("hello.tpl", { name = "you" })', "Hi you\n"),
        ('templatefile("hello.tpl", tomap({ name = "you" }))', "Hi you\n"),
        ('templatefile("plain.tpl", {})', "no newline"),
        ('templatefile("number.tpl", { n = 1 })', 2),
        ('templatefile("list.tpl", { xs = ["a", "b"] })', "a\nb\n"),
        ('templatefile("escape.tpl", {})', "${x} %{ if }\nEOT\n"),
        ("templatestring(local.tpl, { a = 1 })", "<1>"),
    ],
)
def test_stored_template_is_rendered(templates: Names, text: str, data: object) -> None:
    value, report = run(text, templates)
    assert (value.data, report) == (data, [])


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ('templatefile("hello.tpl", {})', "TF425", 'does not contain key "name", referenced at hello.tpl:1,6-10.'),
        ('templatefile("hello.tpl", { name = [] })', "TF426", "hello.tpl:1,6-10: Invalid template interpolation"),
        ('templatefile("hello.tpl", 1)', "TF425", "invalid vars value: must be a map"),
        ('templatefile("hello.tpl", { "1x" = 1 })', "TF425", 'invalid template variable name "1x"'),
        ('templatefile("broken.tpl", {})', "TF426", "broken.tpl:1,"),
        ('templatefile("again.tpl", {})', "TF426", "cannot recursively call templatefile"),
        ('templatefile("none.tpl", {})', "TF425", 'no file exists at "none.tpl"'),
        ('templatefile("bytes.bin", {})', "TF426", "are not valid UTF-8"),
        ("templatestring(local.bad, {})", "TF425", "invalid template: <templatestring argument>:1,"),
        ("templatestring(local.tpl, {})", "TF425", 'does not contain key "a"'),
        ('file("bytes.bin")', "TF426", "are not valid UTF-8"),
        ('file("folder")', "TF425", "read folder: is a directory"),
        ('fileexists("folder")', "TF426", "is a directory, not a file"),
        ('templatefile("/etc/none.tpl", {})', "TF425", "no file exists"),
        ('file("../secret")', "TF425", "no file exists"),
        ('file("~/none/id_rsa.pub")', "TF425", "no file exists"),
        ('filemd5("none")', "TF426", "open none: no such file or directory"),
    ],
)
def test_stored_template_or_file_is_refused(templates: Names, text: str, code: str, words: str) -> None:
    _, report = run(text, templates)
    assert [finding.rule.code for finding in report] == [code]
    assert words in report[0].detail


@pytest.mark.parametrize(
    "text",
    [
        'templatefile("hello.tpl", { name = var.s })',
        'templatefile("${var.s}.tpl", {})',
        "templatestring(var.s, { a = 1 })",
        'file("outside/passwd")',
    ],
)
def test_what_is_outside_or_not_known_is_left_unknown(templates: Names, text: str) -> None:
    value, report = run(text, templates)
    assert (value.known, report) == (False, [])


class Fixture(Names):
    """The scope of a fixture: its variables, typed and unknown, and its locals."""

    def __init__(self, text: str) -> None:
        super().__init__({})
        self.report: list[Finding] = []
        body = parse(text).body
        for block in body.blocks:
            if block.type == "variable":
                written = block.body.attributes.get("type")
                type = types.DYNAMIC
                if written is not None:
                    type = read_constraint(written.value, self.report, evaluate_constant).type
                self.values[f"var.{block.labels[0].value}"] = unknown(types.without_optional(type))
        for block in body.blocks:
            if block.type != "variable":
                for name, attribute in block.body.attributes.items():
                    self.values[f"local.{name}"] = evaluate(attribute.value, self, self.report)


@pytest.mark.parametrize("code", EXPRESSION_CODES)
def test_each_rule_has_a_good_and_a_bad_fixture(code: str) -> None:
    assert Fixture((FIXTURES / "good" / f"{code}.tf").read_text()).report == []
    found = Fixture((FIXTURES / "bad" / f"{code}.tf").read_text()).report
    assert [finding.rule.code for finding in found] == [code]


# ---- hostile trees -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "[" * 95 + "]" * 95,
        "(" * 95 + "1" + ")" * 95,
        "-" * 190 + "1",
        "upper(" * 95 + '"a"' + ")" * 95,
        '"${' * 45 + "1" + '}"' * 45,
        "true ? 1 : " * 95 + "1",
        "1 + " * 190 + "1",
        "[for x in " * 95 + "[1]" + " : x]" * 95,
        "[for x in [1] : " * 90 + "x" + "]" * 90,
        "[for x in [1] : x if " * 60 + "true" + "]" * 60,
        "var.s" + "[*]" * 90,
        "[1, 2]" + "[*]" * 90,
        "{ a = " * 95 + "1" + " }" * 95,
        "try(" * 95 + "[].a" + ")" * 95,
        "jsonencode(" * 60 + '"\\"\\\\"' + ")" * 60,
    ],
    ids=lambda text: text[:24],
)
def test_deep_expressions_are_evaluated(text: str) -> None:
    value, _ = run(text)
    assert value.type.depth <= values.MAX_DEPTH + 1


def test_values_that_double_stay_small() -> None:
    scope = Names({"local.a0": values.tuple_value([values.string("x")] * 8), "local.s0": values.string("x" * 1000)})
    for level in range(60):
        scope.values[f"local.a{level + 1}"] = run(f"[local.a{level}, local.a{level}]", scope)[0]
        scope.values[f"local.s{level + 1}"] = run(f'"${{local.s{level}}}${{local.s{level}}}"', scope)[0]
    assert all(value.size <= values.MAX_SIZE for value in scope.values.values())
    assert all(value.type.size <= values.MAX_SIZE for value in scope.values.values())
    assert scope.values["local.s60"].data is UNKNOWN


@pytest.mark.parametrize("shape", ["[{}]", "{{ a = {} }}", "{{ a = {}, b = [1] }}"])
def test_deep_values_are_compared_and_converted(shape: str) -> None:
    scope = Names({"local.x0": values.string("x"), "local.y0": values.number(1)})
    for level in range(70):
        for name in ("x", "y"):
            made = run(shape.format(f"local.{name}{level}"), scope)[0]
            scope.values[f"local.{name}{level + 1}"] = made
    for text in (
        "var.b ? {x} : {y}",
        "{x} == {y}",
        "tolist([{x}, {y}])",
        "toset([{x}])",
        "jsonencode({x})",
        "flatten([{x}])",
    ):
        for level in (60, 70):
            value, _ = run(text.format(x=f"local.x{level}", y=f"local.y{level}"), scope)
            assert value.type.depth <= values.MAX_DEPTH + 1


def test_budget_is_shared_and_ends_in_unknowns() -> None:
    budget = Budget(2000)
    parsed = parse("value = [for x in range(900) : x]\n").body.attributes["value"].value
    results = [evaluate(parsed, SCOPE, [], budget) for _ in range(5)]
    assert not any(result.known for result in results)
    assert evaluate(parsed, SCOPE, [], Budget()).known
