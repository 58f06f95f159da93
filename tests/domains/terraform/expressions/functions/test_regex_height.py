"""Regular expressions that Go refuses as nested too deeply: the verdicts are those of Terraform 1.11.4."""

from __future__ import annotations

import pytest

from iacrl.domains import validate

#: What stands on both sides of the innermost letter, and how often; whether Terraform takes the pattern.
PATTERNS = [
    ("(", ")", 999, True),
    ("(", ")", 1_000, False),
    ("(?:", ")*", 999, True),
    ("(?:", ")*", 1_000, False),
    ("(", ")*", 499, True),
    ("(", ")*", 500, False),
    ("(a", ")", 600, False),
    ("(a|b", ")", 600, False),
    ("(?:", ")", 1_001, True),
    ("(?i:", ")", 1_001, True),
    ("(?:b", ")", 1_010, True),
    (r"(?:\\d|", ")", 1_100, True),
    (r"\\(\\Q(\\E[(]", "", 1_001, True),
]


@pytest.mark.parametrize(("opening", "closing", "number", "taken"), PATTERNS)
@pytest.mark.parametrize("call", ['regexall("{}", "x")', 'replace("x", "/{}/", "y")'])
def test_a_pattern_is_refused_from_the_depth_at_which_terraform_refuses_it(
    call: str, opening: str, closing: str, number: int, *, taken: bool
) -> None:
    written = call.replace("{}", f"{opening * number}a{closing * number}")
    verdict = validate(f"output a {{\n  value = {written}\n}}\n", "terraform")
    assert verdict.valid == taken, verdict.diagnostics
    if not taken:
        assert "expression nests too deeply" in verdict.diagnostics[0].message
