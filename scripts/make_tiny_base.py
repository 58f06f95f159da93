"""Make models/tiny-base from nothing: tokenizer, initialization, training. Seeded; uses CUDA if there is a GPU.

OMP_NUM_THREADS=1 python scripts/make_tiny_base.py --to models/tiny-base
"""

from __future__ import annotations

import argparse
import platform
import random
import sys
import time
from functools import partial
from pathlib import Path

import torch
from tiny_base.card import Facts, model_card
from tiny_base.data import Mixture, batches
from tiny_base.families import family_text, known_families
from tiny_base.model import HEAD, Shape, new_model
from tiny_base.saving import save
from tiny_base.synthetic import document, recall
from tiny_base.tokenizer import train_tokenizer
from tiny_base.training import copied_share, exact_share, probe_batches, probe_loss, train
from tiny_base.words import Words
from transformers import PreTrainedTokenizerFast

from iacrl.tasks.family import Family

#: Families, documents in made-up schemas, recall.
SHARES = (0.65, 0.2, 0.15)
LONGEST = 360
PROBES = 128


def main() -> None:
    """Read the options, make the model, and write it with its model card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=Path("models/tiny-base"), help="folder to write")
    parser.add_argument("--steps", type=int, default=5200, help="optimizer steps")
    parser.add_argument("--step-tokens", type=int, default=2000, help="tokens in one of them, about")
    parser.add_argument("--hidden", type=int, default=Shape().hidden, help="hidden size, a multiple of 64")
    parser.add_argument("--layers", type=int, default=Shape().layers)
    parser.add_argument("--seed", type=int, default=20_000_003, help="of weights and data; no task split uses it")
    parser.add_argument("--vocabulary", type=int, default=2048, help="tokens, special ones included")
    options = parser.parse_args()

    shape = Shape(options.hidden, options.layers)
    torch.manual_seed(options.seed)
    rng = random.Random(options.seed)
    families = known_families()
    tokenizer, words = make_tokenizer(families, options.vocabulary, options.seed, rng)
    print(f"{len(families)} families; {len(tokenizer)} tokens, {len(words.real)} words", flush=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = new_model(len(tokenizer), tokenizer.eos_token_id, tokenizer.pad_token_id, shape).to(device)
    copies = copied_share(model)
    print(f"untrained, it copies {copies:.0%} of random sequences", flush=True)

    sources = (
        partial(family_text, families=families, words=words),
        partial(document, words=words),
        partial(recall, words=words),
    )
    held_out = random.Random(f"held out:{options.seed}")
    probe = [family_text(held_out, families, words) for _ in range(PROBES)]
    probe_tokens = probe_batches(probe, tokenizer)
    start = time.monotonic()
    data = batches(Mixture(sources, SHARES), tokenizer, rng, options.step_tokens, LONGEST)
    tokens = train(model, data, probe_tokens, options.steps)
    minutes = (time.monotonic() - start) / 60
    facts = Facts(
        parameters=sum(parameter.numel() for parameter in model.parameters()) / 1e6,
        name=options.to.name,
        command=" ".join(["python scripts/make_tiny_base.py", *sys.argv[1:]]),
        layers=shape.layers,
        hidden=shape.hidden,
        heads=shape.heads,
        head=HEAD,
        mlp=shape.mlp,
        vocabulary=len(tokenizer),
        steps=options.steps,
        step_tokens=options.step_tokens,
        tokens=tokens / 1e6,
        copies=copies,
        family_share=SHARES[0],
        document_share=SHARES[1],
        recall_share=SHARES[2],
        families=len(families),
        minutes=minutes,
        hardware=_hardware(device),
        probes=PROBES,
        greedy=exact_share(model, tokenizer, probe),
        sampled=exact_share(model, tokenizer, probe, sampled=True),
        loss=probe_loss(model, probe_tokens),
    )
    print(f"{minutes:.1f} minutes; exact answers: {facts.greedy:.3f} greedy, {facts.sampled:.3f} sampled", flush=True)
    save(model, tokenizer, model_card(facts), options.to)


def make_tokenizer(
    families: list[Family], vocabulary: int, seed: int, rng: random.Random
) -> tuple[PreTrainedTokenizerFast, Words]:
    """Return a tokenizer for the families' documents and prompts, and the words to draw names from."""
    documents = [family_text(rng, families, None) for _ in range(8000)]
    texts = [f"{sample.prompt}\n{sample.answer}" for sample in documents]
    some = Words(real=("orders", "cache", "north", "alpha", "river"), pieces=("ab", "cor", "den", "fi", "gra", "lu"))
    for _ in range(1500):
        texts.append(rng.choice(families).task(seed, rng.randrange(10**6)).instruction)
        for source in (document, recall):
            sample = source(rng, some)
            texts.append(f"system\nuser\n{sample.prompt}\nassistant\n{sample.answer}")
    tokenizer = train_tokenizer(texts, vocabulary)
    known = {word for sample in documents for word in _letters(sample.answer) if len(word) >= 4}
    pieces = [token for token in tokenizer.get_vocab() if token.isascii() and token.isalpha() and token.islower()]
    return tokenizer, Words(real=sorted(known), pieces=sorted(pieces))


def _hardware(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name()
    return f"{torch.get_num_threads()} CPU thread(s) ({platform.machine()})"


def _letters(text: str) -> list[str]:
    kept = (character if character.isascii() and character.isalpha() else " " for character in text.lower())
    return "".join(kept).split()


if __name__ == "__main__":
    main()
