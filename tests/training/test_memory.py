"""Out of memory halves the micro-batch and changes nothing else; the longest rows come first."""

import pytest
import torch
from accelerate import skip_first_batches
from accelerate.data_loader import prepare_data_loader
from stage_runs import ROUNDING, adapter, apart, gradient_descent, rows, run
from torch.utils.data import DataLoader

from iacrl import load_tasks
from iacrl.config.recipes import load_config
from iacrl.errors import UserError
from iacrl.training import trainers
from iacrl.training.longest_first import LongestFirst
from iacrl.training.out_of_memory import parts_of, sequences


@pytest.fixture
def seen(monkeypatch):
    """How many sequences went through each forward pass of the tiny model with gradients; and its limit, if any."""
    from transformers import Qwen2Model

    forward = Qwen2Model.forward
    passes = {"sizes": [], "tokens": [], "limit": None, "backward_limit": None, "fail": ()}

    def out_of_memory(gradient):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    def watched(self, input_ids=None, **kwargs):
        if torch.is_grad_enabled():
            passes["sizes"].append(len(input_ids))
            passes["tokens"].append(input_ids.shape[1])
            too_large = passes["limit"] is not None and len(input_ids) > passes["limit"]
            if too_large or len(passes["sizes"]) in passes["fail"]:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        found = forward(self, input_ids=input_ids, **kwargs)
        if found.last_hidden_state.requires_grad and len(input_ids) > (passes["backward_limit"] or len(input_ids)):
            found.last_hidden_state.register_hook(out_of_memory)
        return found

    monkeypatch.setattr(Qwen2Model, "forward", watched)
    return passes


@pytest.fixture
def plain_steps(monkeypatch):
    monkeypatch.setattr("transformers.Trainer.get_optimizer_cls_and_kwargs", staticmethod(gradient_descent))


def test_sft_goes_on_with_smaller_micro_batches_to_the_same_weights(small, seen, plain_steps, capsys):
    overrides = [*small, "sft.batch_size=4", "sft.steps=3", "lora.dropout=0.0"]
    whole = run("sft", overrides)
    seen["sizes"].clear()
    seen["limit"] = 1
    split = run("sft", [*overrides, "run.name=split"])
    assert seen["sizes"][:3] == [4, 2, 1], "halved at once, in the first step"
    assert set(seen["sizes"][3:]) == {1}
    assert len(seen["sizes"][2:]) == 3 * 2 * 4
    assert apart(adapter(whole), adapter(split)) < ROUNDING
    assert [row["loss"] for row in rows(split.path / "metrics.jsonl")] == pytest.approx(
        [row["loss"] for row in rows(whole.path / "metrics.jsonl")], rel=1e-5
    )
    assert split.read_manifest()["memory"] == {"parts": 4, "micro_batch": 1, "since_step": 1}
    told = capsys.readouterr().err
    assert "Out of memory" in told and "effective batch stays the same" in told


def test_what_a_part_added_before_memory_ran_out_is_taken_back(small, seen, plain_steps):
    overrides = [*small, "sft.batch_size=4", "sft.steps=1", "sft.warmup_steps=0"]
    whole = run("sft", overrides)
    seen["sizes"].clear()
    seen["fail"] = {2, 4}  # the second micro-batch, whole; then its second half, after the first half's gradients
    split = run("sft", [*overrides, "run.name=split"])
    assert seen["sizes"] == [4, 4, 2, 2, 1, 1, 1, 1]
    assert [row["grad_norm"] for row in rows(split.path / "metrics.jsonl")] == pytest.approx(
        [row["grad_norm"] for row in rows(whole.path / "metrics.jsonl")], rel=1e-4
    )
    assert apart(adapter(whole), adapter(split)) < ROUNDING


@pytest.mark.parametrize(
    ("loss", "more"),
    [
        ("dapo", ["grpo.entropy_bonus=0.1"]),
        ("grpo", ["grpo.entropy_bonus=0.1"]),
        ("bnpo", []),
        ("dr_grpo", []),
        ("cispo", ["grpo.epsilon_high=5"]),
    ],
)
def test_grpo_goes_on_with_smaller_micro_batches_to_the_same_weights(loss, more, small, sft_run, seen, plain_steps):
    overrides = [*small, "grpo.batch_size=4", "grpo.steps=1", f"grpo.loss_type={loss}", "grpo.warmup_steps=0", *more]
    whole = run("grpo", overrides)
    seen["limit"] = 2
    split = run("grpo", [*overrides, "run.name=split"], parent=sft_run.path)
    assert seen["sizes"][-2:] == [2, 2]
    assert apart(adapter(whole), adapter(split), adapter(sft_run)) < ROUNDING
    assert whole.read_manifest()["adapter_digest"] != whole.read_manifest()["adapter_digest_before"]


