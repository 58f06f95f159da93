"""Which version of Terraform and of a provider's schema judges, and how a verdict says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import iacrl
from iacrl.domains.terraform import validate_directory, validate_text
from iacrl.domains.terraform.schema import packs
from iacrl.domains.verdict import Verdict
from iacrl.errors import UserError

#: A release as helm 2 takes it: helm 3 has an argument of that name, and no block.
HELM_2 = (
    'resource "helm_release" "a" {\n  name  = "a"\n  chart = "a"\n  set {\n    name  = "x"\n    value = "y"\n  }\n}\n'
)
#: The argument that aws 6 took away.
AWS_5 = 'resource "aws_instance" "a" {\n  ami = "a"\n  instance_type = "t3.micro"\n  cpu_core_count = 1\n}\n'


def required(provider: str, constraint: str) -> str:
    entry = f'    {provider} = {{\n      source  = "hashicorp/{provider}"\n      version = "{constraint}"\n    }}\n'
    return f"terraform {{\n  required_providers {{\n{entry}  }}\n}}\n"


def codes(verdict: Verdict) -> list[str]:
    return [found.code for found in verdict.diagnostics]


def test_the_newest_schema_judges_where_nothing_is_required() -> None:
    assert codes(validate_text(HELM_2)) == ["TF312"]


@pytest.mark.parametrize("constraint", ["~> 2.9", ">= 2.0, < 3.0", "2.17.0", "< 3"])
def test_an_older_schema_judges_where_the_newest_is_excluded(constraint: str) -> None:
    verdict = validate_text(required("helm", constraint) + HELM_2)
    assert verdict.valid
    assert verdict.unchecked == ()


@pytest.mark.parametrize("constraint", [">= 2.0", "~> 3.0", "!= 2.17.0"])
def test_the_newest_schema_judges_where_it_is_allowed(constraint: str) -> None:
    assert not validate_text(required("helm", constraint) + HELM_2).valid


def test_the_nearest_schema_judges_where_no_version_at_hand_is_allowed() -> None:
    assert validate_text(required("aws", "~> 5.1.0") + AWS_5).valid
    assert validate_text(required("aws", "~> 4.0") + AWS_5).valid
    assert codes(validate_text(required("aws", "~> 7.0") + AWS_5)) == ["TF304"]


def test_the_constraints_of_all_modules_count_together(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(required("aws", ">= 4.0") + AWS_5 + 'module "a" {\n  source = "./a"\n}\n')
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "main.tf").write_text(required("aws", "~> 5.0"))
    assert validate_directory(tmp_path).valid
    (tmp_path / "a" / "main.tf").write_text(required("aws", ">= 5.0"))
    assert codes(validate_directory(tmp_path)) == ["TF304"]


def test_a_directory_says_which_version_judged_it(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(required("aws", "~> 5.1.0"))
    words = 'provider hashicorp/aws: the module asks for "~> 5.1.0", judged by 5.99.1'
    assert validate_directory(tmp_path).unchecked == (words,)
    (tmp_path / "main.tf").write_text(required("aws", "~> 5.1"))
    assert validate_directory(tmp_path).unchecked == ()


@pytest.mark.parametrize(
    "wrong",
    [
        'resource "aws_instance" "a" {\n  nothing = 1\n}\n',
        'resource "aws_instnace" "a" {}\n',
        'resource "aws_vpc" "a" {}\noutput "b" {\n  value = aws_vpc.a.nothing\n}\n',
        'provider "aws" {\n  nothing = 1\n}\nresource "aws_vpc" "a" {}\n',
    ],
)
def test_what_rests_on_another_version_says_so(wrong: str) -> None:
    note = 'This may come from the provider\'s version: the module asks for "~> 5.1.0", judged by 5.99.1.'
    assert note in validate_text(required("aws", "~> 5.1.0") + wrong).errors[0].message
    assert note not in validate_text(required("aws", "~> 5.1") + wrong).errors[0].message


def test_no_older_pack_is_looked_for_without_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "PAST", "/nowhere")
    packs.past_versions.cache_clear()
    assert validate_text(required("aws", ">= 5.0") + 'resource "aws_vpc" "a" {}\n').valid
    with pytest.raises(FileNotFoundError):
        validate_text(required("aws", "~> 5.0") + 'resource "aws_vpc" "a" {}\n')


def test_required_version_is_compared_with_the_version_that_is_asked_for() -> None:
    text = 'terraform {\n  required_version = ">= 1.12"\n}\n'
    verdict = iacrl.validate(text, domain="terraform")
    assert codes(verdict) == ["TF223"]
    assert "terraform.version" in verdict.errors[0].message
    assert verdict.unchecked == ('terraform: the module asks for ">= 1.12", judged by 1.11.4',)
    newer = iacrl.validate(text, domain="terraform", version="1.12")
    assert newer.valid
    assert newer.unchecked == ()


def test_an_override_may_exclude_the_version_too(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('variable "a" {}\n')
    (tmp_path / "override.tf").write_text('terraform {\n  required_version = "< 1.0"\n}\n')
    assert validate_directory(tmp_path).unchecked == ('terraform: the module asks for "< 1.0", judged by 1.11.4',)
    assert validate_directory(tmp_path, version="0.15.5").valid


def test_a_version_that_is_none_is_refused(tmp_path: Path, run_cli: Callable[..., Any]) -> None:
    file = tmp_path / "main.tf"
    file.write_text('variable "a" {}\n')
    refused = run_cli("validate", "--terraform-version", "latest", file)
    assert refused.status == 2
    assert "'latest' is not a version of Terraform: write one such as 1.11.4." in refused.err
    with pytest.raises(UserError):
        validate_text("", version="1.11.4-rc1")


def test_schema_lists_and_shows_older_versions(run_cli: Callable[..., Any]) -> None:
    rows = [line.split() for line in run_cli("schema", "list").out.splitlines() if line.startswith("helm")]
    assert [(row[1], row[5]) for row in rows] == [("3.1.1", "shipped"), ("2.17.0", "past")]
    assert "of hashicorp/helm 2.17.0" in run_cli("schema", "show", "helm_release", "--provider", "helm@2").out
    refused = run_cli("schema", "export", "helm@1")
    assert refused.status == 2
    assert "only 3.1.1, 2.17.0" in refused.err
