"""GRPO with rewards that misbehave: what reaches the trainer, the files and the user."""

import psutil
import pytest
from stage_runs import rows, run

from iacrl.config.recipes import load_config
from iacrl.errors import UserError
from iacrl.runs.directory import RunDirectory, stage_path

REWARD = '''
import iacrl


@iacrl.reward
def odd(task, verdict):
    """Misbehaves on some texts."""
    size = len(verdict.completion)
    {what}
    return (size % 7) / 7
'''


def with_reward(small, tmp_path, what):
    file = tmp_path / "odd.py"
    file.write_text(REWARD.format(what=what))
    return [*small, f'rewards.weights={{"{file}": 1.0}}']


def hosts():
    """Return the processes that score; those of other tests may still be there."""
    family = psutil.Process().children(recursive=True)
    return {one.pid for one in family if "iacrl.scoring.runtime.host" in one.cmdline()}


def test_a_run_survives_texts_that_break_the_reward_and_says_so(small, sft_run, tmp_path):
    before = hosts()
    what = "if size % 2 and verdict.completion.strip() != task.output.strip(): raise ValueError(size)"
    grpo = run("grpo", with_reward(small, tmp_path, what))
    logged, samples = rows(grpo.path / "metrics.jsonl"), rows(grpo.samples)
    broken = [sample for sample in samples if sample.get("outcome") == "broken"]
    assert all(sample["score"] == 0 and "ValueError" in sample["error"] for sample in broken)
    assert len(broken) == sum(len(sample["completion"]) % 2 for sample in samples)
    assert sum(row["scoring/broken"] for row in logged) / len(logged) == pytest.approx(len(broken) / len(samples))
    assert {"reward/odd", "reward/odd/std", "scoring/ms/odd", "scoring/ms/judge", "scoring/seconds"} <= set(logged[0])
    assert hosts() <= before, "the processes end with the run"


def test_a_broken_instrument_stops_the_run_with_one_message(small, sft_run, tmp_path):
    before = hosts()
    overrides = with_reward(small, tmp_path, "return float('nan')")
    with pytest.raises(UserError, match=r"could not judge 4 of 4 completions.*max_failed = 0\.1.*returned nan"):
        run("grpo", overrides)
    assert hosts() <= before
    manifest = RunDirectory(stage_path(load_config("tiny-cpu", overrides), "grpo")).read_manifest()
    assert manifest["status"] == "failed" and "could not judge 4 of 4" in manifest["failure"]


def test_a_run_whose_reward_has_changed_is_resumed_only_when_told(small, sft_run, tmp_path):
    with pytest.raises(UserError, match="could not judge"):
        run("grpo", with_reward(small, tmp_path, "return float('nan')"))
    mended = with_reward(small, tmp_path, "size += 1")
    with pytest.raises(UserError, match=r"another reward: the code of .*\.py changed.*--accept-reward"):
        run("grpo", mended, resume=True)
    manifest = run("grpo", mended, resume=True, accept_reward=True).read_manifest()
    assert manifest["status"] == "complete" and "failure" not in manifest
    assert manifest["resumed"][0]["reward"]["files"].keys() == manifest["reward"]["files"].keys()
    assert manifest["resumed"][0]["reward"] != manifest["reward"]
