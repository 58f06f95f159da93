"""Real provider binaries: finding them, and a verdict of one where one is at hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from iacrl.domains.terraform.engine import TerraformEngine
from iacrl.domains.terraform.engine.diagnostics import to_diagnostic
from iacrl.domains.terraform.engine.real_providers import VARIABLES, find_binaries
from iacrl.errors import UserError

AWS = "registry.terraform.io/hashicorp/aws"


def put(directory: Path, version: str, mode: int = 0o755) -> Path:
    path = (
        directory
        / "registry.terraform.io/hashicorp/aws"
        / version
        / "linux_amd64"
        / f"terraform-provider-aws_v{version}"
    )
    path.parent.mkdir(parents=True)
    path.write_text("")
    path.chmod(mode)
    return path


def test_the_newest_binary_that_may_be_run_is_found(tmp_path: Path) -> None:
    put(tmp_path, "5.99.0")
    newest = put(tmp_path, "5.100.0")
    put(tmp_path, "6.0.0", mode=0o644)
    assert find_binaries(tmp_path) == {AWS: newest}


def test_a_variable_names_the_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert find_binaries() == {}
    path = put(tmp_path, "5.0.0")
    monkeypatch.setenv(VARIABLES[1], str(tmp_path))
    assert find_binaries() == {AWS: path}


def test_a_directory_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such directory of provider plugins"):
        find_binaries(tmp_path / "missing")


@pytest.mark.parametrize(
    ("summary", "detail", "code"),
    [
        ('expected mode to be one of ["a" "b"], got c', "", "TF320"),
        ("Invalid Attribute Value", 'value must be one of: ["a" "b"], got: "c"', "TF320"),
        ("expected timeout to be in the range (1 - 900), got 901", "", "TF321"),
        ("expected length of name to be in the range (1 - 3), got abcd", "", "TF322"),
        ("invalid value for name (cannot begin with sg-)", "", "TF323"),
        ('"role" (x) is an invalid ARN: arn: invalid prefix', "", "TF324"),
        ("Conflicting configuration arguments", '"name": conflicts with name_prefix', "TF327"),
        ("Missing required argument", '"ami": one of `ami,launch_template` must be specified', "TF328"),
        ("Missing required argument", '"a": all of `a,b` must be specified', "TF329"),
        ("something that no rule knows", "", "TF903"),
    ],
)
def test_what_a_provider_says_has_the_code_of_our_rule(summary: str, detail: str, code: str) -> None:
    said = {"severity": "error", "summary": summary, "detail": detail, "address": "module.m.data.aws_a.b[0]"}
    found = to_diagnostic(said, {}, True, {"aws": "hashicorp/aws 5.100.0"})
    assert (found.code, found.layer) == (code, "schema")
    assert found.message.endswith("(said by provider hashicorp/aws 5.100.0)") == (code == "TF903")


def test_only_what_a_real_provider_says_has_such_a_code() -> None:
    said = {"severity": "error", "summary": "Conflicting configuration arguments", "detail": ""}
    assert to_diagnostic(said, {}, True, {"aws": "hashicorp/aws 5.100.0"}).code == "TF904"
    assert to_diagnostic({**said, "address": "google_a.b"}, {}, True, {}).code == "TF903"


@pytest.fixture(scope="module")
def engine() -> Iterator[TerraformEngine]:
    if AWS not in find_binaries():
        pytest.skip(f"no binary of {AWS}: {' or '.join(VARIABLES)} names a directory with one")
    with TerraformEngine() as started:
        yield started


def test_the_real_provider_is_asked_and_the_others_are_named(engine: TerraformEngine) -> None:
    text = 'resource "aws_vpc" "a" {\n  cidr_block = "10.0.0.1/16"\n}\n'
    text += 'resource "random_id" "b" {\n  byte_length = 4\n}\n'
    refused = engine.validate(text)
    assert [(found.code, "10.0.0.1/16" in found.message) for found in refused.errors] == [("TF324", True)]
    assert refused.unchecked == ("provider hashicorp/random: judged by its schema; no binary of it is at hand",)
    assert engine.validate(text.replace("10.0.0.1/16", "10.0.0.0/16")).valid
