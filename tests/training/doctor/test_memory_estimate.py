"""The estimate held against what torch's own allocator counts in real training steps of a small model.

Found: the layers 0 to 15 % too high, a whole step within 5 %.
"""

import pytest
import torch
from stage_runs import run
from torch.profiler import profile

from iacrl.config.recipes import load_config
from iacrl.decoding.sampling import Decoding
from iacrl.training.doctor import stage_memory
from iacrl.training.doctor.activations import Held, Read, held_in_reading, held_in_training
from iacrl.training.doctor.model_shape import read_shape
from iacrl.training.doctor.stage_memory import Lengths, adapter_bytes, estimate, optimizer_bytes
from iacrl.training.generation import generate
from iacrl.training.model import add_adapter, load_base
from iacrl.training.tokenizer import load_tokenizer


def allocated(step):
    """Return the most that torch's allocator held beyond what was there before, and what the step returned."""
    with profile(profile_memory=True) as seen:
        result = step()
    now = peak = 0
    for event in seen.profiler.kineto_results.events():
        if event.name() == "[memory]":
            now += event.nbytes()
            peak = max(peak, now)
    return peak, result


def read_lengths(inputs, *, packed):
    """Return the mean and the greatest length of the prompts of a micro-batch and of its answers, or as padded."""
    if "completion_mask" in inputs:
        parts = inputs["prompt_mask"], inputs["completion_mask"]
    elif packed:
        answers = inputs["labels"] != -100
        parts = inputs["attention_mask"].bool() & ~answers, answers
    else:
        parts = inputs["input_ids"], inputs["input_ids"][:, :0]
    if not packed:
        return [[mask.shape[1] for mask in parts]] * 2
    lengths = [mask.sum(1).float() for mask in parts]
    return [[round(length.mean().item()) for length in lengths], [int(length.max()) for length in lengths]]


@pytest.fixture
def steps(monkeypatch):
    """The lengths and the peak of every micro-batch to come."""
    from iacrl.training.trainers import PolicyTrainer, WarmStartTrainer

    found = []
    for trainer in (WarmStartTrainer, PolicyTrainer):

        def measured(self, model, inputs, *rest, _compute=trainer.compute_loss, **options):
            lengths = read_lengths(inputs, packed=self.packs)
            peak, loss = allocated(lambda: _compute(self, model, inputs, *rest, **options))
            found.append((lengths, peak))
            return loss

        monkeypatch.setattr(trainer, "compute_loss", measured)
    return found


@pytest.fixture
def training_uncounted(monkeypatch):
    """For tests that do not look at the memory of training: what is counted takes a second each time."""
    monkeypatch.setattr(stage_memory, "held_in_training", lambda *args, **options: Held(0, 0))


@pytest.fixture
def reading_uncounted(monkeypatch):
    """The same for the memory of reading prompts."""
    monkeypatch.setattr(stage_memory, "held_in_reading", lambda *args, **options: 0)


@pytest.mark.parametrize("stage", ["sft", "grpo"])
@pytest.mark.parametrize(("checkpointing", "decoder"), [(False, "transformers"), (True, "iacrl"), (False, "iacrl")])
def test_a_training_step_holds_what_was_estimated(
    checkpointing, decoder, stage, small, request, steps, reading_uncounted
):
    """The first micro-batch of a step, and the second, which finds gradients and keeps a copy of them.

    Packed rows take what their tokens take, and attention takes what the longest would. Both stages have the same
    settings, so that counts of the one serve the other.
    """
    overrides = [
        *small,
        f"model.decoder={decoder}",
        f"sft.gradient_checkpointing={checkpointing}",
        f"grpo.gradient_checkpointing={checkpointing}",
        "sft.batch_size=4",
        "grpo.batch_size=4",
        "sft.steps=1",
        "sft.warmup_steps=0",
        "grpo.steps=1",
        "grpo.warmup_steps=0",
        "grpo.prompts_per_step=2",
        "grpo.group_size=4",  # a micro-batch has one prompt, so that its length is the longest too
        "grpo.max_completion_tokens=60",
    ]
    if stage == "grpo":
        request.getfixturevalue("sft_run")
        steps.clear()
    run(stage, overrides)
    assert len(steps) == 2
    before = 0
    for one, (lengths, peak) in zip((["sft.accumulation=1", "grpo.prompts_per_step=1"], []), steps, strict=True):
        said = []
        for prompt, answer in lengths:
            length = [f"grpo.max_completion_tokens={answer}"] if stage == "grpo" else []  # some end before
            settings = load_config("tiny-cpu", [*overrides, *one, *length])
            longest = Lengths(prompt, prompt + answer, answer=answer)
            phases = estimate(settings, read_shape(settings), longest)[stage].phases
            said.append(sum(phases["forward and backward"].values()) - before)
        assert said[0] / 1.05 <= peak <= said[1] * 1.05
        before = adapter_bytes(read_shape(settings))  # the gradients were there when the second began


