"""IaC-Eval's tasks and score: an answer counts when `terraform plan` succeeds on it and the task's policy holds.

The published form has the columns Resource, Prompt, Rego intent, Difficulty and Reference output, as a CSV file or at
https://huggingface.co/datasets/autoiac-project/iac-eval (Kon et al., "IaC-Eval: A Code Generation Benchmark for Cloud
Infrastructure-as-Code Programs", NeurIPS 2024). Here the plan needs no cloud account. One difference: a policy without
any defined rule does not hold (`rego.holds`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iacrl.errors import UserError

if TYPE_CHECKING:
    from iacrl.domains.terraform.engine import TerraformEngine
    from iacrl.domains.verdict import Verdict

#: The published names of the columns. Other columns are ignored.
COLUMNS = ("Resource", "Prompt", "Rego intent", "Difficulty", "Reference output")

#: The highest difficulty of a task; the published one goes up to 6.
_HARDEST = 5


def task_row(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row in IaC-Eval's form as a row of a task file; return any other row unchanged.

    The prompt becomes the instruction, the reference output the gold answer; further fields hold the policy, the
    resources as named in the row, and the published difficulty.

    Raises:
        UserError: The row lacks its prompt or policy, or has no number for its difficulty.
    """
    if not set(COLUMNS) <= set(row):
        return row
    values = {name: str(row[name] or "").strip() for name in COLUMNS}
    for name in ("Prompt", "Rego intent"):
        if not values[name]:
            raise UserError(f"{name!r} is empty.")
    if not values["Difficulty"].isdecimal():
        raise UserError(f"difficulty {values['Difficulty']!r} is not a number.")
    difficulty = int(values["Difficulty"])
    return {
        "instruction": values["Prompt"],
        "output": values["Reference output"],
        "family": "iac_eval",
        "difficulty": difficulty if difficulty <= _HARDEST else None,
        "resource": values["Resource"],
        "policy": values["Rego intent"],
        "published_difficulty": difficulty,
    }


@dataclass(frozen=True, slots=True)
class IacEvalScore:
    """The outcome for one answer.

    Attributes:
        plans: The plan succeeded.
        holds: The policy holds for the plan; None without a plan.
        verdict: What planning found.
    """

    plans: bool
    holds: bool | None
    verdict: Verdict

    @property
    def total(self) -> float:
        """1.0 if the plan succeeds and the policy holds, else 0.0."""
        return float(self.plans and self.holds is True)


def score_iac_eval(policy: str, code: str, engine: TerraformEngine) -> IacEvalScore:
    """Score source code (for a model's raw completion, call `iacrl.extract` first).

    Args:
        policy: In Rego, as the task has it (`task.extra["policy"]`).
        code: The answer.
        engine: Plans it.

    Raises:
        PolicyError: The policy cannot be evaluated. This is an error in the task, never in the answer.
    """
    from iacrl.domains.terraform import rego

    plan = engine.plan(code)
    if plan.json is None:
        return IacEvalScore(plans=False, holds=None, verdict=plan.verdict)
    return IacEvalScore(plans=True, holds=rego.holds(policy, plan.json), verdict=plan.verdict)
