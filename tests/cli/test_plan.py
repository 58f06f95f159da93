from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from iacrl.cli.plan import command
from iacrl.domains import Domain, Verdict
from iacrl.domains.programs import Planned
from iacrl.errors import UserError

needs_program = pytest.mark.skipif(
    shutil.which("terraform") is None and shutil.which("tofu") is None, reason="neither terraform nor tofu is installed"
)

GOOD = 'resource "aws_s3_bucket" "b" {\n  bucket = "logs"\n}\n'


@needs_program
def test_a_plan_is_summed_up_and_printed(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(GOOD)
    summed = CliRunner().invoke(command, [str(tmp_path / "main.tf")], standalone_mode=False)
    assert summed.return_value == 0
    assert summed.stdout.startswith("create   aws_s3_bucket.b (")
    assert summed.stdout.endswith("Plan: 1 to create.\n")
    printed = CliRunner().invoke(command, ["--format", "json", str(tmp_path)], standalone_mode=False)
    assert json.loads(printed.stdout)["resource_changes"][0]["change"]["after"]["bucket"] == "logs"


@needs_program
def test_what_cannot_be_planned_says_why() -> None:
    ran = CliRunner().invoke(command, ["-"], input=GOOD.replace("bucket =", "bukket ="), standalone_mode=False)
    assert (ran.return_value, ran.stdout) == (1, "")
    assert ran.stderr.startswith("-:2:3: error: Unsupported argument: ")
    assert " [TF304]\n" in ran.stderr, "the validator finds the same"


def test_a_missing_program_is_named() -> None:
    ran = CliRunner().invoke(command, ["--program", "/nowhere/terraform", "-"], input=GOOD, standalone_mode=False)
    assert isinstance(ran.exception, UserError)
    assert "/nowhere/terraform" in str(ran.exception)


def test_a_file_is_planned_by_the_domain_that_its_name_tells(
    install_domain: Callable[[Domain], None], tmp_path: Path
) -> None:
    def plan(source: str | Path, program: str | None) -> Planned:
        return Planned(Verdict("workflows", unchecked=("secrets",)), {"text": source}, [f"{program}: 1 job"])

    install_domain(Domain("workflows", ("yaml",), lambda text, _: Verdict("workflows"), suffixes=(".yaml",), plan=plan))
    (tmp_path / "ci.yaml").write_text("jobs: {}")
    ran = CliRunner().invoke(command, [str(tmp_path / "ci.yaml"), "--program", "act"], standalone_mode=False)
    assert (ran.return_value, ran.stdout, ran.stderr) == (0, "act: 1 job\n", "not checked: secrets\n")
