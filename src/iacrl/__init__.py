"""iacrl: reinforcement-learning fine-tuning for verifiable domains.

The public names below are all that a user needs from Python. Each is imported when first used, so that
`import iacrl` costs nothing and never loads torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from iacrl.domains import Diagnostic, Verdict, extract, validate
    from iacrl.domains.kubernetes.engine import KubernetesEngine
    from iacrl.domains.terraform.engine import TerraformEngine
    from iacrl.errors import UserError
    from iacrl.scoring.judgement import Judgement
    from iacrl.scoring.registry import Reward, reward
    from iacrl.scoring.rubric import Score, score
    from iacrl.tasks import Task, load_tasks

__version__ = "0.1.0"

_HOMES = {
    "Diagnostic": "iacrl.domains",
    "Judgement": "iacrl.scoring.judgement",
    "KubernetesEngine": "iacrl.domains.kubernetes.engine",
    "Reward": "iacrl.scoring.registry",
    "Score": "iacrl.scoring.rubric",
    "Task": "iacrl.tasks",
    "TerraformEngine": "iacrl.domains.terraform.engine",
    "UserError": "iacrl.errors",
    "Verdict": "iacrl.domains",
    "extract": "iacrl.domains",
    "load_tasks": "iacrl.tasks",
    "reward": "iacrl.scoring.registry",
    "score": "iacrl.scoring.rubric",
    "validate": "iacrl.domains",
}

__all__ = [
    "Diagnostic",
    "Judgement",
    "KubernetesEngine",
    "Reward",
    "Score",
    "Task",
    "TerraformEngine",
    "UserError",
    "Verdict",
    "extract",
    "load_tasks",
    "reward",
    "score",
    "validate",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'iacrl' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
