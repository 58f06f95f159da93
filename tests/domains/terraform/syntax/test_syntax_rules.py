from __future__ import annotations

from pathlib import Path

import pytest

from iacrl.domains.terraform.rule_catalogue import RULES
from iacrl.domains.terraform.syntax.parser import MAX_SIZE, parse

FIXTURES = Path(__file__).parents[3] / "fixtures" / "terraform"
# A text of four million characters, a link that leads nowhere and JSON have tests of their own.
CODES = [rule.code for rule in RULES if rule.layer == "syntax" and rule.code not in ("TF191", "TF192", "TF193")]


def _read(folder: str, code: str) -> str:
    return (FIXTURES / folder / f"{code}.tf").read_bytes().decode("utf-8", "surrogateescape")


@pytest.mark.parametrize("code", CODES)
def test_bad_fixture_breaks_its_rule_and_no_other(code: str) -> None:
    assert [found.code for found in parse(_read("bad", code)).diagnostics] == [code]


@pytest.mark.parametrize("code", CODES)
def test_good_fixture_is_clean(code: str) -> None:
    assert parse(_read("good", code)).diagnostics == ()


def test_a_text_that_is_too_large_is_refused_unread() -> None:
    assert [found.code for found in parse("#" * (MAX_SIZE + 1)).diagnostics] == ["TF191"]
    assert parse("#" * MAX_SIZE).diagnostics == ()
