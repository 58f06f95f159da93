"""What attacks on answers and honest alternatives earn, over all shipped test tasks, by kind.

    python benchmarks/attacks.py [--as before]

The attacks and the other spellings are those of `iacrl reward audit --rubric --thorough`. Each line of the gold answer
is also left out once. The honest answers of `tests/fixtures/alternatives` are written by hand. An attack counts as paid
at 0.9 or more, an unrepaired input above 0.35. An honest answer counts as accepted if it earns the full score. The
shares go to `results/attacks.json` under `after`; those of an earlier state go under `before`. The table of both in
docs/scoring.md is updated.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from record import RESULTS, ROOT, system

from iacrl.domains.registry import find_domain
from iacrl.scoring.audit.audit import LIMITS, shipped_tasks
from iacrl.scoring.audit.findings import NO_CLAUSE, SPOILT
from iacrl.scoring.audit.hacks import Probe, answer, fenced
from iacrl.scoring.audit.probes import ALTERNATIVE, attack_probes
from iacrl.scoring.rubric import default_rubric
from iacrl.scoring.runtime import Runtime
from iacrl.tasks import Task
from iacrl.tasks.family import find_family

GOLD = "gold answer"
WRITTEN = "written by hand"
DELETED = "one line left out"
UNREPAIRED = "unchanged input, schema switched off"
#: What should earn the full score, as the table names it.
_HONEST_WORDS = {
    GOLD: "gold answers with 1",
    ALTERNATIVE: "other spellings with 1",
    WRITTEN: "honest answers written by hand with 1",
}
_PAID = {UNREPAIRED: NO_CLAUSE + 1e-9}
FILE = RESULTS / "attacks.json"
PAGE = ROOT / "docs" / "scoring.md"
BATCH = 256

Kind = tuple[str, str]


def probes(task: Task) -> Iterator[Probe]:
    """Yield everything that is tried on one task."""
    yield Probe(task, GOLD, "as taught", answer(task), "whole")
    for probe in attack_probes(task):
        yield probe if probe.group != "unchanged input" else Probe(task, UNREPAIRED, *_rest(probe))
    lines = task.output.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if any(map(str.isalnum, line)):
            text = "".join(lines[:number] + lines[number + 1 :])
            yield Probe(task, DELETED, f"{number + 1}", fenced(text, find_domain(task.domain).fence), "spoilt")


def written_by_hand() -> Iterator[Probe]:
    """Yield the honest answers of the fixtures."""
    shipped = {task.id: task for task in shipped_tasks()}
    for path in sorted((ROOT / "tests" / "fixtures" / "alternatives").glob("*.jsonl")):
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            family, seed, index = row["task_id"].rsplit("-", 2)
            task = shipped.get(row["task_id"]) or find_family(family).task(int(seed), int(index))
            completion = fenced(row["text"], find_domain(task.domain).fence)
            yield Probe(task, WRITTEN, f"{row['task_id']}: {row['trick']}", completion, "whole")


def _sort_of(probe: Probe) -> str:
    return probe.name if probe.group == WRITTEN else probe.name.rpartition(", ")[0] or probe.name


def _rest(probe: Probe) -> tuple[str, str, Any]:
    return probe.name, probe.completion, probe.worth


def measure() -> dict[str, Any]:
    """Score everything. Return how many there are and how many are paid, by domain and kind."""
    found = [*(probe for task in shipped_tasks() for probe in probes(task)), *written_by_hand()]
    counts: Counter[Kind] = Counter()
    paid: Counter[Kind] = Counter()
    names: dict[Kind, Counter[str]] = defaultdict(Counter)
    with Runtime(default_rubric(), LIMITS) as runtime:
        for start in range(0, len(found), BATCH):
            part = found[start : start + BATCH]
            batch = runtime.score_batch([probe.completion for probe in part], [probe.task for probe in part])
            for probe, outcome in zip(part, batch.outcomes, strict=True):
                kind, total = (probe.task.domain, probe.group), outcome.total or 0.0
                counts[kind] += 1
                yes = total > 1 - 1e-9 if probe.worth == "whole" else total >= _PAID.get(probe.group, SPOILT)
                paid[kind] += yes
                if yes != (probe.worth == "whole"):
                    names[kind][_sort_of(probe)] += 1
    rows = [
        {
            "domain": domain,
            "kind": kind,
            "texts": counts[domain, kind],
            "paid": paid[domain, kind],
            "share": round(paid[domain, kind] / counts[domain, kind], 4),
            "wrong": dict(names[domain, kind].most_common(None if kind == WRITTEN else 12)) if kind != DELETED else {},
        }
        for domain, kind in sorted(counts)
    ]
    return {"system": system("python benchmarks/attacks.py"), "tasks": len(shipped_tasks()), "rows": rows}


def table(kept: Mapping[str, Any]) -> str:
    """Return the shares before and after as a table in Markdown."""
    lines = ["| domain | kind | texts | before | after |", "|---|---|---|---|---|"]
    shares = {state: {(row["domain"], row["kind"]): row for row in kept[state]["rows"]} for state in kept}
    for domain, kind in sorted(shares["after"], key=lambda key: (key[1] in _HONEST_WORDS, *key)):
        row, old = shares["after"][domain, kind], shares.get("before", {}).get((domain, kind))
        before = f"{old['share']:.1%}" if old else "-"
        words = _HONEST_WORDS.get(kind, f"{kind}: paid")
        lines.append(f"| {domain} | {words} | {row['texts']} | {before} | {row['share']:.1%} |")
    return "\n".join(lines)


def write_table(kept: Mapping[str, Any]) -> None:
    """Print the table, and put it into the documentation."""
    begin, end = "<!-- attacks -->\n", "<!-- /attacks -->"
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    PAGE.write_text(f"{before}{begin}{table(kept)}\n{end}{after}", encoding="utf-8")
    print(table(kept))


def main() -> int:
    """Measure and save the shares, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--as", dest="state", choices=["before", "after"], default="after")
    options = parser.parse_args()
    kept = json.loads(FILE.read_text()) if FILE.exists() else {}
    kept[options.state] = measure()
    FILE.write_text(json.dumps(kept, indent=1) + "\n")
    if "after" in kept:
        write_table(kept)
    return 0


if __name__ == "__main__":
    sys.exit(main())
