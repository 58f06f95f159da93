"""The built-in functions. What they give was recorded from Terraform by `tools/compare_expressions.py --record`."""

from __future__ import annotations

import json
import shutil
from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest
from batches import batches, check_each
from compare_expressions import in_process, shown, terraform
from expression_generator import Generator

from iacrl import patterns
from iacrl.domains.terraform.expressions.functions import builtin
from iacrl.domains.terraform.expressions.functions.groups import FILE_FUNCTIONS, GROUP_OF, IMPURE
from iacrl.domains.terraform.expressions.functions.signatures import TABLE

RECORDED = Path(__file__).parents[4] / "fixtures" / "terraform" / "expressions.jsonl"
ROWS = [json.loads(line) for line in RECORDED.read_text(encoding="utf-8").splitlines()]

#: Known differences in value, not in verdict: what Go writes for a width it refuses, subnets with negative numbers, and
#: powers and logarithms whose last digits are the machine's.
LEFT_UNKNOWN = {
    'format("%1000000000d", 1)',
    'cidrsubnet("10.0.0.0/16", -1, 0)',
    'cidrsubnet("10.0.0.0/16", 8, -1)',
    "pow(2, 1.5)",
    "ceil(log(9, 3))",
}
#: `!!int "1"` is a string to Terraform and a number to us.
DIFFERENT = {'yamldecode("!!int \\"1\\"")'}


@pytest.mark.parametrize("rows", batches(ROWS))
def test_verdict_and_value_are_terraforms(rows: list[dict[str, object]]) -> None:
    def check(row: dict[str, object]) -> None:
        expression = str(row["expression"])
        value, complaints = in_process(expression)
        assert sorted({summary for summary, _ in complaints}) == row["refused"]
        if row["value"] is not None and expression not in DIFFERENT:
            written = shown(value)
            assert written == (None if expression in LEFT_UNKNOWN else row["value"])

    check_each(rows, lambda row: row["expression"], check)


def test_every_function_is_implemented() -> None:
    missing = [
        name
        for name in TABLE
        if name not in FILE_FUNCTIONS | IMPURE | {"can", "templatefile", "templatestring", "try"}
        and name not in GROUP_OF
    ]
    assert missing == []
    for name, group in GROUP_OF.items():
        implementation = signature(getattr(import_module(f"{builtin.__package__}.{group}"), f"_{name}"))
        taken = builtin.find_signature(name) or builtin.find_tofu_signature(name)
        assert taken is not None
        for more in (0, 1, 5) if taken.variadic else (0,):
            implementation.bind(*[None] * (len(taken.parameters) + more))  # refuses what it does not take


def test_signatures_are_read() -> None:
    found = builtin.find_signature("cidrsubnets")
    assert found is not None
    assert [parameter.name for parameter in found.parameters] == ["prefix"]
    assert found.variadic is not None
    assert found.variadic.name == "newbits"
    assert found.returns.to_json() == ["list", "string"]
    assert builtin.find_signature("lowercase") is None
    assert "lower" in builtin.suggest("lowr")


