"""Sampling completions from a local model."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from transformers import BatchEncoding, GenerationConfig, PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from iacrl.errors import UserError
from iacrl.runs import processes
from iacrl.tasks.prompt import Message
from iacrl.training.out_of_memory import halved, is_out_of_memory


@dataclass(frozen=True, slots=True)
class Decoding:
    """How tokens are chosen: greedy at temperature 0, else sampled; by default from the whole distribution."""

    temperature: float
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    repetition_penalty: float = 1.0

    @property
    def name(self) -> str:
        """`greedy` or `sampled`."""
        return "sampled" if self.temperature > 0 else "greedy"


@dataclass(frozen=True, slots=True)
class Completion:
    """One completion. `tokens` counts the end token; `stopped` is False if the token limit cut it off."""

    text: str
    tokens: int
    stopped: bool


def generate(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[list[Message]],
    decoding: Decoding,
    *,
    max_tokens: int,
    batch_size: int,
    seed: int,
    progress: Callable[[int], None] = lambda done: None,
) -> list[Completion]:
    """Return one completion for each prompt, in the order of the prompts.

    Prompts of similar length share a batch, which saves padding. The same arguments give the same completions; the
    global random state is left unchanged. When memory runs out, all further batches are halved: the completions are as
    likely, but other random numbers are drawn.

    Args:
        tokenizer: Its tokenizer; pads on the left.
        progress: Called with the number of finished completions.

    Raises:
        UserError: Memory runs out with a single prompt, or in one of several processes that share one model.
    """
    texts = [tokenizer.apply_chat_template(prompt, tokenize=False, add_generation_prompt=True) for prompt in prompts]
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    found: dict[int, Completion] = {}
    parts = 1
    was_training = model.training
    model.eval()
    with torch.random.fork_rng(), torch.inference_mode():
        torch.manual_seed(seed)
        while len(found) < len(order):
            batch = order[len(found) : len(found) + math.ceil(batch_size / parts)]
            inputs = tokenizer(
                [texts[index] for index in batch], return_tensors="pt", padding=True, add_special_tokens=False
            ).to(model.device)
            rows = _continued(model, inputs, _settings(model, tokenizer, decoding, max_tokens))
            if rows is None:
                parts = halved(parts, batch_size, "generating answers")
                continue
            for index, row in zip(batch, rows, strict=True):
                found[index] = _completion(row, tokenizer, end_tokens(model, tokenizer))
            progress(len(found))
    model.train(was_training)
    return [found[index] for index in range(len(texts))]


def _continued(model: PreTrainedModel, inputs: BatchEncoding, settings: GenerationConfig) -> list[list[int]] | None:
    """Return the tokens that follow each row of `inputs`, or None if memory runs out."""
    try:
        ids = model.generate(**inputs, generation_config=settings)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        if processes.share_one_model():
            raise UserError(
                "Out of memory while generating answers, where the processes share one model and none can halve its "
                "batch alone. Lower eval.batch_size."
            ) from error
        return None
    rows: list[list[int]] = ids[:, inputs["input_ids"].shape[1] :].tolist()
    return rows


def _settings(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, decoding: Decoding, max_tokens: int
) -> GenerationConfig:
    """Return complete settings: a model's own generation defaults (top_p, penalties) must not decide a measurement."""
    sampled = {
        "do_sample": True,
        "temperature": decoding.temperature,
        "top_p": decoding.top_p,
        "top_k": decoding.top_k,
        "min_p": decoding.min_p or None,
    }
    return GenerationConfig(
        max_new_tokens=max_tokens,
        eos_token_id=sorted(end_tokens(model, tokenizer)),
        pad_token_id=tokenizer.pad_token_id,
        repetition_penalty=decoding.repetition_penalty,
        **(sampled if decoding.temperature > 0 else {"do_sample": False}),
    )


def end_tokens(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Return the tokens that end an answer: the model's own and its tokenizer's."""
    declared = model.generation_config.eos_token_id if model.generation_config is not None else None
    ids = declared if isinstance(declared, list) else [declared]
    return frozenset(token for token in [*ids, tokenizer.eos_token_id] if token is not None)


def _completion(ids: list[int], tokenizer: PreTrainedTokenizerBase, ends: frozenset[int]) -> Completion:
    length = next((at for at, token in enumerate(ids) if token in ends), None)
    kept = ids if length is None else ids[:length]
    text = tokenizer.decode(kept, skip_special_tokens=True)
    return Completion(str(text), len(kept) + (length is not None), length is not None)
