"""Compare SFT and GRPO on a GPU with TRL's own plain script and the same settings: python benchmarks/gpu.py

It builds a model with Qwen2.5-0.5B's shape, random weights and the tokenizer of `models/tiny-base`. It downloads
nothing. The model is trained in 4 bits and in bf16. For SFT and for each part of a GRPO step (generation, reward,
training), it measures tokens per second and peak allocated memory, without the first step. A model with random weights
never stops, so every completion has the full length. The result goes to `benchmarks/results/gpu.json`.

`--smoke` tries the path on a CPU with a tiny shape. It prints the result and saves nothing.
"""

from __future__ import annotations

import argparse
import gc
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import Qwen2Config, Qwen2ForCausalLM
from trl import GRPOTrainer, SFTTrainer

from iacrl.adapters.trl import reward_function
from iacrl.config.recipes import Config, load_config
from iacrl.files import write_json
from iacrl.runs.directory import RunDirectory
from iacrl.runs.manifest import describe_circumstances
from iacrl.runs.splits import read_split
from iacrl.tasks.prompt import build_prompt
from iacrl.training import grpo, sft
from iacrl.training.model import load_base
from iacrl.training.rows import grpo_tasks, sft_row, sft_tasks
from iacrl.training.tokenizer import load_tokenizer
from iacrl.training.trainers import PolicyTrainer, WarmStartTrainer

ROOT = Path(__file__).parent.parent
RESULT = ROOT / "benchmarks" / "results" / "gpu.json"
TOKENIZER = ROOT / "models" / "tiny-base"

#: Qwen2.5-0.5B's published configuration.
SHAPE = {
    "vocab_size": 151936,
    "hidden_size": 896,
    "intermediate_size": 4864,
    "num_hidden_layers": 24,
    "num_attention_heads": 14,
    "num_key_value_heads": 2,
}
TINY = {
    "vocab_size": 4096,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
}
#: Random text is never valid, and groups of equal scores train nothing. So a share of the score counts letters.
LETTERS = '''"""The share of letters, which differs between random texts."""

import iacrl


@iacrl.reward
def letters(task, verdict):
    """The share of letters."""
    text = verdict.completion
    return sum(character.isalpha() for character in text) / len(text) if text else 0.0
'''


@dataclass
class Part:
    """What one part of a run took so far, without the first call, which warms up."""

    calls: int = 0
    seconds: float = 0.0
    tokens: int = 0
    peak: int = 0


class Meter:
    """Times the parts of a trainer's steps."""

    def __init__(self) -> None:
        self.parts: dict[str, Part] = {}

    def measure(self, name: str, work: Callable[[], Any], tokens: Callable[[Any], int]) -> Any:
        """Run a part, and count its time, tokens and memory."""
        on_gpu = torch.cuda.is_available()
        if on_gpu:
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()
        start = time.perf_counter()
        done = work()
        if on_gpu:
            torch.cuda.synchronize()
        part = self.parts.setdefault(name, Part())
        part.calls += 1
        if part.calls > 1:
            part.seconds += time.perf_counter() - start
            part.tokens += tokens(done)
            part.peak = max(part.peak, torch.cuda.max_memory_allocated() if on_gpu else 0)
        return done

    def to_json(self) -> dict[str, Any]:
        """Return the figures. Memory is in bytes; it is null without a GPU."""
        return {
            name: {
                "seconds": round(part.seconds, 4),
                "tokens": part.tokens,
                "tokens_per_second": round(part.tokens / part.seconds, 1),
                "peak_memory": part.peak or None,
            }
            for name, part in self.parts.items()
        }


def metered(trainer: type, meter: Meter) -> type:
    """Return a trainer whose generation, rewards, and forward and backward passes are measured.

    `training_step` also generates when a round begins. So the timed part is `compute_loss` with its backward pass.
    """

    class Metered(trainer):  # type: ignore[misc]
        def training_step(self, model: Any, inputs: Any, *rest: Any, **options: Any) -> Any:
            if not isinstance(self, GRPOTrainer):
                count = (
                    int(inputs["attention_mask"].sum()) if "attention_mask" in inputs else inputs["input_ids"].numel()
                )
                step = super().training_step
                return meter.measure("training", lambda: step(model, inputs, *rest, **options), lambda _: count)
            prepared = self._prepare_inputs(inputs)
            count = int(prepared["prompt_mask"].sum() + prepared["completion_mask"].sum())
            step = super().training_step
            with patch.object(self, "_prepare_inputs", lambda _: prepared):
                return meter.measure("training", lambda: step(model, inputs, *rest, **options), lambda _: count)

        def _generate_single_turn(self, *args: Any, **options: Any) -> Any:
            run = super()._generate_single_turn
            return meter.measure("generation", lambda: run(*args, **options), lambda done: sum(map(len, done[0])))

        def _calculate_rewards(self, inputs: Any, prompts: Any, completions: Any, ids: Any) -> Any:
            run = super()._calculate_rewards
            count = sum(map(len, ids))
            return meter.measure("reward", lambda: run(inputs, prompts, completions, ids), lambda _: count)

    return Metered


