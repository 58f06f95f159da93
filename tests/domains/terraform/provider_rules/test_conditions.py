"""Conditions, and the named forms of text; what Go's parsers say of each form is known from their source."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from iacrl.domains.terraform.provider_rules.conditions import holds, words_of
from iacrl.domains.terraform.provider_rules.forms import has_form


@pytest.mark.parametrize(
    ("condition", "good", "bad"),
    [
        (["enum", "a", "b"], "a", "A"),
        (["enum_i", "a", "b"], "A", "c"),
        (["numbers", 1, 3], 3, 2),
        (["range", 1, 900], 900, 901),
        (["range", None, 0.5], 0, 1),
        (["range", 1, None], 1, 0),
        (["range", 0, 3600], "", "3601"),
        (["multiple", 60], 120, 90),
        (["whole"], 2, Fraction(3, 2)),
        (["length", 1, 3], "abc", ""),
        (["length", None, 3], "äöü", "abcd"),
        (["match", "^[a-z]+$"], "abc", "abc\n"),
        (["no_match", "--"], "a-b", "a--b"),
        (["form", "ipv4"], "10.0.0.1", "010.0.0.1"),
        (["bits", 16, 28], "10.0.0.0/16", "10.0.0.0/8"),
        (["any", ["enum", "*"], ["form", "ip"]], "::1", "x"),
        (["described", ["enum_i", "a", "b"]], "A", "c"),
    ],
    ids=lambda one: one[0] if isinstance(one, list) else "",
)
def test_a_condition_holds_for_some_values_only(condition: list[Any], good: Any, bad: Any) -> None:
    assert holds(condition, good)
    assert not holds(condition, bad)


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        (
            "arn",
            ["arn:aws:iam::123456789012:role/r", "arn:aws-cn:s3:::b", "arn:aws::::x", ""],
            ["arn:aws:iam::12:role/r", "ARN:aws:s3:::b"],
        ),
        ("ipv4_or_mapped", ["10.0.0.1", "::ffff:10.0.0.1"], ["::1", "10.0.0.256"]),
        ("cidr", ["10.0.0.1/8", "::/0"], ["10.0.0.0", "10.0.0.0/33", "10.0.0/8"]),
        ("ipv4_network", ["10.0.0.0/8", "0.0.0.0/0"], ["10.0.0.1/8", "2001:db8::/32"]),
        ("ipv6_network", ["2001:db8::/32"], ["2001:db8::1/32", "10.0.0.0/8"]),
        ("json", ["{}", "[1]", "null", ' {"a": 1}'], ["", "{'a': 1}", '{"a": NaN}', "{"]),
        ("json_object", ['{"a": 1}'], ["[1]", ' {"a": 1}']),
        ("rfc3339", ["2024-01-31T00:00:00Z", "2024-01-31T00:00:00.5+02:00"], ["2024-01-31", "2024-13-01T00:00:00Z"]),
        ("duration", ["5m", "1h30m", "0", "-1.5h"], ["5", "1d", "5 minutes"]),
        ("base64", ["", "YWJj", "YQ==", "YWI=\n"], ["YWJ", "YWJj=", "not base64!"]),
        ("utc_time", ["2024-01-31T00:00:00Z"], ["2024-01-31T00:00:00+02:00", ""]),
        ("target_port", ["80", "65536", "traffic-port"], ["0", "65537", "http", ""]),
        ("percentage_or_off", ["0", "100", "off"], ["101", "-1", "on"]),
        ("json_list_of_objects", ["", "[]", '[{"a": 1}]', "[] x"], ["{}", "[1]", "x", '[{"a": 1}']),
        ("json_object_of_objects", ["{}", '{"a": {"S": "b"}}'], ['{"a": 1}', "[]", "x"]),
        ("account_id", ["123456789012"], ["12345678901", ""]),
    ],
)
def test_a_form_is_that_of_the_program_that_reads_it(form: str, good: list[str], bad: list[str]) -> None:
    assert [text for text in good if not has_form(form, text)] == []
    assert [text for text in bad if has_form(form, text)] == []


def test_words_name_the_nearest_value_and_keep_secrets() -> None:
    condition = ["enum", "standard", "unlimited"]
    assert words_of(condition, "mode", "Standard", secret=False) == (
        'expected mode to be one of ["standard" "unlimited"], got "Standard". Did you mean "standard"?'
    )
    assert "hunter2" not in words_of(["length", 8, None], "password", "hunter2", secret=True)
