"""Which checkpoints a run keeps: the newest, and those that it would go back to if a rule stopped it."""

from __future__ import annotations

import shutil

from iacrl.runs import processes
from iacrl.runs.directory import RunDirectory, step_of
from iacrl.runs.launch import is_first

#: At most so many are kept besides the newest ones.
BESIDES = 2


def prune(run: RunDirectory, keep: int, onset: int) -> None:
    """Drop old checkpoints.

    Besides the newest `keep`, the newest one that no rule can call into doubt any more stays, and the oldest of the
    others, which takes its place when the rules have looked past it.

    Args:
        keep: How many of the newest stay in any case.
        onset: Checkpoints of fewer steps are beyond doubt (`guard_rules.earliest_onset`).
    """
    if not is_first():
        return
    found = run.list_checkpoints()
    sound = [path for path in found if step_of(path) < onset]
    doubtful = [path for path in found if step_of(path) >= onset]
    kept = {*found[-keep:], *sound[-1:], *doubtful[:1]}
    for path in found:
        if path not in kept:
            shutil.rmtree(path)


def drop_doubtful(run: RunDirectory, onset: int) -> list[str]:
    """Drop the checkpoints from `onset` on, of which a rule cannot say that they are sound; return their names.

    A resumed run computes them again, bit for bit the same, so nothing but time is lost where the rule was wrong.
    """
    dropped = [path for path in run.list_checkpoints() if step_of(path) >= onset]
    processes.wait_for_all()  # all have looked
    if is_first():
        for path in dropped:
            shutil.rmtree(path)
    processes.wait_for_all()
    return [path.name for path in dropped]
