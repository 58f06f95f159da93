"""Sampling completions from a local model."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from peft import PeftModel
from transformers import GenerationConfig, PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from iacrl.decoding.decoder import decode
from iacrl.decoding.module_walk import why_not
from iacrl.decoding.sampling import Decoding
from iacrl.errors import UserError
from iacrl.runs import processes
from iacrl.runs.progress import say
from iacrl.tasks.prompt import Message
from iacrl.training.out_of_memory import halved, is_out_of_memory

#: What writes completions: iacrl's decoder, or the `generate` of transformers.
Decoder = Literal["iacrl", "transformers"]

#: Why iacrl's decoder could not be used; each reason is printed once.
_told: set[str] = set()


@dataclass(frozen=True, slots=True)
class Completion:
    """One completion. `tokens` counts the end token; `stopped` is False if the token limit cut it off."""

    text: str
    tokens: int
    stopped: bool


def generate(
    model: PreTrainedModel | PeftModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[list[Message]],
    decoding: Decoding,
    *,
    decoder: Decoder,
    max_tokens: int,
    batch_size: int,
    seed: int,
    progress: Callable[[int], None] = lambda done: None,
) -> list[Completion]:
    """Return one completion for each prompt, in the order of the prompts.

    Prompts of similar length share a batch, which saves padding. The same arguments give the same completions; the
    global random state is left unchanged. When memory runs out, all further batches are halved. With iacrl's decoder
    each prompt keeps its own random numbers then. With `transformers` others are drawn, and the completions are as
    likely.

    Args:
        tokenizer: Its tokenizer; pads on the left.
        decoder: `iacrl` falls back to `transformers` for a model of another shape, and says so.
        progress: Called with the number of finished completions.

    Raises:
        UserError: Memory runs out with a single prompt, or in one of several processes that share one model.
    """
    texts = [tokenizer.apply_chat_template(prompt, tokenize=False, add_generation_prompt=True) for prompt in prompts]
    ids: list[list[int]] = tokenizer(texts, add_special_tokens=False)["input_ids"] if texts else []
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    ends = end_tokens(model, tokenizer)
    plain = decodable(model, max(map(len, ids), default=0) + max_tokens) if decoder == "iacrl" else None
    found: dict[int, Completion] = {}
    parts = 1
    was_training = model.training
    model.eval()
    with torch.random.fork_rng(), torch.inference_mode():
        torch.manual_seed(seed)
        draws = torch.rand(len(ids) if plain is not None else 0, max_tokens, dtype=torch.float64)
        while len(found) < len(order):
            batch = order[len(found) : len(found) + math.ceil(batch_size / parts)]
            asked = [ids[index] for index in batch]
            try:
                if plain is None:
                    rows = _by_transformers(model, tokenizer, asked, _settings(model, tokenizer, decoding, max_tokens))
                else:
                    written = decode(plain, asked, decoding, max_tokens=max_tokens, ends=ends, draws=draws[batch])
                    rows = [row.ids for row in written]
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                if processes.share_one_model():
                    raise UserError(
                        "Out of memory while generating answers, where the processes share one model and none can "
                        "halve its batch alone. Lower eval.batch_size."
                    ) from error
                rows = None
            if rows is None:  # outside `except`, so that the error's traceback no longer holds tensors
                parts = halved(parts, batch_size, "generating answers")
                continue
            for index, row in zip(batch, rows, strict=True):
                found[index] = _completion(row, tokenizer, ends)
            progress(len(found))
    model.train(was_training)
    return [found[index] for index in range(len(texts))]


def decodable(model: PreTrainedModel | PeftModel, length: int) -> PreTrainedModel | None:
    """Return what iacrl's decoder reads of a model; None if it cannot, which is said once.

    Args:
        length: The greatest number of tokens in a prompt with its completion.
    """
    plain: PreTrainedModel = model.get_base_model() if isinstance(model, PeftModel) else model
    why = "the processes share one model" if processes.share_one_model() else why_not(plain, length)
    if why is None:
        return plain
    if why not in _told:
        _told.add(why)
        say(f"Generating by transformers' `generate`, not by iacrl's decoder: {why}.")
    return None


def _by_transformers(
    model: PreTrainedModel | PeftModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[list[int]],
    settings: GenerationConfig,
) -> list[list[int]]:
    inputs = tokenizer.pad({"input_ids": list(prompts)}, return_tensors="pt").to(model.device)
    ids = model.generate(**inputs, generation_config=settings)
    rows: list[list[int]] = ids[:, inputs["input_ids"].shape[1] :].tolist()
    return rows


def _settings(
    model: PreTrainedModel | PeftModel, tokenizer: PreTrainedTokenizerBase, decoding: Decoding, max_tokens: int
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


def end_tokens(model: PreTrainedModel | PeftModel, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Return the tokens that end an answer: the model's own and its tokenizer's.

    Raises:
        UserError: The model's own are not numbers of tokens.
    """
    declared = model.generation_config.eos_token_id if model.generation_config is not None else None
    ids = declared if isinstance(declared, list) else [] if declared is None else [declared]
    for token in ids:
        if type(token) is not int or token < 0:
            raise UserError(
                f"{model.name_or_path}: eos_token_id in its generation_config.json is {str(declared)[:80]!r}: expected "
                "the number of a token, or several."
            )
    return frozenset(token for token in [*ids, tokenizer.eos_token_id] if token is not None)


def _completion(ids: list[int], tokenizer: PreTrainedTokenizerBase, ends: frozenset[int]) -> Completion:
    length = next((at for at, token in enumerate(ids) if token in ends), None)
    kept = ids if length is None else ids[:length]
    text = tokenizer.decode(kept, skip_special_tokens=True)
    return Completion(str(text), len(kept) + (length is not None), length is not None)
