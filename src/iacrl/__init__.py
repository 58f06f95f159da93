"""iacrl: reinforcement-learning fine-tuning for verifiable domains, first Terraform and Kubernetes.

The public names below are all that a user needs from Python. Each is imported when first used, so that
`import iacrl` costs nothing and never loads torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from iacrl.errors import UserError
    from iacrl.tasks import Task, load_tasks
    from iacrl.validators import Diagnostic, Verdict, extract, validate

__version__ = "0.1.0"

_HOMES = {
    "Diagnostic": "iacrl.validators",
    "Task": "iacrl.tasks",
    "UserError": "iacrl.errors",
    "Verdict": "iacrl.validators",
    "extract": "iacrl.validators",
    "load_tasks": "iacrl.tasks",
    "validate": "iacrl.validators",
}

__all__ = ["Diagnostic", "Task", "UserError", "Verdict", "extract", "load_tasks", "validate"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'iacrl' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
