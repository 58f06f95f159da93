"""Facts: what `terraform fmt` (1.11) says about each source in `syntax.jsonl`; and the program itself, if installed."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from fmt_oracle import fmt_errors, is_installed
from random_hcl import Generator, mutate

from iacrl.domains.terraform.syntax.parser import parse

FIXTURES = Path(__file__).parents[3] / "fixtures" / "terraform"
FACTS = [json.loads(line) for line in (FIXTURES / "syntax.jsonl").read_text(encoding="utf-8").splitlines()]

needs_terraform = pytest.mark.skipif(not is_installed(), reason="terraform is not installed")


def verdict(text: str) -> bool:
    return not parse(text).diagnostics


def test_every_fact_is_agreed_with() -> None:
    assert len(FACTS) > 700
    wrong = [fact for fact in FACTS if verdict(fact["source"]) != (fact["error"] is None)]
    assert wrong == []


def test_most_errors_have_the_title_that_terraform_gives_them() -> None:
    """Where a text has two errors, the two programs may name either first."""
    invalid = [fact for fact in FACTS if fact["error"] is not None]
    same = [fact for fact in invalid if parse(fact["source"]).diagnostics[0].message.startswith(fact["error"])]
    assert len(same) >= 0.9 * len(invalid)


@needs_terraform
def test_the_fixtures_are_judged_alike_by_terraform() -> None:
    good = sorted((FIXTURES / "good").glob("TF1*.tf"))
    # TF190 is a limit of ours.
    bad = sorted(path for path in (FIXTURES / "bad").glob("TF1*.tf") if path.stem != "TF190")
    assert [fmt for fmt in fmt_errors([path.read_bytes() for path in good]) if fmt is not None] == []
    assert None not in fmt_errors([path.read_bytes() for path in bad])


@needs_terraform
def test_random_files_and_mutants_are_judged_alike_by_terraform() -> None:
    """A small part of `tools/compare_with_fmt.py`."""
    valid = [Generator(Random(f"test:{index}")).file() for index in range(40)]
    mutants = [mutate(Random(f"test:{index}"), text) for index, text in enumerate(valid)]
    wanted = fmt_errors(valid + mutants)
    assert wanted[: len(valid)] == [None] * len(valid)
    assert [verdict(text) for text in valid + mutants] == [error is None for error in wanted]
