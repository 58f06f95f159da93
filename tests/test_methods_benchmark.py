"""The mathematics of the methods that `benchmarks/methods.py` compares, and that its arms are what it says."""

import json
import pickle
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from iacrl.config.recipes import load_config
from iacrl.files import read_rows
from iacrl.scoring.runtime.batch import Batch
from iacrl.scoring.runtime.outcome import Outcome
from iacrl.tasks import load_tasks

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))  # as for its programs
import methods
from arms import Arm, Plan, begin_with_base, manifest
from tried import batches, credit, scores, trainers, weights
from tried.catalogue import QUIET, tried
from tried.comparing import at_time
from tried.kept import Kept

sys.path.pop(0)

GROUPS = torch.tensor([[0.0, 0.5, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0], [0.5, 0.5, 0.5, 0.5]])


def test_raft_keeps_the_first_best_of_each_group_that_earns_anything():
    assert weights.best_of_group(GROUPS).tolist() == [[0, 0, 1, 0], [0, 0, 0, 0], [1, 0, 0, 0]]


def test_reinforce_rej_has_no_baseline_and_leaves_out_flat_groups():
    assert weights.reinforce_rej(GROUPS).tolist() == [[-1, 0, 1, 1], [0] * 4, [0] * 4]


def test_maxrl_divides_by_the_mean_so_that_a_rare_success_weighs_more():
    assert weights.maxrl(GROUPS)[1:].abs().max() == 0
    rare, usual = weights.maxrl(torch.tensor([[0.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 1.0]]))
    assert rare.tolist() == [-1, -1, -1, 3]
    assert usual.tolist() == pytest.approx([-1, 1 / 3, 1 / 3, 1 / 3])


def batch_of(advantages, width=3):
    """A batch whose completions are numbered by their first token."""
    count = len(advantages)
    numbered = torch.arange(count)[:, None].repeat(1, width)
    ones = torch.ones_like(numbered)
    batch = {"prompt_ids": numbered, "prompt_mask": ones, "completion_ids": numbered, "completion_mask": ones}
    return batches.counted({**batch, "advantages": torch.tensor(advantages)})


def test_joined_batches_pad_prompts_on_the_left_and_completions_on_the_right():
    whole = batches.joined([batch_of([1.0], width=1), batch_of([2.0, 3.0], width=2)], padding=9)
    assert whole["prompt_ids"].tolist() == [[9, 0], [0, 0], [1, 1]]
    assert whole["prompt_mask"].tolist() == [[0, 1], [1, 1], [1, 1]]
    assert whole["completion_ids"].tolist() == [[0, 9], [0, 0], [1, 1]]
    assert whole["completion_mask"].tolist() == [[1, 0], [1, 1], [1, 1]]
    assert whole["advantages"].tolist() == [1, 2, 3] and whole["num_items_in_batch"] == 5


def trainer_of(kind, monkeypatch, generate, **attributes):
    """A trainer that has nothing of TRL's but the batches that `generate` returns."""
    monkeypatch.setattr(trainers.PolicyTrainer, "_generate_and_score_completions", generate, raising=False)
    trainer = kind.__new__(kind)
    trainer.num_generations, trainer.processing_class = 2, SimpleNamespace(pad_token_id=9)
    trainer.state, trainer.args = SimpleNamespace(global_step=1, max_steps=3), SimpleNamespace(seed=0)
    for name, value in attributes.items():
        setattr(trainer, name, value)
    return trainer


