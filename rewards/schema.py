"""Does everything that the text sets exist?"""

from __future__ import annotations

from iacrl.scoring.judgement import Judgement
from iacrl.scoring.registry import reward
from iacrl.scoring.substance import passes
from iacrl.tasks.task import Task


@reward
def schema(task: Task, verdict: Judgement) -> float:
    """1 for text whose blocks, arguments and fields are in the schemas, with all required ones; 0 otherwise.

    The text must pass the layers `structure` and `schema`: known kinds, known names, values of the right type. It gets
    0 if the schema of any part is not available, because then it is not known to fit. It gets 0 if it declares nothing.
    """
    return passes(verdict, "schema")
