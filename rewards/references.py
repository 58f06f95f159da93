"""Does the text fit together?"""

from __future__ import annotations

from iacrl.scoring.judgement import Judgement
from iacrl.scoring.registry import reward
from iacrl.scoring.substance import passes
from iacrl.tasks.task import Task


@reward
def references(task: Task, verdict: Judgement) -> float:
    """1 for text whose names, attributes and selectors all lead somewhere, so that it is valid; 0 otherwise.

    This is the last layer of validation: with it the text is what the real program accepts. A text that declares
    nothing has 0.
    """
    return passes(verdict, "references")