@pytest.mark.parametrize(
    "rounds, lively, asked", [(1, [1, 0], [2, 1]), (2, [1, 0, 0], [2, 1, 1]), (2, [1, 1], [2, 1]), (2, [2], [2])]
)
def test_flat_groups_are_drawn_again_within_the_budget(rounds, lively, asked, monkeypatch):
    seen, answers = [], iter(lively)

    def generate(self, rows):
        seen.append([row["task"] for row in rows])
        learns = next(answers)
        return batch_of([1.0, -1.0] * learns + [1e-5, 0.0] * (len(rows) // 2 - learns))

    steps, groups = 3, 2
    dataset = [{"task": number} for number in range(steps * groups * (1 + rounds))]
    trainer = trainer_of(trainers.Redrawn, monkeypatch, generate, rounds=rounds, train_dataset=dataset)
    made = trainer._generate_and_score_completions([{"task": 2}, {"task": 2}, {"task": 3}, {"task": 3}])
    assert [len(rows) // 2 for rows in seen] == asked
    assert len(made["advantages"]) == 4, "a step has as many completions as every other"
    assert (made["advantages"].abs() > 0.5).sum() == 2 * min(groups, sum(lively))
    # The second step's own prompts, after those of all steps and of the first one's.
    first = steps * groups + groups * rounds
    assert [task for rows in seen[1:] for task in rows[::2]] == list(range(first, first + sum(asked[1:])))


def test_passed_completions_come_back_until_they_are_too_old(monkeypatch):
    def generate(self, rows):
        return {**batch_of([1.0, -1.0, 1.0, 1.0]), "sampling_per_token_logps": torch.zeros(4, 3)}

    outcomes = [Outcome("judged", 1.0, passed=at in (0, 1, 3)) for at in range(4)]
    heard = SimpleNamespace(outcomes=outcomes)
    trainer = trainer_of(trainers.Replaying, monkeypatch, generate, age=1, most=0.5, heard=heard)
    trainer.args.steps_per_generation = 2
    sizes, reused = [], set()
    for step in range(3):
        trainer.state.global_step = step
        made = trainer._generate_and_score_completions([{}] * 4)
        sizes.append(len(made["advantages"]))
        reused |= set(made["completion_ids"][4:, 0].tolist())
    assert sizes == [4, 6, 6] and reused <= {0, 3}, "only what passed and is above its group's mean"
    assert made["old_per_token_logps"].shape == (6, 3)
    assert [born for born, _ in trainer._kept] == [1, 1, 2, 2]


def verdict(valid, *codes):
    """An outcome with these errors."""
    place = {"start": {"line": 1, "column": 1}, "end": {"line": 1, "column": 2}}
    rest = {"severity": "error", "message": "M", "layer": "syntax", "range": place}
    said = {"valid": valid, "layers": [], "diagnostics": [{"code": code, **rest} for code in codes], "unchecked": []}
    found = {"verdict": said, "text": "", "intent": None, "valid": valid, "passed": valid, "parts": {}}
    packed = pickle.dumps({**found, "score": float(valid)})
    return Outcome("judged", float(valid), valid=valid, passed=valid, packed=packed)


@pytest.mark.parametrize("share", [0.05, 0.15, 0.3])
def test_random_flips_have_their_rate_and_turn_the_verdict_round(share):
    outcomes = tuple(verdict(number % 2 == 0) for number in range(4000))
    runtime = SimpleNamespace(score_batch=lambda texts, tasks: Batch(outcomes, 0, 0, 0.0))
    tasks = [SimpleNamespace(id=str(number // 8)) for number in range(4000)]
    heard = scores.Heard(runtime, scores.flips(share, seed=0))
    told = heard.score_batch(["the same text"] * 4000, tasks).totals
    flipped = [total != outcome.total for total, outcome in zip(told, outcomes, strict=True)]
    assert sum(flipped) / 4000 == pytest.approx(share, abs=0.02)
    assert told == heard.score_batch(["the same text"] * 4000, tasks).totals, "the same again in a resumed run"
    again = scores.Heard(runtime, scores.flips(share, seed=1))
    assert told != again.score_batch(["the same text"] * 4000, tasks).totals


def test_a_blind_verdict_passes_what_only_its_missing_rules_refuse():
    is_wrong = scores.blind(["TF110", "KB101"])
    wrong = [is_wrong(one, None, "", 0) for one in (verdict(False, "TF110"), verdict(False, "TF110", "TF203"))]
    assert wrong == [True, False]
    assert not is_wrong(verdict(True), None, "", 0) and not is_wrong(Outcome("failed", None), None, "", 0)


def test_half_of_the_groups_repair_refused_answers_up_to_the_last_turn(monkeypatch):
    task, seen = load_tasks("terraform", split="train")[0], []
    heard = SimpleNamespace(texts=["no"] * 4, tasks=[task] * 4, outcomes=[verdict(True), verdict(False, "TF110")] * 2)

    def generate(self, rows):
        seen.append([trainers.turns_of(row["prompt"]) for row in rows[::2]])
        return batch_of([1.0, -1.0] * 2)

    trainer = trainer_of(trainers.Repairing, monkeypatch, generate, turns=2, heard=heard)
    fresh = [{"prompt": [{"role": "user", "content": "ask"}], "task": 0} for _ in range(4)]
    for _ in range(4):
        trainer._generate_and_score_completions(fresh)
    assert seen == [[0, 0], [1, 0], [2, 0], [1, 0]], "after the last turn another answer is repaired"
    heard.outcomes = [verdict(True)] * 4
    trainer._generate_and_score_completions(fresh)
    trainer._generate_and_score_completions(fresh)
    assert seen[-1] == [0, 0], "what is valid needs no repair"


def test_a_token_is_in_a_fault_if_it_overlaps_one():
    assert credit.within([3, 5, 9], [(4, 6)]) == [False, True, True]
    outcome = verdict(False, "TF203")
    assert credit.faults(outcome, "text") == [], "nothing was extracted"


def test_grpo_of_the_same_time_is_between_two_of_its_lengths():
    points = [(100.0, {"a": 0.0, "b": 1.0}), (200.0, {"a": 1.0, "b": 1.0})]
    assert at_time(150.0, points) == {"a": 0.5, "b": 1.0}
    assert at_time(100.0, points) == at_time(50.0, points) == points[0][1]
    assert at_time(900.0, points) == points[1][1]


def test_a_finished_run_is_known_without_its_folder_until_something_else_is_asked(tmp_path):
    plan, arm = Plan("methods", "tiny-cpu", tmp_path / "runs", (), 1), Arm("raft", "grpo", method="raft")
    folder = arm.folder(plan, 0)
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"validation": {"last": {"score": 0.5}}}))
    (folder / "metrics.jsonl").write_text('{"flat_groups": 0.25}\n{"loss": 1.0}\n{"flat_groups": 0.5}\n')
    file = tmp_path / "methods.jsonl"
    Kept(file).add_trial(plan, 0, arm)
    shutil.rmtree(plan.runs)
    line = Kept(file).find(replace(plan, runs=tmp_path / "other"), 0, arm)
    assert line["score"] == 0.5 and line["flat groups"] == 0.375
    others = [
        (plan, 1, arm),
        (plan, 0, replace(arm, method="maxrl")),
        (plan, 0, replace(arm, measured=("eval.rows=7",))),
    ]
    others += [(replace(plan, settings=("grpo.steps=7",)), 0, arm)]
    assert [Kept(file).find(*other) for other in others] == [None] * 4


def test_an_arms_time_is_that_of_its_steps_and_one_start(monkeypatch, tmp_path):
    """Two short trainings of 20 s each step, after a start of 7 s: 4 passes over each batch are steps too."""
    plan, taken = Plan("methods", "tiny-cpu", tmp_path, ("grpo.steps=48",), 1), {}
    monkeypatch.setattr(methods, "train", lambda plan, seed, arm: None)
    monkeypatch.setattr(
        methods, "processor_seconds", lambda plan, seed, arm: 7 + 20 * plan.config(*arm.overrides).grpo.steps
    )
    kept = SimpleNamespace(add_time=lambda plan, seed, arm, seconds: taken.update({arm.name: seconds}))
    every = tried(plan.config())
    methods.time_arms(plan, kept, [every[name] for name in ("grpo", "passes-4")])
    assert taken == {"grpo-time": 7 + 20 * 48, "passes-4-time": 7 + 20 * 4 * 48}


def test_an_evaluation_begins_with_the_completions_of_the_base(tmp_path):
    """All that another one of the same seed measured of it, and nothing of its trained policy."""
    measured, new = tmp_path / "sft" / "eval", tmp_path / "grpo" / "eval"
    measured.mkdir(parents=True)
    told = {"status": "running", "protocol": {"seed": 3}, "policies": [{"label": "base"}, {"label": "sft"}]}
    rows = [{"policy": name, "sample": sample} for name in ("base", "sft") for sample in (0, 1)]
    (measured / "completions.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    for status, begun in (("running", False), ("complete", True)):
        (measured / "manifest.json").write_text(json.dumps({**told, "status": status}))
        begin_with_base(measured, new)
        assert new.exists() == begun
    assert [row for _, row in read_rows(new / "completions.jsonl")] == rows[:2]
    assert manifest(new) == {**told, "policies": [{"label": "base"}], "status": "interrupted"}


@pytest.mark.parametrize("recipe", ["tiny-cpu", "smollm2-135m"])
def test_every_arm_is_a_valid_recipe_with_as_many_completions(recipe):
    def completions(overrides):
        config = load_config(recipe, [*QUIET, *overrides])
        grpo = config.grpo
        return grpo.steps // (grpo.iterations * grpo.steps_per_generation) * grpo.prompts_per_step * grpo.group_size

    whole = completions([])
    lengths = {"grpo-1.5x": 1.5, "grpo-2x": 2, "redraw": 1 / 1.25, "dapo": 1 / 1.25}
    for name, one in tried(load_config(recipe), flat=0.25).items():
        assert completions(one.arm.overrides) == pytest.approx(lengths.get(name, 1) * whole, rel=0.05), name
