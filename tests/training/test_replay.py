"""General chats in both stages: which are learnt, with what weight, and what is forgotten."""

import json

import pytest
import torch
from safetensors.torch import load_file
from stage_runs import ROUNDING, adapter, apart, gradient_descent, rows, run, same

from iacrl.config.recipes import load_config
from iacrl.errors import UserError
from iacrl.runs import processes
from iacrl.training import grpo
from iacrl.training.model import continue_adapter, load_base
from iacrl.training.replay import chats_of_steps, read_replay
from iacrl.training.tokenizer import load_tokenizer


def read(chats, *more, limit=512):
    config = load_config("tiny-cpu", [f"data.replay={chats}", *more])
    return read_replay(config, load_tokenizer(config.model), limit)


def test_a_fifth_is_held_out_by_its_content_and_the_rest_is_in_the_order_of_the_seed(chats):
    one, other = read(chats), read(chats, "run.seed=7")
    assert one == read(chats)
    assert len(one.held_out) == one.facts["held_out"] == 4 and one.held_out == other.held_out
    assert sorted(chat.ids for chat in one.chats) == sorted(chat.ids for chat in other.chats)
    assert one.chats != other.chats and one.facts["digest"] != other.facts["digest"]
    assert len(one.chats) == 16 and not set(map(str, one.chats)) & set(map(str, one.held_out))
    with chats.open("a") as more:
        more.write(chats.read_text().splitlines()[0] + "\n")
    assert read(chats) == one, "a row that is there twice is neither learnt twice nor held out and learnt"
    assert len(read(chats, "data.replay_held_out=1").held_out) == 1
    assert read_replay(load_config("tiny-cpu", []), None, 512) is None
    with pytest.raises(UserError, match="none of the 16 rows has at most 3 tokens"):
        read(chats, limit=3)


def test_a_step_has_its_share_and_every_chat_comes_before_any_again(chats):
    settings = ["grpo.prompts_per_step=2", "grpo.group_size=4", "grpo.batch_size=8", "data.replay_share=0.2"]
    config = load_config("tiny-cpu", [f"data.replay={chats}", "grpo.steps=10", *settings])
    replay = read(chats)
    steps = chats_of_steps(config, replay)
    assert [len(step) for step in steps] == [2] * 10, "two are a fifth of ten"
    first = [chat.ids for step in steps[:8] for chat in step]
    assert sorted(first) == sorted(chat.ids for chat in replay.chats)


BAD = [
    {},
    {"messages": [{"role": "user", "content": "a"}] * 2},
    {"messages": [1, 2]},
    {"messages": [{"role": {}, "content": "a"}] * 2},
    {"messages": [{"role": "assistant", "content": "\ud800"}] * 2},
]


@pytest.mark.parametrize("row", BAD)
def test_a_row_that_is_no_chat_is_named_by_its_line(chats, row):
    with chats.open("a") as more:
        more.write(json.dumps(row) + "\n")
    with pytest.raises(UserError, match=r"chat\.jsonl:21: field 'messages': expected"):
        read(chats)


def test_sft_trains_on_them_and_its_manifest_says_so(chats, small):
    found = run("sft", [*small, f"data.replay={chats}", "data.replay_share=0.2"])
    data = found.read_manifest()["data"]
    assert data["replay"]["rows"] == 4 and data["rows"] == 20
    assert len(data["gold"]) == 16
    assert [("general/loss" in row) for row in rows(found.path / "metrics.jsonl")] == [True, False]


@pytest.fixture
def equal_rewards(monkeypatch):
    """Every reward is the same, so GRPO's own loss has no gradient; and a step is one of plain gradient descent."""
    monkeypatch.setattr(grpo, "build_reward", lambda *args: lambda completions, **kwargs: [1.0] * len(completions))
    grpo_options = grpo.grpo_options
    monkeypatch.setattr(grpo, "grpo_options", lambda *args: replaced(grpo_options(*args)))
    monkeypatch.setattr("transformers.Trainer.get_optimizer_cls_and_kwargs", staticmethod(gradient_descent))

    def replaced(options):
        options.max_grad_norm = 0.0  # never clipped
        return options


ONE_STEP = ["grpo.steps=1", "grpo.warmup_steps=0", "lora.dropout=0.0", "data.replay_share=0.5"]


@pytest.mark.parametrize(
    "settings",
    [["grpo.batch_size=4"], ["grpo.batch_size=1", "model.decoder=iacrl", "grpo.rollout=merged"]],
    ids=["whole", "in micro-batches beside a copy"],
)
def test_a_step_of_grpo_adds_the_mean_loss_of_its_chats_times_their_share(
    settings, chats, small, sft_run, equal_rewards
):
    overrides = [*small, *ONE_STEP, f"data.replay={chats}", *settings]
    found = run("grpo", overrides)
    config = load_config("tiny-cpu", overrides)
    (step,) = chats_of_steps(config, read(chats, *overrides))
    assert len(step) == 4, "as many as completions"
    model = continue_adapter(load_base(config.model), sft_run.adapter)
    total, tokens = torch.zeros(()), 0
    for chat in step:
        labels = torch.tensor([[*[-100] * chat.begun, *chat.ids[chat.begun :]]])
        answer = len(chat.ids) - chat.begun
        total = total + model(input_ids=torch.tensor([chat.ids]), labels=labels).loss * answer
        tokens += answer
    (0.5 * total / tokens).backward()
    start = load_file(sft_run.adapter / "adapter_model.safetensors")
    moved = {name.replace(".default", ""): weight for name, weight in model.named_parameters() if weight.requires_grad}
    expected = {name: start[name] - 0.1 * weight.grad for name, weight in moved.items()}
    assert apart(adapter(found), expected, start) < ROUNDING
    (line,) = rows(found.path / "metrics.jsonl")
    assert line["replay/loss"] == pytest.approx(float(total.detach()) / tokens, rel=1e-4)
    assert found.read_manifest()["data"]["replay"]["rows_of_a_step"] == 4


def test_measuring_what_is_forgotten_changes_nothing_and_a_rise_is_told(chats, small, sft_run, monkeypatch, capsys):
    steps = ["grpo.steps=3"]
    plain = run("grpo", [*small, *steps])
    losses = iter([1.0, 1.1, 1.3])
    monkeypatch.setattr("iacrl.training.replay_loss.answer_loss", lambda *args, **options: next(losses))
    only_measured = [f"data.replay={chats}", "data.replay_share=0", "guards.general.every=1", "run.name=measured"]
    measured = run("grpo", [*small, *steps, *only_measured], parent=sft_run.path)
    assert same(adapter(measured), adapter(plain))
    assert [row["general/loss"] for row in rows(measured.path / "metrics.jsonl")] == [1.0, 1.1, 1.3]
    assert "replay/loss" not in rows(measured.path / "metrics.jsonl")[0]
    told = "Warning (guards.general) at step 3: the loss on held-out general chats rose to 1.3 nats a token"
    assert told in capsys.readouterr().err

    chats.write_text("".join(chats.read_text().splitlines(keepends=True)[1:]))
    with pytest.raises(UserError, match=r"started with other rows of data\.replay"):
        run("grpo", [*small, *only_measured, "grpo.steps=4"], parent=sft_run.path, resume=True)
    monkeypatch.setattr(processes, "share_one_model", lambda: True)
    with pytest.raises(UserError, match=r"data\.replay: GRPO cannot learn general chats"):
        run("grpo", [*small, f"data.replay={chats}", "run.name=shared"], parent=sft_run.path)
