"""Modules that are judged among others, which may call them."""

from __future__ import annotations

from pathlib import Path

import pytest

from iacrl.sources.judged import fast_judges, find_sources, judge

#: A module that asks its caller for a provider configuration.
CALLED = """
terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.west]
    }
  }
}
resource "aws_sqs_queue" "jobs" {
  provider = aws.west
}
module "more" {
  source    = "a/b/aws"
  providers = { aws = aws.west }
}
"""


def test_what_the_caller_gives_is_a_warning_among_other_modules(tmp_path: Path) -> None:
    (tmp_path / "called").mkdir()
    (tmp_path / "called" / "main.tf").write_text(CALLED)
    things = find_sources((str(tmp_path),), "terraform").things
    (alone,) = judge(things, fast_judges({}))
    assert [(each.code, each.severity) for each in alone.verdict.diagnostics] == [("TF464", "error")] * 2
    assert "references" not in alone.verdict.layers
    (tmp_path / "main.tf").write_text('variable "a" {}\n')
    things = find_sources((str(tmp_path),), "terraform").things
    _, called = judge(things, fast_judges({}))
    assert [(each.code, each.severity) for each in called.verdict.diagnostics] == [("TF464", "warning")] * 2
    assert called.verdict.valid
    assert "references" in called.verdict.layers


def test_a_configuration_that_is_asked_of_nobody_is_an_error_among_others_too(tmp_path: Path) -> None:
    (tmp_path / "called").mkdir()
    (tmp_path / "called" / "main.tf").write_text('resource "aws_sqs_queue" "jobs" {\n  provider = aws.west\n}\n')
    (tmp_path / "main.tf").write_text('variable "a" {}\n')
    things = find_sources((str(tmp_path),), "terraform").things
    _, called = judge(things, fast_judges({}))
    assert [(each.code, each.severity) for each in called.verdict.diagnostics] == [("TF451", "error")]


def test_the_name_of_a_file_decides_its_dialect(tmp_path: Path) -> None:
    text = "terraform {\n  encryption {\n  }\n}\n"
    for name, codes in (("a.tf", ["TF201"]), ("a.tofu", [])):
        (tmp_path / name).write_text(text)
        (judged,) = judge(find_sources((str(tmp_path / name),), None).things, fast_judges({}))
        assert [each.code for each in judged.verdict.diagnostics] == codes


@pytest.mark.parametrize("source", ["./" + "x" * 5_000, "./a\\u0000b", "./" + "x/" * 3_000])
def test_a_source_that_cannot_be_the_name_of_a_directory(tmp_path: Path, source: str) -> None:
    (tmp_path / "main.tf").write_text(f'module "a" {{\n  source = "{source}"\n}}\n')
    (tmp_path / "a.tftest.hcl").write_text(f'run "a" {{\n  module {{\n    source = "{source}"\n  }}\n}}\n')
    (judged,) = judge(find_sources((str(tmp_path),), "terraform").things, fast_judges({}))
    assert [each.code for each in judged.verdict.diagnostics] == ["TF237", "TF237"]