@pytest.mark.parametrize(
    "expression",
    [
        "range(0, 1000000000)",
        'format("%999999d", 1)',
        'format("%.999999f", 0.1)',
        "pow(10, 300) * pow(10, 300)",
        "1e999999999 + 1e-999999999",
        'parseint("' + "z" * 100_000 + '", 36)',
        'tonumber("' + "9" * 100_000 + '")',
        'tonumber("1p99999")',
        'regex("(a*)*b", "' + "a" * 20_000 + '")',
        'regexall("(a|aa)+$", "' + "a" * 20_000 + 'b")',
        'replace("' + "a" * 100_000 + '", "/a*/", "' + "b" * 1000 + '")',
        "setproduct(" + ", ".join(["range(1000)"] * 6) + ")",
        "indent(1000000000, " + json.dumps("\n" * 100) + ")",
        'join("' + "x" * 10_000 + '", range(1000))',
        'cidrsubnets("::/0", ' + ", ".join(["32"] * 1000) + ")",
        "jsondecode(" + json.dumps("[" * 5000 + "]" * 5000) + ")",
        "yamldecode(" + json.dumps("[" * 5000 + "]" * 5000) + ")",
        "yamldecode("
        + json.dumps(
            "a: &a [x,x]\n"
            + "".join(f"a{i}: &a{i} [*a{i - 1 if i else ''},*a{i - 1 if i else ''}]\n" for i in range(40)).replace(
                "*a-1", "*a"
            )
        )
        + ")",
        'timeadd("2020-01-01T00:00:00Z", "999999999999h")',
        "flatten([for a in range(300) : [for b in range(300) : b]])",
        "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : c]]]",
        'csvdecode("' + "a," * 20_000 + '")',
        "substr(" + json.dumps("\u0301" * 20_000) + ", 0, 1)",
        'formatdate("' + "Y" * 100_000 + '", "2020-01-01T00:00:00Z")',
        'base64decode("' + "A" * 200_000 + '")',
        "chunklist(range(1000), 0.5)",
    ],
    ids=lambda text: text[:40],
)
def test_hostile_arguments_give_a_value_or_a_finding(expression: str) -> None:
    value, complaints = in_process(expression)
    assert complaints or value.size <= 200_000


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not on the path")
def test_random_expressions_get_terraforms_verdict() -> None:
    generator = Generator(seed=7)
    expressions = [generator.expression() for _ in range(60)]
    refused, written = terraform(expressions)
    for position, expression in enumerate(expressions):
        value, complaints = in_process(expression)
        assert bool(complaints) == (position in refused), expression
        if position in written and shown(value) is not None:
            assert shown(value) == written[position], expression


@pytest.mark.parametrize("call", ['regex("{}", "{}")', 'regexall("{}", "{}")', 'replace("{1}", "/{0}/", "b")'])
@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(((a{0,10}){0,10}){0,10}b?)" * 200 + "$", "a" * 200),  # too many steps
        ("(((a{0,10}){0,10}){0,10}b?)" * 400, "a"),  # too large for iacrl; Terraform takes a few times as much
    ],
)
def test_what_a_large_pattern_finds_stays_unknown(call: str, pattern: str, text: str) -> None:
    value, complaints = in_process(call.format(pattern, text))
    assert not complaints and shown(value) is None


@pytest.mark.parametrize("call", ['regexall("a*b|a", "{}")', 'replace("{}", "/a*b|a/", "b")'])
def test_matches_that_each_read_the_rest_of_a_text_stay_unknown(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(100_000))
    monkeypatch.setattr(patterns, "thread_time", lambda: next(clock) / 10)
    value, complaints = in_process(call.format("a" * 90_000))
    assert not complaints and shown(value) is None


def test_the_patterns_of_all_expressions_share_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(100_000))
    monkeypatch.setattr(patterns, "thread_time", lambda: next(clock) / 10)
    one = f'regex("a$", "{"a" * 4000}")'
    assert shown(in_process(f"[{one}, {one}]")[0]) is not None
    assert shown(in_process(f"[{', '.join([one] * 9)}]")[0]) is None


def test_the_groups_of_all_matches_together_stay_unknown() -> None:
    value, complaints = in_process(f'regexall("{"(a?)" * 99}", "{"b" * 2000}")')
    assert not complaints and shown(value) is None


@pytest.mark.parametrize("call", ['regex("{}", "aaaa")', 'regexall("{}", "aaaa")', 'replace("aaaa", "/{}/", "b")'])
def test_the_result_of_a_pattern_with_thousands_of_groups_stays_unknown(call: str) -> None:
    value, complaints = in_process(call.format("(a?)" * 20_000))
    assert not complaints and shown(value) is None


@pytest.mark.parametrize(
    "call",
    [
        'formatlist("%9000d", range(1000))',
        'format("%1000000d", 1)',
        'format("%.1500f", 1.5)',
        *(f'{name}(format("%9999s%9999s%9999s", "a", "b", "c"))' for name in ("title", "upper", "lower")),
    ],
)
def test_what_a_few_letters_make_too_long_stays_unknown(call: str) -> None:
    value, complaints = in_process(call)
    assert not complaints and shown(value) is None