def test_generation_too_goes_on_in_smaller_batches(small, sft_run, monkeypatch):
    from peft import PeftModelForCausalLM

    generate, sizes = PeftModelForCausalLM.generate, []

    def limited(self, *args, **kwargs):
        sizes.append(len(kwargs["input_ids"]))
        if len(kwargs["input_ids"]) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return generate(self, *args, **kwargs)

    monkeypatch.setattr(PeftModelForCausalLM, "generate", limited)
    found = run("grpo", [*small, "grpo.steps=1", "grpo.warmup_steps=0"])
    assert sizes == [4, 2, 1, 1, 1, 1]
    assert len(rows(found.samples)) == 4


def test_one_sequence_that_does_not_fit_is_told(small, seen):
    seen["limit"] = 0
    with pytest.raises(UserError, match=r"single sequence.*sft\.max_tokens"):
        run("sft", small)


def test_another_error_is_not_taken_for_it(small, monkeypatch):
    monkeypatch.setattr(
        trainers.SFTTrainer, "compute_loss", lambda *args, **kwargs: (_ for _ in ()).throw(RuntimeError("a bug"))
    )
    with pytest.raises(RuntimeError, match="a bug"):
        run("sft", small)


def test_packed_documents_are_cut_between_documents(small, seen, plain_steps):
    overrides = [*small, "sft.packing=true", "sft.max_tokens=600", "sft.batch_size=1", "sft.accumulation=1"]
    overrides += ["sft.steps=2"]
    whole = run("sft", overrides)
    longest = max(seen["tokens"])
    seen["tokens"].clear()

    from transformers import Qwen2Model

    forward = Qwen2Model.forward

    def limited(self, input_ids=None, **kwargs):
        if torch.is_grad_enabled() and input_ids.shape[1] > longest * 0.75:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return forward(self, input_ids=input_ids, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Qwen2Model, "forward", limited)
        split = run("sft", [*overrides, "run.name=split"])
    assert max(seen["tokens"]) <= longest * 0.75
    assert apart(adapter(whole), adapter(split)) < ROUNDING


def test_the_first_step_of_sft_holds_the_longest_rows(small, seen):
    run("sft", [*small, "sft.batch_size=4", "sft.accumulation=1", "sft.steps=4", "data.sft_rows=16"])
    assert max(seen["tokens"]) == seen["tokens"][0] > max(seen["tokens"][1:])


def test_longest_first_is_a_shuffle_of_every_row_in_every_epoch():
    lengths = [5, 9, 1, 7, 9, 3, 2, 8]
    epoch = 0
    sampler = LongestFirst(lengths, 3, seed=0, epoch=lambda: epoch)
    first = list(sampler)
    epoch = 1
    second = list(sampler)
    assert sorted(first) == sorted(second) == list(range(8))
    assert sorted(first[:3]) == [1, 4, 7]
    assert first != second
    epoch = 0
    assert list(sampler) == first


@pytest.mark.parametrize("process", [0, 1])
@pytest.mark.parametrize("epoch", [0, 1, 2])
def test_one_of_two_processes_that_resumes_inside_an_epoch_goes_on_with_its_rows(epoch, process):
    def started():
        sampler = LongestFirst(range(20), 4, seed=0, epoch=lambda: epoch)
        loader = DataLoader(range(20), batch_size=2, sampler=sampler)
        return prepare_data_loader(loader, num_processes=2, process_index=process)

    whole, resumed = started(), skip_first_batches(started(), 3)
    for loader in (whole, resumed):
        loader.set_epoch(epoch)  # as the trainer does; where batches are skipped it does not reach the sampler
    batches = [batch.tolist() for batch in whole]
    assert len(batches) == 5
    assert [batch.tolist() for batch in resumed] == batches[3:]


def test_parts_hold_every_sequence_once():
    inputs = {"input_ids": torch.arange(10).reshape(5, 2), "num_items_in_batch": torch.tensor(7)}
    parts = list(parts_of(inputs, 4))
    assert [sequences(part) for part in parts] == [2, 2, 1]
    assert torch.cat([part["input_ids"] for part in parts]).equal(inputs["input_ids"])
    assert all(part["num_items_in_batch"] == 7 for part in parts)


@pytest.mark.parametrize("name", ["sft", "grpo"])
def test_the_check_of_peak_memory_goes_through_the_greatest_lengths_and_leaves_no_trace(
    name, small, sft_run, seen, request
):
    parent = {"parent": sft_run.path} if name == "grpo" else {}
    plain = run(name, [*small, "run.name=plain"], **parent)
    seen["tokens"].clear()
    request.getfixturevalue("checking_peak_memory")
    found = run(name, [*small, "run.name=checked"], **parent)
    assert seen["tokens"][0] == 700 + (8 if name == "grpo" else 0)
    assert plain.read_manifest()["adapter_digest"] == found.read_manifest()["adapter_digest"]
    assert "memory" not in found.read_manifest()


