"""Is what is declared secure?"""

from __future__ import annotations

from iacrl.scoring.judgement import Judgement
from iacrl.scoring.registry import reward
from iacrl.scoring.security import examine
from iacrl.tasks.task import Task


@reward
def security(task: Task, verdict: Judgement) -> float | None:
    """The share of security checks that apply and hold: https://github.com/iacrl/iacrl/blob/main/docs/security.md

    A check does not apply if it finds nothing to judge, or only unknown values. Abstains if no check applies.
    """
    if verdict.document is None:
        return None
    holds: dict[str, bool] = {}
    for finding in examine(verdict.document):
        holds[finding.check.id] = holds.get(finding.check.id, True) and finding.holds
    return sum(holds.values()) / len(holds) if holds else None
