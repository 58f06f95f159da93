"""No text makes the parser raise, recurse without end, or return a tree too high to walk."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iacrl.domains.terraform import validate_directory
from iacrl.domains.terraform.syntax import nodes as n
from iacrl.domains.terraform.syntax.parser import _MARKS, MAX_ERRORS, MAX_MARKS, parse

DEEP = 100_000
REALISTIC = Path(__file__).parents[3] / "fixtures" / "terraform" / "realistic"
PIECES = st.sampled_from(
    [
        *"{}[]()\"'=:,.?!+-*/%<>&|~$#\\\n\r\t ;`^@a1_é\x00\udcff\ufeff",
        *(
            "${",
            "%{",
            "~}",
            "<<E\n",
            "<<-E\n",
            "E\n",
            "for ",
            " in ",
            "if ",
            "else",
            "endif",
            "endfor",
            "=>",
            "...",
            "::",
        ),
        *(
            "/*",
            "*/",
            "//",
            "[*]",
            ".*",
            '"a"',
            "b {\n",
            "}\n",
            "a = 1\n",
            'resource "a" "b" {\n',
            "true",
            "null",
            "1e9",
        ),
    ]
)


def height(expression: n.ValueNode) -> int:
    level, count = [expression], 0
    while level:
        level = [child for node in level for child in node.children()]
        count += 1
    return count


def expressions(body: n.Body) -> list[n.ValueNode]:
    found = [attribute.value for attribute in body.attributes.values()]
    for block in body.blocks:
        found += expressions(block.body)
    return found


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=80))
def test_any_text_gives_a_tree_and_places_inside_it(text: str) -> None:
    result = parse(text)
    lines = text.split("\n")
    for found in result.diagnostics:
        start = found.range.start
        assert 1 <= start.line <= len(lines)
        assert 1 <= start.column <= len(lines[start.line - 1]) + 1
        assert (found.range.end.line, found.range.end.column) >= (start.line, start.column)
    for expression in expressions(result.body):
        assert height(expression) <= n.MAX_HEIGHT


@pytest.mark.parametrize(
    "opening",
    [
        '"%{ if x }',
        "a.b",
        "[0]",
        "[x]",
        ".0",
        "[",
        "{",
        "(",
        '"${',
        "f(",
        "a[",
        "{a=",
        "a ? ",
        "a ? b : ",
        "[for x in ",
        "-",
        "!",
        "a::",
        "x.*",
        "1 + ",
        "[*]",
        "<<E\n${",
    ],
)
@pytest.mark.parametrize("before", ["a = ", "a = b", 'a = "', "a = <<E\n", "b {\n"])
def test_a_hundred_thousand_levels_give_a_diagnostic(opening: str, before: str) -> None:
    limit = sys.getrecursionlimit()
    assert all(
        height(expression) <= n.MAX_HEIGHT for expression in expressions(parse(before + opening * DEEP + "\n").body)
    )
    assert sys.getrecursionlimit() == limit


@pytest.mark.parametrize(
    "text", ["b {\n" * DEEP, "a = [" + "[" * 200, "a = 1" + " + 1" * 500, "a = " + "!" * 500 + "b"]
)
def test_what_is_too_deep_says_so(text: str) -> None:
    assert [found.code for found in parse(text).diagnostics] == ["TF190"]


@pytest.mark.parametrize("character", [*'[{("\\$%#/\n\r\x00a1.=-~<é😀'])
@pytest.mark.parametrize("before", ["", "a = ", 'a = "', "a = <<E\n", "a = <<-E\n"])
def test_a_megabyte_of_one_character_ends(character: str, before: str) -> None:
    parse(before + character * 1_000_000)


def test_errors_are_not_listed_without_end() -> None:
    assert len(parse('resource "a" "b" {\n' * 20_000).diagnostics) <= MAX_ERRORS
    assert len(parse("a = 1\n" * 20_000).diagnostics) <= MAX_ERRORS


def test_numbers_too_large_to_hold() -> None:
    assert not parse(f"a = {'9' * 5_000}\nb = 1e999999999\nc = 0.{'0' * 5_000}1\n").diagnostics
    assert [found.code for found in parse("a = 1e99999999999999999999\n").diagnostics] == ["TF106"]


def marks(text: str) -> int:
    return sum(map(text.count, _MARKS.decode()))


def nodes(body: n.Body) -> int:
    count, level = 0, [attribute.value for attribute in body.attributes.values()]
    while level:
        count += len(level)
        level = [child for node in level for child in node.children()]
    return count + sum(1 + len(block.labels) + nodes(block.body) for block in body.blocks)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=60).map("".join))
def test_what_makes_nodes_is_counted(text: str) -> None:
    assert nodes(parse(text).body) <= 4 * marks(text)


@pytest.mark.parametrize(
    "text",
    [
        "a = [" + "{a=1}," * 100_000 + "]\n",
        "a = [" + "-1," * 100_000 + "]\n",
        "a = [" + "true?1:2," * 60_000 + "]\n",
        "a = <<E\n" + "x${1}\n" * 80_000 + "E\n",
        "a {}\n" * 160_000,
    ],
)
def test_a_text_packed_with_marks_is_refused_unread(text: str) -> None:
    result = parse(text)
    assert [found.code for found in result.diagnostics] == ["TF191"]
    assert nodes(result.body) == 0


def test_a_megabyte_of_real_code_is_not_refused() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(REALISTIC.glob("*.tf")))
    assert marks(text) * 1_000_000 < MAX_MARKS * len(text)
    many = text * (400_000 // len(text))
    assert parse(many).diagnostics == ()


@pytest.mark.parametrize(
    ("number", "codes"),
    [
        ("1" * 5000, []),
        ("-" + "1" * 5000, []),
        ("1e400", []),
        ("1e" + "9" * 30, ["TF193"]),
        ("-1e-" + "9" * 5000, ["TF193"]),
    ],
)
def test_numbers_of_any_length_in_json(tmp_path, number, codes):
    (tmp_path / "a.tf.json").write_text(f'{{"locals": {{"a": {number}, "b": "${{local.a + 1}}"}}}}')
    assert [one.code for one in validate_directory(tmp_path).diagnostics] == codes
