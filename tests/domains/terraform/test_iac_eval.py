"""IaC-Eval's protocol on rows of our own, each with a right answer and a wrong one."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from iacrl.domains.terraform.engine import TerraformEngine
from iacrl.domains.terraform.iac_eval import COLUMNS, score_iac_eval
from iacrl.errors import UserError
from iacrl.tasks import Task, read_tasks

ROWS = Path(__file__).parents[2] / "fixtures" / "iac_eval.csv"
TASKS = read_tasks(ROWS, domain="terraform")

needs_programs = pytest.mark.skipif(
    shutil.which("terraform") is None and shutil.which("tofu") is None, reason="neither terraform nor tofu is installed"
)


@pytest.fixture(scope="module")
def engine() -> Iterator[TerraformEngine]:
    pytest.importorskip("regopy")
    with TerraformEngine() as engine:
        yield engine


def wrong_answers() -> list[str]:
    with ROWS.open(newline="") as file:
        return [row["Wrong output"] for row in csv.DictReader(file)]


ANSWERS = list(zip(TASKS, wrong_answers(), strict=True))


@needs_programs
@pytest.mark.parametrize(("task", "wrong"), ANSWERS, ids=[task.id for task in TASKS])
def test_the_reference_scores_and_the_wrong_answer_does_not(engine: TerraformEngine, task: Task, wrong: str) -> None:
    good = score_iac_eval(task.extra["policy"], task.output, engine)
    assert (good.plans, good.holds, good.total) == (True, True, 1.0), good.verdict.diagnostics
    bad = score_iac_eval(task.extra["policy"], wrong, engine)
    assert bad.total == 0.0
    assert (bad.plans, bad.holds) in {(True, False), (False, None)}
    if not bad.plans:
        assert bad.verdict.errors


def test_rows_become_tasks() -> None:
    assert len(TASKS) >= 12
    first, last = TASKS[0], TASKS[-1]
    assert first.instruction == "Create an S3 bucket that can be destroyed even when it holds objects."
    assert (first.id, first.family, first.domain, first.difficulty) == ("iac_eval-1", "iac_eval", "terraform", 1)
    assert first.extra["resource"] == "aws_s3_bucket"
    assert first.extra["policy"].startswith("package bucket")
    assert (last.difficulty, last.extra["published_difficulty"]) == (None, 6)
    assert Task.from_json(last.to_json()) == last


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Resource,Prompt\na,b\n", r"rows\.csv, row 1 \(ends on line 2\): Field 'instruction' is missing"),
        (",".join(COLUMNS) + "\na,,package x,1,c\n", r"row 1 \(ends on line 2\): 'Prompt' is empty"),
        (",".join(COLUMNS) + "\na,p,package x,hard,c\n", "difficulty 'hard' is not a number"),
    ],
)
def test_a_malformed_file_is_refused(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(content)
    with pytest.raises(UserError, match=message):
        read_tasks(file, domain="terraform")
