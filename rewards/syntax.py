"""Does the text parse?"""

from __future__ import annotations

from iacrl.scoring.judgement import Judgement
from iacrl.scoring.registry import reward
from iacrl.scoring.substance import passes
from iacrl.tasks.task import Task


@reward
def syntax(task: Task, verdict: Judgement) -> float:
    """1 for text that parses and declares something, 0 otherwise."""
    return passes(verdict, "syntax")
