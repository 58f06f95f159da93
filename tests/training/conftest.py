"""What the tests of training share."""

import pytest


@pytest.fixture
def small(tiny_model, letters_reward, tmp_path):
    """Overrides that make any recipe small: a tiny model, few rows, short completions."""
    return [
        f"model.id={tiny_model}",
        "model.device=cpu",
        f"run.dir={tmp_path / 'runs'}",
        "run.name=small",
        "run.threads=1",
        "data.sft_rows=16",
        "data.grpo_rows=8",
        "sft.batch_size=2",
        "sft.accumulation=2",
        "sft.steps=2",
        "sft.log_every=1",
        "grpo.steps=2",
        "grpo.prompts_per_step=2",
        "grpo.group_size=2",
        "grpo.batch_size=2",
        "grpo.max_completion_tokens=8",
        "grpo.log_every=1",
        "grpo.learning_rate=1e-3",
        f'rewards.weights={{"{letters_reward}": 1.0}}',
        "guards.truncation.action=ignore",  # a model with random weights never stops
        "gates.action=skip",
        "probe.every=null",
        "eval.rows=4",
        "eval.batch_size=4",
        "eval.max_completion_tokens=8",
    ]


@pytest.fixture
def checking_peak_memory(monkeypatch):
    """Makes training begin with a check of peak memory, as it does on a GPU."""
    from iacrl.training import stage
    from iacrl.training.callbacks import PeakMemoryCheck

    train = stage._train

    def checked(trainer, *args):
        trainer.add_callback(PeakMemoryCheck(trainer, [5] * 700))
        train(trainer, *args)

    monkeypatch.setattr(stage, "_train", checked)
