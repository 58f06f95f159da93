"""Does the text have the usual layout of its domain?"""

from __future__ import annotations

from itertools import zip_longest

from iacrl.domains.registry import find_domain
from iacrl.scoring.judgement import Judgement
from iacrl.scoring.registry import reward
from iacrl.tasks.task import Task


@reward
def style(task: Task, verdict: Judgement) -> float | None:
    """The share of lines that are in the domain's canonical format, such as that of `terraform fmt`.

    Blank lines do not count. Abstains on text that does not parse, and if the domain has no canonical format.
    """
    formatted = find_domain(verdict.domain).formatted
    if formatted is None or "syntax" not in verdict.layers:
        return None
    pairs = zip_longest(verdict.text.splitlines(), formatted(verdict.text).splitlines(), fillvalue=None)
    kept = [given == wanted for given, wanted in pairs if given or wanted]
    return sum(kept) / len(kept) if kept else None
