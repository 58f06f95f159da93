"""Does the text fit together?"""

from __future__ import annotations

from iacrl.scoring.judgement import Judgement
from iacrl.scoring.registry import reward
from iacrl.scoring.substance import passes
from iacrl.tasks.task import Task


@reward
def references(task: Task, verdict: Judgement) -> float:
    """1 for valid text: all its names, attributes and selectors refer to something that exists; 0 otherwise.

    This is the last layer of validation. The real program accepts a text that passes it. A text that declares
    nothing gets 0.
    """
    return passes(verdict, "references")
