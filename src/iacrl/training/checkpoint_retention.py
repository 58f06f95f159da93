"""Which checkpoints a run keeps: the newest, and those to return to if a rule stops the run."""

from __future__ import annotations

import shutil

from iacrl.runs import processes
from iacrl.runs.directory import RunDirectory, step_of
from iacrl.runs.launch import is_first

#: The most checkpoints that are kept in addition to the newest ones.
BESIDES = 2


def prune(run: RunDirectory, keep: int, onset: int) -> None:
    """Drop old checkpoints.

    The newest `keep` stay, and so does the newest one that no rule can doubt any more. The oldest doubtful one stays
    too: it replaces that one once the rules have looked past it.

    Args:
        keep: How many of the newest always stay.
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
    """Drop the checkpoints from `onset` on, because they may be damaged; return their names.

    A resumed run computes them again, bit for bit the same. So a wrong alarm costs only time.
    """
    dropped = [path for path in run.list_checkpoints() if step_of(path) >= onset]
    processes.wait_for_all()  # all processes have looked
    if is_first():
        for path in dropped:
            shutil.rmtree(path)
    processes.wait_for_all()
    return [path.name for path in dropped]
