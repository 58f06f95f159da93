"""Normal form and graphemes. What is expected of long rows of marks was observed with Terraform 1.11."""

from __future__ import annotations

import unicodedata

import pytest

from iacrl.domains.terraform.cty.normal_text import clusters, normal_form

ACUTE = "\N{COMBINING ACUTE ACCENT}"
JOINER = "\N{COMBINING GRAPHEME JOINER}"


def test_a_joiner_follows_thirty_marks() -> None:
    assert normal_form("e" + ACUTE * 32) == "é" + ACUTE * 29 + JOINER + ACUTE * 2
    assert normal_form("é" + ACUTE * 30) == "é" + ACUTE * 29 + JOINER + ACUTE
    assert normal_form("e" + ACUTE * 30) == "é" + ACUTE * 29


@pytest.mark.parametrize("text", ["e" + ACUTE + "x" * 50, "ä" * 50, "Å" * 50, "각" * 20, "plain " * 10])
def test_other_texts_get_the_ordinary_normal_form(text: str) -> None:
    assert normal_form(unicodedata.normalize("NFD", text)) == unicodedata.normalize("NFC", text)


def test_a_letter_and_all_its_marks_are_one_cluster() -> None:
    assert clusters("a" + ACUTE * 100_000 + "b") == ["a" + ACUTE * 100_000, "b"]
    assert clusters("\r\n") == ["\r\n"]
    assert clusters("é🇫🇷🇩🇪") == ["é", "🇫🇷", "🇩🇪"]
