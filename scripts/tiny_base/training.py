"""Plain language-model training: AdamW, linear decay, loss on the answers only."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import torch
from torch.nn.functional import cross_entropy
from transformers import PreTrainedTokenizerFast, Qwen2ForCausalLM

from tiny_base.data import IGNORED, collate, encode
from tiny_base.synthetic import Sample


def train(
    model: Qwen2ForCausalLM,
    data: Iterator[tuple[torch.Tensor, torch.Tensor]],
    probe: Sequence[tuple[torch.Tensor, torch.Tensor]],
    steps: int,
    learning_rate: float = 1.5e-3,
    warmup: int = 50,
) -> int:
    """Train in place, with a progress line every hundred steps, and return the number of tokens seen.

    `probe` is held-out text; the progress line shows its loss.
    """
    device = next(model.parameters()).device
    fast = device.type == "cuda"
    matrices = [p for n, p in model.named_parameters() if p.ndim > 1 and "embed" not in n]
    others = [p for n, p in model.named_parameters() if p.ndim == 1 or "embed" in n]
    groups = [{"params": matrices, "weight_decay": 0.05}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=learning_rate, betas=(0.9, 0.95))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warmup, 1.0) * max(1.0 - step / steps, 0.0)
    )
    model.train()
    start, seen, running = time.monotonic(), 0, 0.0
    for step in range(1, steps + 1):
        inputs, labels = (tensor.to(device) for tensor in next(data))
        with torch.autocast(device.type, torch.bfloat16, enabled=fast):
            loss = answer_loss(model, inputs, labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        seen += inputs.numel()
        running += loss.item()
        if step % 100 == 0 or step == steps:
            seconds = time.monotonic() - start
            print(
                f"step {step}/{steps}  {seen / 1e6:.2f} M tokens  {seen / seconds:.0f} tokens/s  {seconds:.0f} s  "
                f"loss {running / (step % 100 or 100):.3f}  held-out families {probe_loss(model, probe):.3f}",
                flush=True,
            )
            running = 0.0
    model.eval()
    return seen


@torch.no_grad()
def copied_share(model: Qwen2ForCausalLM, rows: int = 8, length: int = 100) -> float:
    """Return how many tokens of a random sequence the model predicts when the sequence repeats."""
    device = next(model.parameters()).device
    once = torch.randint(3, model.config.vocab_size, (rows, length), device=device)
    guesses = model(input_ids=torch.cat([once, once], dim=1)).logits.argmax(-1)
    return (guesses[:, length:-1] == once[:, 1:]).float().mean().item()


def answer_loss(model: Qwen2ForCausalLM, inputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the mean cross entropy of the labelled tokens; the output layer runs only on their places."""
    hidden = model.model(input_ids=inputs, use_cache=False).last_hidden_state[:, :-1]
    targets = labels[:, 1:]
    wanted = targets != IGNORED
    return cross_entropy(model.lm_head(hidden[wanted]).float(), targets[wanted])


@torch.no_grad()
def probe_loss(model: Qwen2ForCausalLM, probe: Sequence[tuple[torch.Tensor, torch.Tensor]]) -> float:
    """Return the mean loss over the probe's batches."""
    device = next(model.parameters()).device
    losses = [answer_loss(model, inputs.to(device), labels.to(device)).item() for inputs, labels in probe]
    return sum(losses) / len(losses)


@torch.no_grad()
def exact_share(
    model: Qwen2ForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    samples: Sequence[Sample],
    sampled: bool = False,
    longest: int = 320,
) -> float:
    """Return the share of samples whose answer the model writes exactly, greedily or sampled at temperature 1."""
    device = next(model.parameters()).device
    hits = 0
    for start in range(0, len(samples), 64):
        rows = [encode(sample, tokenizer) for sample in samples[start : start + 64]]
        width = max(prompt for _, prompt in rows)
        ids = torch.full((len(rows), width), tokenizer.pad_token_id)
        mask = torch.zeros_like(ids)
        for row, (tokens, prompt) in enumerate(rows):
            ids[row, width - prompt :] = torch.tensor(tokens[:prompt])
            mask[row, width - prompt :] = 1
        ends = [tokenizer.eos_token_id, tokenizer.pad_token_id]
        written = model.generate(
            input_ids=ids.to(device),
            attention_mask=mask.to(device),
            max_new_tokens=longest,
            do_sample=sampled,
            temperature=1.0 if sampled else None,
            top_k=0 if sampled else None,
            eos_token_id=ends,
        )
        for (tokens, prompt), out in zip(rows, written[:, width:].tolist(), strict=True):
            answer = tokens[prompt:]
            hits += out[: len(answer)] == answer
    return hits / len(samples)


def probe_batches(
    samples: Sequence[Sample], tokenizer: PreTrainedTokenizerFast, size: int = 16
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return samples as batches for `probe_loss`."""
    rows = sorted((encode(sample, tokenizer) for sample in samples), key=lambda row: len(row[0]))
    return [collate(rows[start : start + size]) for start in range(0, len(rows), size)]
