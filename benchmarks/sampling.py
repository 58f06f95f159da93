"""Variance-aware against uniform sampling of GRPO tasks, at equal compute, three seeds: python benchmarks/sampling.py

Equal compute means equally many completions: those that measure the tasks before training are taken off the steps of
the variance-aware runs. (A step also trains on its completions and a measurement does not, so this favours uniform.)
All runs of a seed start from the same SFT adapter and are judged on the same held-out tasks. The result is kept in
`benchmarks/results/sampling.json`;
`--steps 2 --tasks 16 --samples 1 --seeds 0 --rows 4 --to FILE` tries the path in a minute or two.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean
from typing import Any

from record import RESULTS, system

from iacrl.config.loading import Config, load_config
from iacrl.evaluation.metrics import estimate, paired_difference
from iacrl.files import read_rows, write_json
from iacrl.runs.directory import RunDirectory
from iacrl.scoring.runtime import Runtime
from iacrl.training.grpo import run_grpo
from iacrl.training.measuring import measure
from iacrl.training.model import load_base, load_tokenizer
from iacrl.training.policies import Policies
from iacrl.training.rows import in_shares, read_split
from iacrl.training.sft import run_sft


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="tiny-cpu")
    parser.add_argument("--steps", type=int, default=60, help="optimizer steps of a uniform run")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--jobs", type=int, default=2, help="how many seeds at a time, one thread each")
    parser.add_argument("--tasks", type=int, default=128, help="tasks that both kinds of run draw from")
    parser.add_argument("--samples", type=int, default=4, help="completions that measure each of them")
    parser.add_argument("--rows", type=int, default=400, help="held-out tasks")
    parser.add_argument("--dir", type=Path, default=Path("runs/sampling"))
    parser.add_argument("--to", type=Path, default=RESULTS / "sampling.json")
    parser.add_argument("overrides", nargs="*", metavar="section.key=value")
    return parser.parse_args()


def train(asked: argparse.Namespace, seed: int) -> tuple[Config, dict[str, RunDirectory]]:
    """Train SFT once and GRPO both ways."""
    both = [*asked.overrides, f"run.dir={asked.dir}", f"run.seed={seed}", f"data.grpo_rows={asked.tasks}"]
    start = load_config(asked.config, [*both, f"run.name=seed-{seed}"])
    found = {"sft": run_sft(start, overwrite=True)}
    round_size = start.grpo.prompts_per_step * start.grpo.group_size
    measured = math.ceil(asked.tasks * asked.samples / round_size)
    for name, steps in (("uniform", asked.steps), ("variance", asked.steps - measured)):
        if steps < 1:
            raise SystemExit(f"--steps {asked.steps}: measuring alone takes the completions of {measured} steps.")
        own = [f"grpo.sampling={name}", f"grpo.steps={steps}", f"sampling.samples={asked.samples}"]
        config = load_config(asked.config, [*both, *own, f"run.name=seed-{seed}-{name}"])
        found[name] = run_grpo(config, parent=found["sft"].path, overwrite=True)
    return start, found


def judge(
    asked: argparse.Namespace, config: Config, runs: dict[str, RunDirectory]
) -> tuple[list[str], dict[str, list[float]]]:
    """Return the families of the held-out tasks, and the share of samples that pass for each policy and task."""
    tasks = in_shares(read_split(config, "test").tasks, asked.rows)
    tokenizer, policies = load_tokenizer(config.model), Policies(load_base(config.model), runs)
    found: dict[str, list[float]] = {}
    with Runtime.of(config) as runtime:
        for name in runs:
            with policies.use(name) as model:
                rates = measure(config, model, tokenizer, runtime, tasks, samples=4, title=f"{name}, held out")
            found[name] = [sum(rate.passed) / len(rate.passed) for rate in rates]
    return [task.family for task in tasks], found


def completions(run: RunDirectory) -> int:
    """Return how many completions a GRPO run sampled to measure and to train."""
    file = run.path / "pass_rates.jsonl"
    measured = sum(len(row["passed"]) for _, row in read_rows(file)) if file.exists() else 0
    return measured + sum(1 for _ in read_rows(run.samples))


def flat_groups(run: RunDirectory) -> float:
    lines = [row["flat_groups"] for _, row in read_rows(run.path / "metrics.jsonl") if "flat_groups" in row]
    return sum(lines) / len(lines)


def compare(asked: argparse.Namespace, seed: int) -> dict[str, Any]:
    """Train and judge both ways from one seed, and return its row of the result."""
    config, runs = train(asked, seed)
    families, passed = judge(asked, config, runs)
    return {
        "seed": seed,
        "pass@1": {name: asdict(estimate(values, families)) for name, values in passed.items()},
        "variance over uniform": asdict(paired_difference(passed["variance"], passed["uniform"], families)),
        "completions": {name: completions(runs[name]) for name in ("uniform", "variance")},
        "flat groups": {name: flat_groups(runs[name]) for name in ("uniform", "variance")},
    }


def main() -> None:
    asked = arguments()
    # One process for each seed: torch's random state and number of threads are a process's own.
    with ProcessPoolExecutor(asked.jobs, get_context("spawn"), max_tasks_per_child=1) as pool:
        seeds = list(pool.map(partial(compare, asked), asked.seeds))
    mean = fmean(row["variance over uniform"]["value"] for row in seeds)
    command = " ".join(["python benchmarks/sampling.py", *sys.argv[1:]])
    write_json(asked.to, {"system": system(command), "settings": settings(asked), "mean gain": mean, "seeds": seeds})
    for row in seeds:
        print(json.dumps(row, indent=2))
    print(f"Variance over uniform, mean of {len(seeds)} seeds: {mean:+.3f} pass@1. Kept in {asked.to}")


def settings(asked: argparse.Namespace) -> dict[str, Any]:
    return {key: getattr(asked, key) for key in ("config", "steps", "tasks", "samples", "rows", "overrides")}


if __name__ == "__main__":
    main()