@pytest.mark.parametrize("where", ["forward", "backward"])
def test_the_check_of_peak_memory_halves_what_does_not_fit_before_the_first_step(
    where, small, sft_run, seen, plain_steps, request, capsys
):
    overrides = [*small, "grpo.batch_size=4", "grpo.steps=1", "grpo.warmup_steps=0"]
    whole = run("grpo", [*overrides, "run.name=whole"], parent=sft_run.path)
    seen["sizes"].clear()
    seen[{"forward": "limit", "backward": "backward_limit"}[where]] = 2
    request.getfixturevalue("checking_peak_memory")
    split = run("grpo", [*overrides, "run.name=split"], parent=sft_run.path)
    assert seen["sizes"] == [4, 2, 2, 2]
    assert split.read_manifest()["memory"] == {"parts": 2, "micro_batch": 2, "since_step": 1}
    assert capsys.readouterr().err.count("Out of memory while training with 4 sequences") == 1
    assert apart(adapter(whole), adapter(split), adapter(sft_run)) < ROUNDING


@pytest.fixture
def answering(monkeypatch):
    """How many prompts were answered at a time; only as many as `limit` fit."""
    from transformers import Qwen2ForCausalLM

    generate, passes = Qwen2ForCausalLM.generate, {"sizes": [], "limit": None}

    def limited(self, *args, **kwargs):
        passes["sizes"].append(len(kwargs["input_ids"]))
        if passes["limit"] is not None and len(kwargs["input_ids"]) > passes["limit"]:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return generate(self, *args, **kwargs)

    monkeypatch.setattr(Qwen2ForCausalLM, "generate", limited)
    return passes


def answers(tiny_model, count=5):
    from iacrl.decoding.sampling import Decoding
    from iacrl.tasks.prompt import build_prompt
    from iacrl.training.generation import generate
    from iacrl.training.model import load_base
    from iacrl.training.tokenizer import load_tokenizer

    config = load_config("tiny-cpu", [f"model.id={tiny_model}", "model.quantization=none"])
    prompts = [build_prompt(task) for task in load_tasks("terraform", split="test")[:count]]
    done = []
    found = generate(
        load_base(config.model),
        load_tokenizer(config.model),
        prompts,
        Decoding(0.0),
        decoder="transformers",
        max_tokens=6,
        batch_size=4,
        seed=0,
        progress=done.append,
    )
    return [answer.text for answer in found], done


def test_answers_that_are_measured_go_on_in_smaller_batches_and_stay_the_same(tiny_model, answering, capsys):
    whole, _ = answers(tiny_model)
    assert answering["sizes"] == [4, 1] and capsys.readouterr().err == ""
    answering["sizes"].clear()
    answering["limit"] = 1
    assert answers(tiny_model) == (whole, [1, 2, 3, 4, 5])
    assert answering["sizes"] == [4, 2, 1, 1, 1, 1, 1]
    told = capsys.readouterr().err
    assert "Out of memory while generating answers with 4 sequences at a time" in told and "going on with 1" in told


def test_an_answer_that_does_not_fit_is_told(tiny_model, answering):
    answering["limit"] = 0
    with pytest.raises(UserError, match=r"while generating answers, with a single sequence"):
        answers(tiny_model)


def test_where_processes_share_one_model_none_halves_alone(tiny_model, answering, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    answering["limit"] = 1
    with pytest.raises(UserError, match=r"share one model.*eval\.batch_size"):
        answers(tiny_model)
    assert answering["sizes"] == [4]


def test_the_gate_and_the_probe_go_on_in_smaller_batches(small, monkeypatch, capsys):
    from peft import PeftModelForCausalLM

    overrides = [*small, "gates.action=warn", "gates.rows=2", "gates.samples=2", "probe.every=1", "probe.rows=2"]
    overrides += ["grpo.steps=1", "grpo.warmup_steps=0"]
    generate, sizes = PeftModelForCausalLM.generate, []

    def limited(self, *args, **kwargs):
        sizes.append(len(kwargs["input_ids"]))
        if len(kwargs["input_ids"]) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return generate(self, *args, **kwargs)

    monkeypatch.setattr(PeftModelForCausalLM, "generate", limited)
    for name, measured in (("sft", 1), ("grpo", 1)):
        sizes.clear()
        found = run(name, overrides)
        assert found.read_manifest()["status"] == "complete"
        assert capsys.readouterr().err.count("Out of memory while generating answers with 2 sequences") == measured
    assert len(rows(found.path / "probe.jsonl")) == 2
