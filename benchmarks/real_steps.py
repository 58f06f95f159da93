"""How long `make real` will take on this machine, part by part: python benchmarks/real_steps.py [section.key=value ...]

It times one micro-batch of SFT and of GRPO and the writing of a few tokens, as processor time of one thread, and
multiplies. Completions are taken to be as long as they may be, so the real run is somewhat faster. The figures go to
benchmarks/results/real_steps.json.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from statistics import fmean

import torch
from real import CACHE, fetch
from record import RESULTS, system
from transformers import PreTrainedModel

from iacrl.config.recipes import Config, load_config
from iacrl.decoding.decoder import decode
from iacrl.decoding.sampling import Decoding
from iacrl.runs.launch import micro_batches
from iacrl.runs.splits import read_split
from iacrl.tasks.prompt import Message
from iacrl.training.grpo import prompt_ids
from iacrl.training.model import add_adapter, load_base
from iacrl.training.rollout_copy import RolloutCopy
from iacrl.training.rows import grpo_tasks, sft_row, sft_tasks
from iacrl.training.tokenizer import load_tokenizer

#: Tokens that are written to time one.
TOKENS = 32
#: Of a seed: the base and three trained policies, greedy and sampled.
MEASURED = 8


def main() -> None:
    """Time the parts of the steps, print what the whole command takes, and keep both."""
    torch.set_num_threads(1)
    config = load_config("smollm2-135m", [f"model.id={fetch(CACHE)}", *sys.argv[1:]])
    parts = timed(config)
    whole = minutes(config, parts)
    found = {
        "system": {**system(" ".join(["python benchmarks/real_steps.py", *sys.argv[1:]])), "threads": 1},
        "processor seconds": {name: round(seconds, 2) for name, seconds in parts.items()},
        "minutes of one seed": {name: round(spent, 1) for name, spent in whole.items()},
    }
    (RESULTS / "real_steps.json").write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))


def timed(config: Config) -> dict[str, float]:
    """Return processor seconds: of micro-batches, of a forward pass without gradients, and of tokens for a step."""
    tokenizer = load_tokenizer(config.model)
    train = read_split(config, "train")

    def length(messages: Sequence[Message]) -> int:
        text = tokenizer.apply_chat_template(messages, tokenize=False)
        return len(tokenizer(text, add_special_tokens=False)["input_ids"])

    answers = [sft_row(task) for task in sft_tasks(config, train)]
    rows = [length([*row["prompt"], *row["completion"]]) for row in answers]
    rows = [tokens for tokens in rows if tokens <= config.sft.max_tokens]
    prompts = [prompt_ids(task, tokenizer) for task in grpo_tasks(config, train)[:400]]
    prompts = [ids for ids in prompts if len(ids) <= config.data.max_prompt_tokens]
    grpo = config.grpo
    padded = longest_of(rows, config.sft.batch_size)
    prompt = longest_of([len(ids) for ids in prompts], grpo.prompts_per_step)
    model = add_adapter(load_base(config.model), config.model, config.lora)
    model.train()

    def forward(count: int, before: int, scored: int) -> torch.Tensor:
        ids = torch.randint(len(tokenizer), (count, before + scored))
        logits = model(input_ids=ids, logits_to_keep=scored, use_cache=False).logits.float()
        return -logits.log_softmax(-1).gather(-1, ids[:, -scored:, None]).mean()

    def update(count: int, before: int, scored: int) -> Callable[[], None]:
        return lambda: forward(count, before, scored).backward()

    tokens = grpo.max_completion_tokens
    found = {"sft, micro-batch": seconds(update(config.sft.batch_size, 0, padded))}
    found["grpo, micro-batch"] = seconds(update(grpo.batch_size, prompt, tokens))
    with torch.no_grad():
        found["grpo, micro-batch without gradients"] = seconds(lambda: forward(grpo.batch_size, prompt, tokens))
    asked = [ids for ids in prompts[: grpo.prompts_per_step] for _ in range(grpo.group_size)]
    model.eval()
    copied = RolloutCopy(model)
    draws = torch.rand(len(asked), TOKENS, dtype=torch.float64)

    def write(plain: PreTrainedModel) -> Callable[[], object]:
        return lambda: decode(plain, asked, Decoding(1.0), max_tokens=TOKENS, ends=(), draws=draws)

    with torch.inference_mode():
        for name, plain in (("policy", model.get_base_model()), ("merged copy", copied.renewed(0))):
            found[f"{TOKENS} tokens of {len(asked)} completions, by the {name}"] = seconds(write(plain))
    return found


def longest_of(lengths: Sequence[int], count: int) -> int:
    """Return the expected length of the longest of so many: what the others are padded to."""
    drawn = random.Random(0)
    return round(fmean(max(drawn.sample(lengths, count)) for _ in range(400)))


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of some work."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def minutes(config: Config, parts: dict[str, float]) -> dict[str, float]:
    """Return what each part of one seed takes, in minutes of one core."""
    grpo, sft = config.grpo, config.sft
    completions = grpo.prompts_per_step * grpo.group_size
    token = next(spent for name, spent in parts.items() if "by the policy" in name) / (TOKENS * completions)
    steps = (config.data.sft_rows or 0) * sft.epochs / (sft.batch_size * sft.accumulation)
    warm = steps * sft.accumulation * parts["sft, micro-batch"]
    write = completions * grpo.max_completion_tokens * token
    learn = grpo.steps * (write + micro_batches(config) * parts["grpo, micro-batch"])
    gate = (config.gate_rows() or 0) * config.gates.samples * grpo.max_completion_tokens * token
    tasks = len(config.data.domains) * (config.eval.rows or 0)
    evaluation = MEASURED * tasks * config.eval.max_completion_tokens * token
    found = {"sft": warm, "grpo": learn, "sft for as long as both": warm + learn, "two gates": 2 * gate}
    found["three evaluations"] = evaluation
    found = {name: spent / 60 for name, spent in found.items()}
    return {**found, "all": sum(found.values())}


if __name__ == "__main__":
    main()
