"""Does everything that the text sets exist?"""

from __future__ import annotations

from iacrl.scoring.judgement import Judgement
from iacrl.scoring.registry import reward
from iacrl.scoring.substance import passes
from iacrl.tasks.task import Task


@reward
def schema(task: Task, verdict: Judgement) -> float:
    """1 for text whose blocks, arguments and fields are those of the schemas, with the required ones; 0 otherwise.

    It needs the layers `structure` and `schema`: known kinds, known names, values of the right type. What has no
    schema at hand is not counted against the text. A text that declares nothing has 0.
    """
    return passes(verdict, "schema")
