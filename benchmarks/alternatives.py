"""How many honest answers of the second set earn the full score, by domain, and which do not.

    python benchmarks/alternatives.py

The set is `tests/fixtures/alternatives/second.jsonl.gz`; its README says how it was made.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter

from record import ROOT

from iacrl.domains.registry import find_domain
from iacrl.scoring.audit.audit import shipped_tasks
from iacrl.scoring.audit.hacks import fenced
from iacrl.scoring.rubric import default_rubric
from iacrl.tasks.family import find_family

FILE = ROOT / "tests" / "fixtures" / "alternatives" / "second.jsonl.gz"


def main() -> int:
    """Score every row, print the shares, and list what is refused."""
    shipped = {task.id: task for task in shipped_tasks()}
    rubric = default_rubric()
    counts: Counter[str] = Counter()
    accepted: Counter[str] = Counter()
    for row in map(json.loads, gzip.decompress(FILE.read_bytes()).decode("utf-8").splitlines()):
        family, seed, index = row["task_id"].rsplit("-", 2)
        task = shipped.get(row["task_id"]) or find_family(family).task(int(seed), int(index))
        total = rubric.score(fenced(row["text"], find_domain(task.domain).fence), task).total
        counts[task.domain] += 1
        accepted[task.domain] += total > 1 - 1e-9
        if total <= 1 - 1e-9:
            print(f"{total:.3f}  {row['task_id']}: {row['trick']}")
    for domain, count in sorted(counts.items()):
        print(f"{domain}: {accepted[domain]} of {count} ({accepted[domain] / count:.1%})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