@pytest.mark.parametrize("decoder", ["transformers", "iacrl"])
@pytest.mark.parametrize(("words", "limit"), [(60, 20), (2, 70)])
def test_generation_holds_what_was_estimated(words, limit, decoder, tiny_model, training_uncounted):
    """With long prompts most is held while they are read; with short ones, when the last tokens are written."""
    settings = [
        f"model.id={tiny_model}", f"grpo.max_completion_tokens={limit}", f"model.decoder={decoder}",
        "grpo.rollout=policy",
    ]  # fmt: skip
    config = load_config("tiny-cpu", settings)
    tokenizer, model = load_tokenizer(config.model), add_adapter(load_base(config.model), config.model, config.lora)
    prompts = [[{"role": "user", "content": f"{name} " * words}] for name in ("bucket", "object") for _ in range(4)]
    length = max(
        len(tokenizer.apply_chat_template(asked, add_generation_prompt=True)["input_ids"]) for asked in prompts
    )

    def step():
        return generate(
            model, tokenizer, prompts, Decoding(1.0), decoder=decoder, max_tokens=limit, batch_size=8, seed=0
        )

    step()
    peak, written = allocated(step)
    assert max(done.tokens for done in written) == limit
    longest = Lengths(length, length + limit)
    overrides = [*settings, "grpo.prompts_per_step=2", "grpo.group_size=4", "grpo.batch_size=8"]
    config = load_config("tiny-cpu", overrides)
    said = sum(estimate(config, read_shape(config), longest)["grpo"].phases["generation"].values())
    assert 0.97 <= said / peak <= 1.1


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("checkpointing", [False, True, None])
def test_the_layers_hold_what_torch_counts(checkpointing, attention, tiny_model):
    """Without the head, whose tiles are most of a small model's memory; `None`: reading without a backward pass."""
    settings = [f"model.id={tiny_model}", "model.quantization=none", f"model.attention={attention}", "run.threads=1"]
    config = load_config("tiny-cpu", settings)
    base = load_base(config.model)
    model = add_adapter(base, config.model, config.lora)
    model.train()
    if checkpointing:
        base.gradient_checkpointing_enable({"use_reentrant": False})
    base.enable_input_require_grads()
    ids = torch.zeros(3, 200, dtype=torch.long)

    def step():
        with torch.set_grad_enabled(checkpointing is not None):
            hidden = base.base_model(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False)[0]
            if checkpointing is not None:
                hidden.sum().backward()

    step()
    model.zero_grad()
    peak, _ = allocated(step)
    shape = read_shape(config)
    if checkpointing is None:
        said = held_in_reading(config, batch=3, length=200)
    else:
        said = held_in_training(config, shape, batch=3, read=Read(200), checkpointing=checkpointing).peak
    assert 0.97 <= said / peak <= 1.15


@pytest.mark.parametrize("quantization", ["nf4", "none"])
@pytest.mark.parametrize("double", [True, False])
def test_weights_take_what_was_estimated(double, quantization, tiny_model, training_uncounted, reading_uncounted):
    overrides = [f"model.id={tiny_model}", f"model.quantization={quantization}", f"model.double_quantization={double}"]
    config = load_config("tiny-cpu", overrides)
    model = add_adapter(load_base(config.model), config.model, config.lora)
    held = 0
    for parameter in model.parameters():
        held += parameter.nbytes
        state = getattr(parameter, "quant_state", None)
        if state is not None:
            held += state.absmax.nbytes + state.code.nbytes
            if state.nested:
                held += state.state2.absmax.nbytes + state.state2.code.nbytes + state.offset.nbytes
    always = estimate(config, read_shape(config))["sft"].always
    said = sum(size for name, size in always.items() if "optimizer" not in name and "process" not in name)
    assert said == held


@pytest.mark.parametrize("optimizer", ["adamw_torch", "adamw_8bit"])
def test_the_optimizer_takes_what_was_estimated(optimizer, tiny_model):
    import bitsandbytes as bnb

    config = load_config("tiny-cpu", [f"model.id={tiny_model}", "lora.rank=64", "model.quantization=none"])
    model = add_adapter(load_base(config.model), config.model, config.lora)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    made = torch.optim.AdamW(trained) if optimizer == "adamw_torch" else bnb.optim.AdamW8bit(trained)
    sum(parameter.sum() for parameter in trained).backward()
    made.step()
    states = [
        tensor
        for state in made.state.values()
        for name, tensor in state.items()
        if isinstance(tensor, torch.Tensor) and tensor.dim() and not name.startswith("qmap")
    ]
    assert optimizer_bytes(read_shape(config), optimizer) == sum(tensor.nbytes for tensor in states)
