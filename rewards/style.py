"""Is the text laid out as its community lays it out?"""

from __future__ import annotations

from itertools import zip_longest

from iacrl.domains.terraform.format.form import canonical
from iacrl.domains.verdict import Verdict
from iacrl.scoring.registry import reward
from iacrl.tasks.task import Task


@reward
def style(task: Task, verdict: Verdict) -> float | None:
    """The share of lines that `terraform fmt` would leave as they are; 1 for text in its form.

    Blank lines do not count. Abstains on text that does not parse, and for Kubernetes: YAML has no canonical form.
    """
    if verdict.domain != "terraform" or "syntax" not in verdict.layers:
        return None
    pairs = zip_longest(verdict.text.splitlines(), canonical(verdict.text).splitlines(), fillvalue=None)
    kept = [given == wanted for given, wanted in pairs if given or wanted]
    return sum(kept) / len(kept) if kept else None
