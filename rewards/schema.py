"""Does everything that the text sets exist?"""

from __future__ import annotations

from iacrl.scoring.judgement import Judgement
from iacrl.scoring.registry import reward
from iacrl.scoring.substance import passes
from iacrl.tasks.task import Task


@reward
def schema(task: Task, verdict: Judgement) -> float:
    """1 for text whose blocks, arguments and fields are those of the schemas, with the required ones; 0 otherwise.

    It needs the layers `structure` and `schema`: known kinds, known names, values of the right type. A text in which
    anything has no schema at hand has 0: it is not known to fit. So has a text that declares nothing.
    """
    return passes(verdict, "schema")
