"""An SFT step without padding, with the head on the answers alone, is the step of TRL, up to rounding."""

import pytest
import torch
from stage_runs import ROUNDING, adapter, apart, gradient_descent, rows, run

from iacrl.config.recipes import load_config
from iacrl.training import sft
from iacrl.training.packed_answers import split_rows
from iacrl.training.packed_scores import may_pack


@pytest.mark.parametrize("settings", [[], ["sft.gradient_checkpointing=true"]], ids=["plain", "checkpointing"])
def test_the_update_is_that_of_trl(settings, small, chats, read, monkeypatch):
    monkeypatch.setattr("transformers.Trainer.get_optimizer_cls_and_kwargs", staticmethod(gradient_descent))
    chat = [f"data.replay={chats}", "data.replay_share=0.25"]  # short rows beside long ones, so there is padding
    overrides = [*small, *chat, "model.decoder=iacrl", "sft.batch_size=4", "sft.warmup_steps=0", *settings]
    packed = run("sft", overrides)
    tokens = sum(read)
    read.clear()
    monkeypatch.setattr(sft, "may_pack", lambda config, section: False)
    plain = run("sft", [*overrides, "run.name=plain"])
    assert tokens < 0.9 * sum(read)
    assert apart(adapter(plain), adapter(packed)) < ROUNDING
    for name in ("loss", "grad_norm", "entropy", "mean_token_accuracy", "num_tokens"):
        found, expected = ([row[name] for row in rows(one.path / "metrics.jsonl")] for one in (packed, plain))
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-6), name


def test_a_row_is_its_prompt_and_its_answer():
    ids = torch.tensor([[1, 2, 3, 4, 5], [6, 7, 8, 0, 0]])
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    labels = torch.tensor([[-100, -100, -100, 4, 5], [-100, 7, 8, -100, -100]])
    found = split_rows(ids, mask, labels)
    assert found.targets.tolist() == [4, 5, 7, 8]
    assert found.ids[0, found.before].tolist() == [3, 4, 6, 7]
    assert sorted(found.ids[0].tolist()) == [1, 2, 3, 4, 6, 7]
    assert split_rows(ids, mask, labels.masked_fill(ids == 4, -100)) is not None, "a longer prompt"
    assert split_rows(ids, mask, labels.masked_fill(ids == 5, -100)) is None, "an end that is not learnt"
    assert split_rows(ids, mask, ids) is None, "no prompt"


def test_what_cannot_be_packed(small):
    def allowed(*other):
        config = load_config("tiny-cpu", [*small, "model.decoder=iacrl", *other])
        return may_pack(config, config.sft)

    assert allowed()
    for other in ("model.decoder=transformers", "model.attention=eager", "lora.dropout=0.1", "sft.packing=true"):
        assert not allowed(other), other
