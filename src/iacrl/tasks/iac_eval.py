"""IaC-Eval's tasks and score: an answer counts when `terraform plan` succeeds on it and the task's policy holds.

The published form is a CSV file with the columns Resource, Prompt, Rego intent, Difficulty and Reference output
(Kon et al., "IaC-Eval: A Code Generation Benchmark for Cloud Infrastructure-as-Code Programs", NeurIPS 2024). Here the
plan needs no cloud account. One difference: a policy none of whose rules is defined does not hold (`policy.holds`).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from iacrl.domains.terraform import rego as policy
from iacrl.domains.terraform.engine import TerraformEngine
from iacrl.domains.verdict import Verdict
from iacrl.errors import UserError
from iacrl.files import open_text
from iacrl.tasks.task import LEVELS, Task

#: The published names of the columns. Others may be there and are not read.
COLUMNS = ("Resource", "Prompt", "Rego intent", "Difficulty", "Reference output")

#: Under this key of `Task.extra` stands the policy.
POLICY = "policy"


def load_iac_eval(path: Path) -> list[Task]:
    """Read tasks from a CSV file in IaC-Eval's published form.

    The prompt becomes the instruction, the reference output the gold answer; `extra` holds the policy, the resources
    as named in the file, and the published difficulty (1 to 6, of which `Task.difficulty` takes 1 to 5).

    Raises:
        UserError: It is no CSV file, a column is missing, or a row lacks its prompt or policy or has no number for its
            difficulty; the message names the file and the line.
    """
    try:
        with open_text(path, newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise UserError(f"{path}: no column {', '.join(missing)}. IaC-Eval's file has {', '.join(COLUMNS)}.")
            return [_task(path, reader.line_num, number, row) for number, row in enumerate(reader, start=1)]
    except csv.Error as error:
        raise UserError(f"{path}, after line {reader.line_num}: not CSV ({error}).") from None


def _task(path: Path, line: int, number: int, row: dict[str, str | None]) -> Task:
    values = {name: (row[name] or "").strip() for name in COLUMNS}
    where = f"{path}, row {number} (ends on line {line})"
    for name in ("Prompt", "Rego intent"):
        if not values[name]:
            raise UserError(f"{where}: {name!r} is empty.")
    if not values["Difficulty"].isdecimal():
        raise UserError(f"{where}: difficulty {values['Difficulty']!r} is no number.")
    difficulty = int(values["Difficulty"])
    return Task(
        instruction=values["Prompt"],
        input="",
        output=values["Reference output"],
        domain="terraform",
        id=f"iac-eval-{number:04d}",
        family="iac_eval",
        difficulty=difficulty if difficulty in LEVELS else None,
        extra={"resource": values["Resource"], POLICY: values["Rego intent"], "published_difficulty": difficulty},
    )


@dataclass(frozen=True, slots=True)
class IacEvalScore:
    """The outcome for one answer.

    Attributes:
        plans: The plan succeeded.
        holds: The policy holds for the plan; None where there is no plan.
        verdict: What planning found.
    """

    plans: bool
    holds: bool | None
    verdict: Verdict

    @property
    def total(self) -> float:
        """1.0 where the plan succeeds and the policy holds, else 0.0."""
        return float(self.plans and self.holds is True)


def score_iac_eval(task: Task, code: str, engine: TerraformEngine) -> IacEvalScore:
    """Score source code (for a model's raw completion, call `iacrl.extract` first).

    Raises:
        PolicyError: The task's policy cannot be evaluated: a fault of the task, never of the answer.
        UserError: The task carries no policy.
    """
    rego = task.extra.get(POLICY)
    if not isinstance(rego, str):
        raise UserError(f"Task {task.id!r} has no policy. Load its file with load_iac_eval.")
    plan = engine.plan(code)
    if plan.json is None:
        return IacEvalScore(plans=False, holds=None, verdict=plan.verdict)
    return IacEvalScore(plans=True, holds=policy.holds(rego, plan.json), verdict=plan.verdict)