def configured(folder: Path, *, quantization: str, smoke: bool, steps: int) -> Config:
    """Return the settings of both programs."""
    few = f"data.train={ROOT / 'datasets' / 'tiny' / 'train.jsonl'}"  # reading all takes longer than training on some
    size = ["model.device=cpu", "run.threads=1", "eval.batch_size=4", few] if smoke else []
    batch = (2, 2, 2, 2, 8) if smoke else (8, 8, 8, 16, 256)
    sft_batch, prompts, group, grpo_batch, tokens = batch
    letters = folder / "letters.py"
    letters.write_text(LETTERS)
    return load_config(
        "qwen2.5-0.5b",
        [
            f"model.id={folder / 'base'}",
            f"model.quantization={quantization}",
            f"run.dir={folder / 'runs'}",
            f"run.name={quantization}",
            f"data.sft_rows={sft_batch * steps}",
            f"sft.steps={steps}",
            f"sft.batch_size={sft_batch}",
            "sft.accumulation=1",
            "sft.optimizer=adamw_torch",
            f"grpo.steps={steps}",
            f"grpo.prompts_per_step={prompts}",
            f"grpo.group_size={group}",
            f"grpo.batch_size={grpo_batch}",
            f"grpo.max_completion_tokens={tokens}",
            "grpo.optimizer=adamw_torch",
            f"rewards.weights={{intent: 1.0, schema: 0.5, syntax: 0.2, {letters}: 0.2}}",
            "gates.action=skip",
            "probe.every=null",
            "guards.truncation.action=ignore",
            *size,
        ],
    )


def build_base(folder: Path, shape: dict[str, int]) -> None:
    """Write a model with random weights and the tokenizer of the tiny base."""
    shutil.copytree(TOKENIZER, folder, ignore=shutil.ignore_patterns("*.safetensors", "config.json", "README.md"))
    special = json.loads((TOKENIZER / "config.json").read_text())
    torch.manual_seed(0)
    ends = {name: special.get(name) for name in ("eos_token_id", "pad_token_id", "bos_token_id")}
    Qwen2ForCausalLM(Qwen2Config(**shape, tie_word_embeddings=True, **ends)).to(torch.bfloat16).save_pretrained(folder)


def with_iacrl(config: Config) -> dict[str, Any]:
    """Return what iacrl's two stages take."""
    warm, policy = Meter(), Meter()
    with patch.object(sft, "WarmStartTrainer", metered(WarmStartTrainer, warm)):
        sft.run_sft(config)
    with free_memory(), patch.object(grpo, "PolicyTrainer", metered(PolicyTrainer, policy)):
        grpo.run_grpo(config)
    return {"sft": warm.to_json(), "grpo": policy.to_json()}


def with_trl(config: Config, folder: Path) -> dict[str, Any]:
    """Return what TRL's own trainers take with the same settings, as its documentation uses them."""
    tokenizer = load_tokenizer(config.model)
    train = read_split(config, "train")
    lora = LoraConfig(
        r=config.lora.rank,
        lora_alpha=config.lora.alpha,
        target_modules=list(config.lora.target_modules),
        task_type="CAUSAL_LM",
    )
    warm, policy = Meter(), Meter()
    with free_memory():
        metered(SFTTrainer, warm)(
            model=load_base(config.model),
            args=sft.sft_options(config, RunDirectory(folder / "sft")),
            train_dataset=Dataset.from_list([sft_row(task) for task in sft_tasks(config, train)]),
            processing_class=tokenizer,
            peft_config=lora,
        ).train()
    count = config.grpo.prompts_per_step * config.grpo.steps
    rows = [
        {"prompt": build_prompt(task), "task": json.dumps(task.to_json())} for task in grpo_tasks(config, train)[:count]
    ]
    with free_memory(), config.runtime() as runtime:
        metered(GRPOTrainer, policy)(
            model=load_base(config.model),
            args=grpo.grpo_options(config, RunDirectory(folder / "grpo")),
            reward_funcs=reward_function(runtime),
            train_dataset=Dataset.from_list(rows),
            processing_class=tokenizer,
            peft_config=lora,
        ).train()
    return {"sft": warm.to_json(), "grpo": policy.to_json()}


@contextmanager
def free_memory() -> Iterator[None]:
    """Clear what the previous run left."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    yield


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=11, help="optimizer steps of each run; the first does not count")
    parser.add_argument("--smoke", action="store_true", help="try the path on a CPU with a tiny shape; keep nothing")
    asked = parser.parse_args()
    if not asked.smoke and not torch.cuda.is_available():
        sys.exit("Error: torch finds no CUDA device here, so there is nothing to measure. --smoke tries the path.")
    steps = 2 if asked.smoke else asked.steps
    if steps < 2:
        sys.exit("Error: --steps must be 2 or more, for the first step does not count.")
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        build_base(folder / "base", TINY if asked.smoke else SHAPE)
        for name, quantization in (("4-bit", "nf4"), ("bf16", "none")):
            config = configured(folder, quantization=quantization, smoke=asked.smoke, steps=steps)
            found[name] = {"iacrl": with_iacrl(config), "trl": with_trl(config, folder / f"trl-{quantization}")}
        about = {key: value for key, value in describe_circumstances(config, "benchmark").items() if key != "stage"}
    kept = {"command": " ".join(["python benchmarks/gpu.py", *sys.argv[1:]]), **about, "shape": SHAPE, "results": found}
    print(json.dumps(found if asked.smoke else kept, indent=1))
    if not asked.smoke:
        write_json(RESULT, kept)
        print(f"Kept in {RESULT}", file=sys.stderr)


if __name__ == "__main__":
    main()
