"""The verdict in either dialect is that of its program, and what every plan refuses is never a pass."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from batches import batches, check_each

import iacrl
from iacrl.domains.terraform import validate_directory, validate_text
from iacrl.domains.terraform.checking.planned import REFUSED_BY_PLAN
from iacrl.tasks import Task

FIXTURES = Path(__file__).parents[2] / "fixtures" / "terraform"
ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in (FIXTURES / "dialects.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("rows", batches(ROWS))
def test_the_verdicts_are_the_programs(rows: list[dict[str, Any]]) -> None:
    def check(row: dict[str, Any]) -> None:
        terraform, tofu = validate_text(row["text"]), validate_text(row["text"], "tofu")
        assert terraform.valid is row["terraform"], terraform.diagnostics
        assert tofu.valid is row["tofu"], tofu.diagnostics
        if terraform.valid and not tofu.valid:
            # OpenTofu finds it now, Terraform when it plans.
            assert {found.code for found in terraform.diagnostics} == {REFUSED_BY_PLAN.code}
            assert "references" not in terraform.layers

    check_each(rows, lambda row: row["name"], check)


_PASSWORD = 'resource "random_password" "x" {\n  count  = 2\n  length = 9\n}\n'


@pytest.mark.parametrize(
    ("expression", "refused"),
    [
        ("random_password.x[0].nothing", "no argument, nested block, or exported attribute"),
        ("random_password.x[0].keepers", "number required"),
        ("random_password.x[0].length", ""),
        ("random_password.x[*].nothing", "does not have an attribute"),
        ("random_password.x[*].length", "number required"),
        ("length(random_password.x)", ""),
        ("[for one in random_password.x : one.nothing][0]", "does not have an attribute"),
        ("local.all[0].nothing", "does not have an attribute"),
        ("local.all[count.index].length", ""),
        ("try(local.all[0].nothing, 1)", ""),
        ("random_password.y[0].length", "may not refer to itself"),
    ],
)
def test_a_plan_knows_the_types_of_repeated_resources(expression: str, refused: str) -> None:
    text = f'{_PASSWORD}locals {{\n  all = random_password.x\n}}\nresource "random_password" "y" {{\n'
    verdict = validate_text(f"{text}  count  = 1\n  length = {expression}\n}}\n")
    messages = [found.message for found in verdict.diagnostics]
    assert any(refused in message for message in messages) if refused else messages == []


def test_a_plan_knows_the_outputs_of_local_modules(tmp_path: Path) -> None:
    (tmp_path / "child").mkdir()
    child = f'{_PASSWORD}output "all" {{\n  value     = random_password.x[*].id\n  sensitive = true\n}}\n'
    (tmp_path / "child" / "main.tf").write_text(child, encoding="utf-8")
    main = (
        'module "child" {\n  source = "./child"\n}\nresource "random_password" "y" {\n  length = module.child.all\n}\n'
    )
    (tmp_path / "main.tf").write_text(main, encoding="utf-8")
    verdict = validate_directory(tmp_path)
    assert verdict.valid
    assert [found.code for found in verdict.diagnostics] == [REFUSED_BY_PLAN.code]


def test_a_file_of_opentofus_own_chooses_the_dialect(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('output "x" {\n  value = urldecode("a%20b")\n}\n', encoding="utf-8")
    assert not validate_directory(tmp_path).valid
    assert validate_directory(tmp_path, "tofu").valid
    (tmp_path / "more.tofu").write_text("", encoding="utf-8")
    assert validate_directory(tmp_path).valid


@pytest.mark.parametrize(("bucket", "passes"), [("aws_s3_bucket.a.id", True), ("aws_s3_bucket.a", False)])
def test_what_every_plan_refuses_never_passes(bucket: str, passes: bool) -> None:
    intent = {"must_exist": [{"is": "resource aws_s3_bucket"}, {"is": "resource aws_s3_bucket_policy"}]}
    row = {"id": "t", "domain": "terraform", "instruction": "i", "output": "", "intent": intent}
    text = (
        'resource "aws_s3_bucket" "a" {}\n'
        f'resource "aws_s3_bucket_policy" "p" {{\n  bucket = {bucket}\n  policy = jsonencode({{}})\n}}\n'
    )
    score = iacrl.score(text, Task.from_json(row))
    assert score.passed is passes
    assert ("references" in score.verdict.layers) is passes


def test_the_dialect_is_an_option() -> None:
    text = 'output "x" {\n  value = tofu.workspace\n}\n'
    assert not iacrl.validate(text, "terraform").valid
    assert iacrl.validate(text, "terraform", dialect="tofu").valid
