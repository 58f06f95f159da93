"""How `iacrl validate --jsonl` judges many rows: in order, and in how much memory.

    python benchmarks/bulk.py [--rows 1000000] [--jobs 1]

The rows are the shipped tasks' gold answers, again and again, each with a number of its own so that no two texts are
equal. They are written to the command's standard input while its output is read, so nothing is kept on disk. The
memory is that of the command and its judges together, as Linux counts it, at a fifth of the rows and at the end.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from record import ROOT, keep

import iacrl
from iacrl.tasks.task import SPLITS

#: A comment in both languages.
_OWN = "# row {}\n"


def main() -> int:
    """Measure, print and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    command = [sys.executable, "-m", "iacrl", "validate", "--jsonl", "/dev/stdin", "--jobs", str(options.jobs)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdin and process.stdout
    threading.Thread(target=_write, args=(process.stdin, options.rows), daemon=True).start()
    memory: dict[int, float] = {}
    in_order = judged = valid = 0
    for line in process.stdout:
        row = json.loads(line)
        in_order += row["id"] == str(judged)
        judged += 1
        valid += row["valid"]
        if judged in (options.rows // 5, options.rows - 1):
            memory[judged] = _memory_mb(process.pid)
    if process.wait() not in (0, 1):
        return 2
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = used.ru_utime + used.ru_stime
    early, late = memory.values()
    numbers = {
        "rows": judged,
        "rows_in_order": in_order,
        "valid": valid,
        "jobs": options.jobs,
        "processor_s": seconds,
        "rows_a_processor_second": judged / seconds,
        "memory_mb_after_a_fifth": early,
        "memory_mb_at_the_end": late,
        "growth_of_memory": late / early,
    }
    targets = {"rows_in_order": ("at least", options.rows), "growth_of_memory": ("at most", 1.05)}
    return 0 if keep("bulk", numbers, targets) else 1


def _write(file: IO[bytes], count: int) -> None:
    with file:
        for number, (domain, text) in zip(range(count), _answers(), strict=False):
            row = {"id": str(number), "domain": domain, "text": _OWN.format(number) + text}
            file.write(json.dumps(row).encode() + b"\n")


def _answers() -> Iterator[tuple[str, str]]:
    kept = [
        (task.domain, task.output)
        for split in SPLITS
        for pair in zip(*(iacrl.load_tasks(name, split=split) for name in ("terraform", "kubernetes")), strict=True)
        for task in pair
    ]
    while True:
        yield from kept


def _memory_mb(process: int) -> float:
    """Return the memory of a process and those it started, what they share once (`Pss`)."""
    tasks = Path(f"/proc/{process}/task")
    started = [int(one) for task in tasks.iterdir() for one in (task / "children").read_text().split()]
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    own = next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    return own + sum(map(_memory_mb, started))


if __name__ == "__main__":
    sys.exit(main())
