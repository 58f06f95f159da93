"""The training text: task families, documents in made-up schemas, and recall of keys and values; as token batches."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from transformers import PreTrainedTokenizerFast

from tiny_base.synthetic import Sample

IGNORED = -100

Source = Callable[[random.Random], Sample]


@dataclass(frozen=True, slots=True)
class Mixture:
    """Sources of samples with their shares."""

    sources: Sequence[Source]
    shares: Sequence[float]

    def draw(self, rng: random.Random) -> Sample:
        """Return one sample."""
        return rng.choices(self.sources, self.shares)[0](rng)


def encode(sample: Sample, tokenizer: PreTrainedTokenizerFast) -> tuple[list[int], int]:
    """Return the sample's tokens and how many of them are the prompt's. A chat ends with eos, a document with pad."""
    if sample.chat:
        messages = [{"role": "user", "content": sample.prompt}]
        if sample.system:
            messages.insert(0, {"role": "system", "content": sample.system})
        prompt = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
        end = tokenizer.eos_token_id
    else:
        prompt, end = sample.prompt + "\n", tokenizer.pad_token_id
    head = tokenizer.encode(prompt, add_special_tokens=False)
    return [*head, *tokenizer.encode(sample.answer, add_special_tokens=False), end], len(head)


def batches(
    mixture: Mixture,
    tokenizer: PreTrainedTokenizerFast,
    rng: random.Random,
    tokens: int,
    longest: int,
    pool: int = 512,
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield endless `(input_ids, labels)` of about `tokens` tokens each; samples of similar length share a batch.

    Padding is on the right. Causal attention never sees it there, so it needs no mask. Labels are `IGNORED` on
    prompts and padding. Samples above `longest` tokens are skipped.
    """
    while True:
        encoded = [encode(mixture.draw(rng), tokenizer) for _ in range(pool)]
        encoded = sorted((row for row in encoded if len(row[0]) <= longest), key=lambda row: len(row[0]))
        groups: list[list[tuple[list[int], int]]] = [[]]
        for row in encoded:
            if (len(groups[-1]) + 1) * len(row[0]) > tokens and groups[-1]:
                groups.append([])
            groups[-1].append(row)
        rng.shuffle(groups)
        for group in groups:
            yield collate(group)


def collate(rows: Sequence[tuple[list[int], int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return `(input_ids, labels)` of encoded rows, padded on the right."""
    width = max(len(ids) for ids, _ in rows)
    inputs = torch.zeros(len(rows), width, dtype=torch.long)
    labels = torch.full((len(rows), width), IGNORED)
    for row, (ids, prompt) in enumerate(rows):
        inputs[row, : len(ids)] = torch.tensor(ids)
        labels[row, prompt : len(ids)] = inputs[row, prompt : len(ids)]
    return inputs, labels
