"""The gate between SFT and GRPO: a warm start must stop by itself, and pass some tasks but not nearly all."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from itertools import chain
from statistics import fmean
from typing import Any

from transformers import PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from iacrl.config.recipes import Config
from iacrl.errors import UserError
from iacrl.files import write_atomically
from iacrl.runs.directory import RunDirectory
from iacrl.runs.progress import say
from iacrl.runs.splits import Tasks, in_shares, read_split
from iacrl.scoring.runtime import Runtime
from iacrl.training.measuring import measure, predicted_flat
from iacrl.training.rollout_copy import copy_for_gate


def measure_gate(
    config: Config,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    runtime: Runtime,
    *,
    run: RunDirectory | None = None,
) -> dict[str, Any] | None:
    """Measure a warm start on validation tasks and print the results.

    Args:
        config: The resolved configuration; its sections `gates` and `grpo` give the tasks and the decoding.
        run: The rates of each task are written to its `gate.jsonl`.

    Returns:
        The entry `gate` of the manifest; None if `gates.action` is `skip` or no validation task has an intent.
    """
    if config.gates.action == "skip":
        return None
    validation = read_split(config, "validation")
    tasks = in_shares([task for task in validation.tasks if task.intent], config.gate_rows())
    if not tasks:
        say("Gate: no validation task has an intent, so what the warm start passes is not measured.")
        return None
    completions = len(tasks) * config.gates.samples
    steps = completions / (config.grpo.prompts_per_step * config.grpo.group_size)
    say(
        f"Gate: {len(tasks)} validation tasks with {config.gates.samples} samples each, which is the generation of "
        f"{steps:.1f} steps of GRPO. gates.rows=N sets another number; gates.action=skip leaves the gate out."
    )
    begun = time.perf_counter()
    writer = copy_for_gate(config, model)
    rates = measure(config, writer, tokenizer, runtime, tasks, samples=config.gates.samples, title="Gate")
    found = {
        **_settings(config, validation),
        "stopped": fmean(chain.from_iterable(rate.stopped for rate in rates)),
        "passed": fmean(chain.from_iterable(rate.passed for rate in rates)),
        "flat_groups": predicted_flat(rates, config.grpo.group_size),
        "seconds": round(time.perf_counter() - begun, 1),
    }
    if run is not None:
        write_atomically(run.path / "gate.jsonl", "".join(json.dumps(rate.to_json()) + "\n" for rate in rates))
    say(
        f"Gate: of {len(rates)} validation tasks with {config.gates.samples} samples each, {found['passed']:.1%} pass "
        f"and {found['stopped']:.1%} stop by themselves. With groups of {config.grpo.group_size}, about "
        f"{found['flat_groups']['by_score']:.0%} of them will be flat."
    )
    return found


def still_measures(gate: Any, config: Config) -> bool:
    """Say whether a parent's gate was measured in the way of this configuration, and has its two figures."""
    wanted = _settings(config, read_split(config, "validation"))
    return (
        isinstance(gate, Mapping)
        and {key: gate.get(key) for key in wanted} == wanted
        and all(type(gate.get(key)) in (int, float) and 0 <= gate[key] <= 1 for key in ("stopped", "passed"))
    )


def check_gate(config: Config, gate: Mapping[str, Any] | None, name: str) -> None:
    """Refuse a start that GRPO cannot learn from, or only warn, as `gates.action` says.

    Raises:
        UserError: The policy does not stop, or passes hardly anything or nearly everything; the message says what
            helps.
    """
    if gate is None or config.gates.action == "skip":
        return
    gates, wrong = config.gates, []
    if gate["stopped"] < gates.min_stopped:
        wrong.append(
            f"  {gate['stopped']:.1%} of its completions stop by themselves (gates.min_stopped = {gates.min_stopped}). "
            "Train SFT longer (sft.epochs, data.sft_rows), or raise grpo.max_completion_tokens = "
            f"{config.grpo.max_completion_tokens}."
        )
    if gate["passed"] < gates.min_passed:
        wrong.append(
            f"  {gate['passed']:.1%} of them pass (gates.min_passed = {gates.min_passed}): in nearly every group all "
            "fail, so there is nothing to prefer. Train SFT longer (sft.epochs, data.sft_rows), choose easier tasks "
            "(data.max_difficulty) or a larger base, or lower grpo.temperature."
        )
    if gate["passed"] > gates.max_passed:
        wrong.append(
            f"  {gate['passed']:.1%} of them pass (gates.max_passed = {gates.max_passed}): in nearly every group all "
            "pass, so little is left to learn. Choose harder tasks (data.max_difficulty) or others (data.train)."
        )
    if not wrong:
        return
    told = "\n".join(
        [f"The start {name} is not a good start for GRPO. On validation tasks, at GRPO's temperature:", *wrong]
    )
    if gates.action == "warn":
        say(f"Warning: {told}")
        return
    raise UserError(f"{told}\nTo go on all the same, set gates.action=warn.")


def _settings(config: Config, validation: Tasks) -> dict[str, Any]:
    grpo = config.grpo
    return {
        "tasks": dict(validation.digests),
        "max_difficulty": config.data.max_difficulty,
        "rows": config.gate_rows(),
        "samples": config.gates.samples,
        "group_size": grpo.group_size,
        "decoding": [
            *(grpo.temperature, grpo.top_p, grpo.top_k, grpo.min_p, grpo.repetition_penalty),
            grpo.max_completion_tokens,
        ],
        "rubric": config.rubric().digest,
        "seed": config.run.seed,
    }
