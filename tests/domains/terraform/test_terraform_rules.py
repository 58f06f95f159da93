"""Every rule has a configuration that breaks it and a similar one that is valid."""

from __future__ import annotations

from pathlib import Path

import pytest

from iacrl.domains.rules import Rule
from iacrl.domains.terraform import rule_catalogue, validate_directory, validate_text
from iacrl.domains.verdict import Verdict

FIXTURES = Path(__file__).parents[2] / "fixtures" / "terraform"
RULES = [rule for rule in rule_catalogue.RULES if rule.layer != "syntax"]  # those have tests of their own


def judge(kind: str, code: str) -> Verdict:
    """Validate a fixture, which is a file or a directory named after its code."""
    directory = FIXTURES / kind / code
    if directory.is_dir():
        return validate_directory(directory)
    return validate_text((FIXTURES / kind / f"{code}.tf").read_text(encoding="utf-8"))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_bad_fixture_breaks_the_rule(rule: Rule) -> None:
    found = [one for one in judge("bad", rule.code).diagnostics if one.code == rule.code]
    assert found, judge("bad", rule.code).diagnostics
    assert {one.severity for one in found} == {rule.severity}
    assert {one.layer for one in found} == {rule.layer}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_good_fixture_breaks_no_rule(rule: Rule) -> None:
    assert judge("good", rule.code).diagnostics == ()
