"""The model card: what the model is, how it was made, and what was measured while it was made."""

from __future__ import annotations

from dataclasses import dataclass

_CARD = """\
---
license: apache-2.0
library_name: transformers
pipeline_tag: text-generation
tags: [terraform, kubernetes, tiny]
---

# {name}

A language model of {parameters:.1f} million parameters. It knows how Terraform and Kubernetes files look, and it copies
names and values. It has never seen a chat prompt that is answered with a file. `configs/tiny-cpu.yaml` warm-starts
it with SFT and trains it with GRPO, on a CPU, in minutes. It is made for that demonstration and for tests.

## Shape

Qwen2: {layers} layers, hidden size {hidden}, {heads} heads of {head}, MLP {mlp}, {vocabulary} tokens,
tied embeddings, rotary theta 1e6; bf16. The linear layers suit 4-bit blocks of 64. The tokenizer is a byte-level BPE
that separates letters, digits and punctuation, so a name always gives the same tokens. Load it with
`PreTrainedTokenizerFast`, as iacrl does: `AutoTokenizer` replaces the splitting of any Qwen2 tokenizer with its own.
Chats are in ChatML with `{{% generation %}}` marks; `<|im_end|>` ends an answer, `<|endoftext|>` pads
and ends a document.

## How it was made

    {command}

1. The weights start with an induction circuit in layers 0 and 1 (`scripts/tiny_base/model.py`): untrained, the model
   copies {copies:.0%} of a random sequence when the sequence repeats.
2. {steps} steps of about {step_tokens} tokens ({tokens:.2f} million in all), AdamW at 1.5e-3 with linear decay, loss
   only on the answers: {family_share:.0%} task families, {document_share:.0%} documents in made-up schemas,
   {recall_share:.0%} recall of keys and values.
3. The families ({families} of them, including those of `datasets/tiny`, but none that is held out of training) appear
   as plain documents: code below a comment, a README table or a request, never in a chat and never fenced. Invented
   names replace half of their compound names. Chats contain only made-up text. The items come from a seed that no
   split of `datasets/` uses.

The seed determines tokenizer, weights and data. Floating-point sums may differ between machines.

## Measured

{minutes:.1f} minutes on {hardware}. On {probes} held-out items of the families, as documents,
the share of answers equal to the gold answer (another order of keys counts as wrong): {greedy:.1%} greedy,
{sampled:.1%} sampled at temperature 1. Loss on them: {loss:.3f}.
"""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the card says; shares are in [0, 1], `tokens` in millions."""

    name: str
    command: str
    parameters: float
    layers: int
    hidden: int
    heads: int
    head: int
    mlp: int
    vocabulary: int
    steps: int
    step_tokens: int
    tokens: float
    copies: float
    family_share: float
    document_share: float
    recall_share: float
    families: int
    minutes: float
    hardware: str
    probes: int
    greedy: float
    sampled: float
    loss: float


def model_card(facts: Facts) -> str:
    """Return the README of the model's folder."""
    return _CARD.format(**{name: getattr(facts, name) for name in Facts.__slots__})
