import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from iacrl.errors import UserError
from iacrl.tasks import SPLITS, read_tasks
from iacrl.tasks.build import build_split, split_of
from iacrl.tasks.data_card import render_card
from iacrl.tasks.family import all_families, find_family
from iacrl.tasks.gallery import render_gallery
from iacrl.tasks.stats import measure
from iacrl.tasks.task_files import domains_with_tasks

ROOT = Path(__file__).parents[2]


def test_splits_are_balanced_and_share_nothing():
    families = [item for item in all_families().values() if item.domain == "kubernetes"]
    rows = 2 * len(families)
    splits = {name: build_split("kubernetes", name, rows, seed=3) for name in ("train", "validation", "test")}
    asked = Counter()
    for name, tasks in splits.items():
        counts = Counter(task.family for task in tasks)
        levels = Counter(task.difficulty for task in tasks)
        assert max(levels.values()) - min(levels.values()) <= 1
        assert max(counts.values()) - min(counts.values()) <= 2
        held_out = {task.family for task in tasks if find_family(task.family).held_out}
        assert bool(held_out) == (name == "test")
        assert {task.split for task in tasks} == {name}
        asked.update({json.dumps([task.family, task.intent.to_json()]) for task in tasks})
    assert max(asked.values()) == 1


def test_the_split_does_not_depend_on_the_wording():
    drawn = find_family("k8s_namespace").draw(1, 0)
    assert split_of(drawn) == split_of(drawn._replace(task=replace(drawn.task, instruction="Other words.")))


def test_the_split_does_not_depend_on_what_goes_without_saying():
    drawn = find_family("aws_iam_role").draw(1, 0)
    version = "assume_role_policy.Version"
    assert version in drawn.task.intent.to_json()["must_exist"][0]["with"]
    assert version not in drawn.identity


def test_an_unknown_family_is_named_with_the_nearest():
    with pytest.raises(UserError, match="Did you mean 'aws_s3_bucket'"):
        find_family("aws_s3_buckets")


def test_counts_and_lengths():
    tasks = [find_family("k8s_namespace").task(1, index) for index in range(4)]
    found = measure(tasks)
    assert (found.tasks, found.families, found.instructions) == (4, {"k8s_namespace": 4}, 4)
    assert found.lengths["input"] == (0, 0, 0)
    assert found.lengths["output"][2] == max(len(task.output) for task in tasks)
    assert "| some | 4 | 4 | 1 | 1 | 1 | 1 | 1 | 0 |" in render_card({"some": tasks})


def test_the_data_card_is_current():
    files = [ROOT / "datasets" / f"{domain}-{split}.jsonl" for domain in domains_with_tasks() for split in SPLITS]
    card = render_card({file.stem: read_tasks(file) for file in files})
    assert (ROOT / "datasets" / "README.md").read_text(encoding="utf-8") == card, "run `iacrl data build`"


def test_the_gallery_page_is_current():
    assert (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8") == render_gallery(), (
        "run `iacrl data show --gallery docs/gallery.md`"
    )
