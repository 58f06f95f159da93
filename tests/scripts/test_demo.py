"""`make demo` does what is left to do."""

import json
import runpy
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "demo.py"


@pytest.fixture
def demo(tmp_path, monkeypatch):
    """The script's names, in a folder where it has not run yet; `calls` records what it runs, `statuses` answers."""
    monkeypatch.chdir(tmp_path)
    names = runpy.run_path(str(SCRIPT))
    names["calls"], names["statuses"] = [], {}

    def iacrl(stage, option):
        names["calls"].append((stage, option))
        return names["statuses"].get((stage, option), 0)

    monkeypatch.setitem(names["main"].__globals__, "iacrl", iacrl)
    return names


def left_as(**statuses):
    for stage, status in statuses.items():
        folder = Path("runs/tiny-cpu") / stage
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text(json.dumps({"status": status}))


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ({}, {"sft": "--overwrite", "grpo": "--overwrite", "eval": "--overwrite"}),
        ({"sft": "interrupted"}, {"sft": "--resume", "grpo": "--overwrite", "eval": "--overwrite"}),
        ({"sft": "running"}, {"sft": "--resume", "grpo": "--overwrite", "eval": "--overwrite"}),
        ({"sft": "complete"}, {"grpo": "--overwrite", "eval": "--overwrite"}),
        ({"sft": "complete", "grpo": "interrupted"}, {"grpo": "--resume", "eval": "--overwrite"}),
        ({"sft": "complete", "grpo": "complete", "eval": "interrupted"}, {"eval": "--resume"}),
        (
            {"sft": "complete", "grpo": "complete", "eval": "complete"},
            {"sft": "--overwrite", "grpo": "--overwrite", "eval": "--overwrite"},
        ),
    ],
)
def test_only_what_is_missing_is_run(demo, before, expected, capsys):
    left_as(**before)
    assert demo["main"]() == 0
    assert dict(demo["calls"]) == expected
    minutes = sum(demo["STAGES"][stage] for stage in expected)
    assert f"about {minutes} minutes on two cores: {', '.join(expected)}." in capsys.readouterr().out


def test_a_kill_before_the_manifest_was_written_costs_nothing(demo):
    (Path("runs/tiny-cpu/sft")).mkdir(parents=True)
    assert demo["main"]() == 0
    assert demo["calls"][0] == ("sft", "--overwrite")


def test_a_finished_run_leaves_nothing_that_a_new_one_takes_for_its_own(demo):
    left_as(sft="complete", grpo="complete", eval="complete")
    demo["statuses"]["grpo", "--overwrite"] = 130
    assert demo["main"]() == 130
    left_as(sft="complete", grpo="interrupted")
    demo["calls"].clear()
    assert demo["main"]() == 0
    assert demo["calls"] == [("grpo", "--resume"), ("eval", "--overwrite")]


def test_what_cannot_be_resumed_begins_anew_and_any_other_failure_ends_it(demo):
    left_as(sft="interrupted")
    demo["statuses"] |= {("sft", "--resume"): 2, ("grpo", "--overwrite"): 1}
    assert demo["main"]() == 1
    assert demo["calls"] == [("sft", "--resume"), ("sft", "--overwrite"), ("grpo", "--overwrite")]
