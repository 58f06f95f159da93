from __future__ import annotations

import re

import pytest

from iacrl.domains.terraform.syntax.lexer import END, Cursor, HclSyntaxError
from iacrl.domains.terraform.syntax.repeats import SOUND, kept


def tokens(text: str, free: bool = False) -> list[tuple[str, str]]:
    cursor = Cursor(text)
    cursor.free = free
    found = []
    cursor.advance()
    while cursor.kind is not END:
        found.append((cursor.kind, cursor.token()))
        cursor.advance()
    return found


def test_kinds() -> None:
    assert tokens('a_b-1 "s" 1.5e3 <<EOT\n') == [
        ("identifier", "a_b-1"),
        ("string", '"s"'),
        ("number", "1.5e3"),
        ("heredoc", "<<EOT\n"),
    ]


@pytest.mark.parametrize(
    "operator",
    [*"{}[](),.*/%+-=<>!?:", "==", "!=", "<=", ">=", "&&", "||", "=>", "...", "::", "~}"],
)
def test_an_operator_is_its_own_kind(operator: str) -> None:
    assert tokens(f" {operator} ") == [(operator, operator)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1..2", ["1..2"]),
        ("1.a", ["1", ".", "a"]),
        ("1...", ["1", "..."]),
        ("1e", ["1", "e"]),
        ("0x1F", ["0", "x1F"]),
        ("a.0.1", ["a", ".", "0.1"]),
    ],
)
def test_how_far_a_number_reaches(text: str, parts: list[str]) -> None:
    assert [token for _, token in tokens(text)] == parts


def test_a_run_of_empty_and_comment_lines_is_one_newline() -> None:
    assert [kind for kind, _ in tokens("a # c\n\n  // d\r\n\t\nb")] == ["identifier", "newline", "identifier"]
    assert [token for _, token in tokens("a # c\n\n /* e */ b", free=True)] == ["a", "b"]


def test_comments_inside_a_line_are_space() -> None:
    assert [token for _, token in tokens("a /* \n */ b/**/c")] == ["a", "b", "c"]
    assert [token for _, token in tokens("a /* b")] == ["a", "/", "*", "b"]


def test_a_string_that_holds_a_template_begins_with_a_bare_quote() -> None:
    assert tokens('"$5 100% $$ \\" %"')[0][0] == "string"
    assert Cursor('"${a}"').text and tokens_kind('"${a}"') == '"'
    assert tokens_kind('"%{ if a }"') == '"'
    assert tokens_kind('"$${a}"') == '"'


def tokens_kind(text: str) -> str:
    cursor = Cursor(text)
    cursor.advance()
    return cursor.kind


@pytest.mark.parametrize("name", ["été", "中文", "_é", "a-é", "ª", "Ⅷ", "x·y", "e\u0301"])
def test_names_in_any_script(name: str) -> None:
    assert tokens(name) == [("identifier", name)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("é€", "TF101"),
        ("€", "TF101"),
        ("a\xa0", "TF101"),
        ("\x00", "TF101"),
        ("a\r b", "TF101"),
        ("a;", "TF101"),
        ("'a'", "TF101"),
        ("`a`", "TF101"),
        ("a & b", "TF103"),
        ("a ^ b", "TF103"),
        ("a \udcff", "TF102"),
        ('"a\udcff"', "TF102"),
    ],
)
def test_what_is_no_token(text: str, code: str) -> None:
    with pytest.raises(HclSyntaxError) as caught:
        tokens(text)
    assert caught.value.rule.code == code


def test_a_comment_may_hold_anything() -> None:
    assert tokens("# \x00 \udcff ' ;\n// €\r\n/* ` */") == [("newline", "# \x00 \udcff ' ;\n// €\r\n")]


@pytest.mark.parametrize("least", [0, 1])
def test_a_repeat_that_keeps_what_it_took_has_two_forms(least: int) -> None:
    """Pythons before 3.11.5 need the second; `make matrix` has one."""
    body = r"x++|\$(?!\$?\{)|\$\$\{|[eE][+-]?[0-9]"
    texts = ["", "x", "xx$", "xx${", "$${x", "x$$${", "e", "xe+", "xe+1e", "xxE2e-", "$e1$${$${$"]
    ends = [[kept(body, least, sound=sound), text] for sound in (True, False) for text in texts]
    found = [re.match(pattern, text) for pattern, text in ends]
    spans = [match and match.end() for match in found]
    assert spans[len(texts) :] == [None if least else 0, 1, 3, 2, 4, 5, None if least else 0, 1, 4, 4, 10]
    assert not SOUND or spans[: len(texts)] == spans[len(texts) :]
