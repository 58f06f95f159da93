"""What descriptions of arguments say about their values: only sentences of a known form count."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[2] / "scripts"))

from described_sentences import conditions_in
from known_meanings import conditions_of


@pytest.mark.parametrize(
    ("words", "type_", "expected"),
    [
        ("Kind. Possible values are `A`, `B` and `C`.", "string", [["described", ["enum_i", "A", "B", "C"]]]),
        ('Available values: "a", "b". Docs at X', ["list", "string"], [["described", ["enum_i", "a", "b"]]]),
        ('Must be one of ["" "Memory"]. More', "string", [["described", ["enum_i", "", "Memory"]]]),
        ("Valid values are `a`, `b`. Defaults to `b`.", "string", [["described", ["enum_i", "a", "b"]]]),
        ("Possible values are between `1` and `30`.", "number", [["described", ["range", 1, 30]]]),
        ("Valid values are `a`, `b` or the name of a plugin.", "string", []),
        ("Possible values include `a`, `b`.", "string", []),
        ("Possible values are `host`, `container:<name>`.", "string", []),
        ("Valid values are `a`, `b`. Defaults to `c`.", "string", []),
        ("Possible values are between `1` and `30`. Defaults to `0`.", "number", []),
        ("Possible values are `1`, `2`.", "number", []),
    ],
)
def test_a_sentence_of_a_known_form_is_a_condition(words: str, type_: Any, expected: list[Any]) -> None:
    assert conditions_in(words, type_, required=True) == expected


def test_an_optional_argument_may_be_empty() -> None:
    assert conditions_in("Valid values are `a`, `b`.", "string", required=False) == [
        ["described", ["enum_i", "a", "b", ""]]
    ]


@pytest.mark.parametrize(
    ("provider", "name", "path", "type_", "expected"),
    [
        ("azurerm", "azurerm_subnet", "address_prefixes", ["list", "string"], [["described", ["form", "network"]]]),
        ("azurerm", "azurerm_lb_rule", "frontend_port", "number", [["described", ["whole"]]]),
        ("azurerm", "azurerm_lb_rule", "amount", "number", []),
        ("azurerm", "azurerm_subnet", "address_prefixes", "number", []),
        ("cloudflare", "cloudflare_x", "port", "number", []),
    ],
)
def test_a_name_says_what_an_argument_holds(
    provider: str, name: str, path: str, type_: Any, expected: list[Any]
) -> None:
    assert conditions_of(provider, name, path, type_) == expected
