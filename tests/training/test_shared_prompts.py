"""A step that reads each prompt once is the step of TRL, up to rounding."""

import pytest
import torch
from stage_runs import ROUNDING, adapter, apart, gradient_descent, rows, run

from iacrl.training import grpo
from iacrl.training.shared_prompts import flat_share, regrouped


@pytest.mark.parametrize(
    "settings",
    [
        ["grpo.beta=0.1", "grpo.steps_per_generation=2"],
        ["grpo.loss_type=grpo", "grpo.iterations=2", "grpo.mask_truncated=true", "grpo.max_completion_tokens=24"],
        ["grpo.loss_type=bnpo", "grpo.gradient_checkpointing=true"],
        ["grpo.loss_type=cispo", "grpo.epsilon_high=5", "grpo.entropy_bonus=0.1"],
        ["grpo.scale_rewards=batch", "grpo.temperature=0.1"],
    ],
    ids=["dapo", "grpo", "bnpo", "cispo", "flat groups left out"],
)
def test_the_update_is_that_of_trl(settings, small, sft_run, read, monkeypatch):
    monkeypatch.setattr("transformers.Trainer.get_optimizer_cls_and_kwargs", staticmethod(gradient_descent))
    overrides = [
        *small, "model.decoder=iacrl", "grpo.group_size=4", "grpo.batch_size=4", "grpo.warmup_steps=0", *settings
    ]  # fmt: skip
    shared = run("grpo", overrides)
    tokens = sum(read)
    read.clear()
    monkeypatch.setattr(grpo, "may_pack", lambda config, section: False)
    plain = run("grpo", [*overrides, "run.name=plain"], parent=sft_run.path)
    assert tokens < 0.7 * sum(read)
    assert apart(adapter(plain), adapter(shared), adapter(sft_run)) < ROUNDING
    named = (
        ("loss", "grad_norm")
        if settings == ["grpo.scale_rewards=batch", "grpo.temperature=0.1"]
        else ("loss", "grad_norm", "entropy")
    )
    for name in named:
        found, expected = ([row[name] for row in rows(one.path / "metrics.jsonl")] for one in (shared, plain))
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_micro_batches_have_the_completions_of_a_prompt_together():
    batches = [
        {"prompt_ids": torch.tensor(prompts)[:, None], "completion_ids": torch.tensor(names)[:, None], "count": count}
        for prompts, names, count in (([7, 3, 7], [1, 2, 3], torch.tensor(6)), ([3, 7, 3], [4, 5, 6], torch.tensor(6)))
    ]
    found = regrouped(batches)
    assert [batch["prompt_ids"].flatten().tolist() for batch in found] == [[3, 3, 3], [7, 7, 7]]
    assert [batch["completion_ids"].flatten().tolist() for batch in found] == [[2, 4, 6], [1, 3, 5]]
    assert [int(batch["count"]) for batch in found] == [6, 6]


def test_flat_groups_are_left_out_and_the_rest_is_spread():
    advantages = {5: [1.0, -1.0], 4: [0.0, 0.0], 6: [0.0, 2.0], 7: [6e-4, 6e-4], 8: [0.0, -3.0], 9: [0.0, 0.0]}

    def batches(*prompts):
        return [
            {
                "prompt_ids": torch.tensor(pair).repeat_interleave(2)[:, None],
                "advantages": torch.tensor([value for prompt in pair for value in advantages[prompt]]),
            }
            for pair in prompts
        ]

    def spread(*prompts):
        return [batch["prompt_ids"].flatten().tolist() for batch in regrouped(batches(*prompts), skip_flat=2)]

    assert spread((5, 4), (6, 7)) == [[5, 5], [6, 6]]
    assert spread((5, 6), (8, 7)) == [[5, 5, 6, 6], [8, 8]]
    assert spread((4, 5), (7, 9)) == [[5], [5]]
    assert spread((4, 7), (9, 4)) == [[4], [4]]


def test_a_group_is_flat_if_its_scores_are_equal():
    nan = torch.nan
    rewards = [[0.2, nan], [0.1, 0.1], [1.0, 0.0], [0.9, 0.0], [nan, nan], [0.5, nan], [nan, nan], [nan, nan]]
    assert flat_share(torch.tensor(rewards), 2) == 0.75
