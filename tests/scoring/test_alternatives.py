"""Honest answers that are written otherwise earn all; the fixtures' README lists the others with a reason."""

import gzip
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


SECOND_REFUSED = {
    ("random_password-2025-9", "variables"),
    ("aws_autoscaling_group-2025-12", "lt name latest"),
    ("aws_network_stack-2025-33", "gateway attachment"),
    ("tf_variable-2025-83", "condition lt next"),
    ("aws_efs_file_system-2025-3", "default encrypted"),
    ("aws_lb-2025-7", "ids instead of arn"),
    ("aws_vpc-2025-84", "dns support default"),
    ("k8s_network_policy-2025-86", "policy types"),
    ("k8s_team_stack-2025-86", "policy types"),
}


def test_a_tenth_of_the_second_set_and_its_refused_answers_score_as_listed():
    text = gzip.decompress((FOLDER / "second.jsonl.gz").read_bytes()).decode("utf-8")
    rows = [row for row in map(json.loads, text.splitlines()) if not row["task_id"].startswith("cfn_")]
    names = [(row["task_id"], row["trick"]) for row in rows]
    shipped = {task.id: task for name in ("terraform", "kubernetes") for task in load_tasks(name, split="test")}
    rubric = default_rubric()
    tried = [row for number, row in enumerate(rows) if number % 10 == 0 or names[number] in SECOND_REFUSED]
    refused = set()
    for row in tried:
        task = shipped[row["task_id"]]
        if rubric.score(f"```{find_domain(task.domain).fence}\n{row['text']}```", task).total < 1 - 1e-9:
            refused.add((row["task_id"], row["trick"]))
    assert refused == SECOND_REFUSED


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
