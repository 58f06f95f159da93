"""Honest answers that are written otherwise earn all; the fixtures' README lists the others with a reason."""

import json
import re
from pathlib import Path

import pytest

from iacrl.domains.registry import find_domain
from iacrl.scoring.rubric import default_rubric
from iacrl.tasks import load_tasks
from iacrl.tasks.family import find_family

FOLDER = Path(__file__).parents[1] / "fixtures" / "alternatives"
_ROW = re.compile(r"^\| `([\w-]+)` \| (.+?) \| (?:disputed|not understood): [^|]+ \|$", re.MULTILINE)
REFUSED = set(_ROW.findall((FOLDER / "README.md").read_text(encoding="utf-8")))


def generated(name):
    """Return the item of a family that is named like `cfn_vpc-0-3`: family, seed and index."""
    family, seed, index = name.rsplit("-", 2)
    return find_family(family).task(int(seed), int(index))


@pytest.mark.parametrize("name", ["terraform", "kubernetes", "cloudformation"])
def test_honest_alternatives_earn_all(name):
    if name == "cloudformation":
        pytest.importorskip("cfnlint", reason="cfn-lint is not installed")
    rows = [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    shipped = {} if name == "cloudformation" else {task.id: task for task in load_tasks(name, split="test")}
    rubric = default_rubric()
    refused = set()
    for row in rows:
        task = shipped.get(row["task_id"]) or generated(row["task_id"])
        completion = f"```{find_domain(name).fence}\n{row['text']}```"
        if rubric.score(completion, task).total < 1 - 1e-9:
            refused.add((row["task_id"], row["trick"]))
    assert refused == REFUSED & {(row["task_id"], row["trick"]) for row in rows}


def test_at_least_nineteen_in_twenty_are_accepted():
    rows = [
        json.loads(line) for path in FOLDER.glob("*.jsonl") for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert {(row["task_id"], row["trick"]) for row in rows} >= REFUSED  # the table names rows that are there
    assert len(REFUSED) <= len(rows) / 20
