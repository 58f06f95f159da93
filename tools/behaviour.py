"""Record what the library returns today, and compare two such records: a redesign must not change behaviour unseen.

    python tools/behaviour.py record before.json      # in the old checkout
    python tools/behaviour.py record after.json       # in the new one
    python tools/behaviour.py compare before.json after.json

A record contains SHA-256 digests of these: the verdict on every gold answer and input of the shipped tasks and on
every text of the fixtures; the score of every gold answer and of every test task's mutations; the prompt of every
task; and the tasks as the generators make them.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import iacrl

try:
    from iacrl.tasks.prompt import build_prompt
except ImportError:  # before the prompt moved to the tasks
    from iacrl.prompt import build_prompt  # type: ignore[import-not-found, no-redef]
from iacrl.tasks.family import all_families
from iacrl.tasks.mutants import mutations

FIXTURES = Path(__file__).parent.parent / "tests" / "fixtures"
_SUFFIXES = {".tf": "terraform", ".yaml": "kubernetes", ".yml": "kubernetes"}
_SPLITS = ("train", "validation", "test")
#: How many items of each family are generated again.
_ITEMS = 12


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _verdict(text: str, domain: str) -> str:
    verdict = iacrl.validate(text, domain)
    found = [one.to_json() for one in verdict.diagnostics]
    return _digest([verdict.valid, found, list(verdict.layers), list(verdict.unchecked)])


def _score(completion: str, task: Any) -> str:
    score = iacrl.score(completion, task)
    return _digest([score.total, dict(score.parts), score.passed])


def _of_split(domain: str, split: str) -> Iterator[tuple[str, str]]:
    for task in iacrl.load_tasks(domain, split=split):
        yield f"prompt {task.id}", _digest(build_prompt(task))
        yield f"verdict of gold {task.id}", _verdict(task.output, domain)
        if task.input:
            yield f"verdict of input {task.id}", _verdict(task.input, domain)
        yield f"score of gold {task.id}", _score(task.output, task)
        for name, text in mutations(task) if split == "test" else ():
            yield f"score of {task.id}: {name}", _score(text, task)


def _of_fixtures() -> Iterator[tuple[str, str]]:
    for path in sorted(FIXTURES.rglob("*")):
        domain = _SUFFIXES.get(path.suffix)
        if domain is not None and path.is_file():
            text = path.read_bytes().decode("utf-8", "surrogateescape")
            yield f"verdict of {path.relative_to(FIXTURES)}", _verdict(text, domain)


def _of_families() -> Iterator[tuple[str, str]]:
    for name, family in all_families().items():
        for index in range(_ITEMS):
            yield f"item {name} {index}", _digest(family.task(7, index).to_json())


def _part(name: tuple[str, ...]) -> dict[str, str]:
    if name == ("fixtures",):
        return dict(_of_fixtures())
    return dict(_of_families()) if name == ("families",) else dict(_of_split(*name))


def record(target: Path) -> None:
    """Write the record of this checkout."""
    parts = [(domain, split) for domain in ("terraform", "kubernetes") for split in _SPLITS]
    with ProcessPoolExecutor(2) as pool:
        found = pool.map(_part, [*parts, ("fixtures",), ("families",)])
        target.write_text(json.dumps({key: value for part in found for key, value in part.items()}, indent=0))


def compare(before: Path, after: Path) -> int:
    """Print how many entries are equal, and each that differs; return the exit status."""
    old, new = (json.loads(path.read_text()) for path in (before, after))
    counts: Counter[tuple[str, str]] = Counter()
    for key in sorted({*old, *new}):
        kind = " ".join(key.split()[: 3 if " of " in key else 1])
        state = "equal" if old.get(key) == new.get(key) else "changed" if key in old and key in new else "on one side"
        counts[kind if kind.startswith(("verdict", "score", "prompt", "item")) else "other", state] += 1
        if state != "equal":
            print(f"{state}: {key}")
    totals: Counter[str] = Counter()
    for (_, state), number in counts.items():
        totals[state] += number
    print(", ".join(f"{number} {state}" for state, number in sorted(totals.items())))
    return int(set(totals) != {"equal"})


if __name__ == "__main__":
    if sys.argv[1:2] == ["record"] and len(sys.argv) == 3:
        record(Path(sys.argv[2]))
    elif sys.argv[1:2] == ["compare"] and len(sys.argv) == 4:
        sys.exit(compare(Path(sys.argv[2]), Path(sys.argv[3])))
    else:
        sys.exit(__doc__)
