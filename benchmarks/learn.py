"""The long demonstration: what GRPO adds to a warm start, over several seeds, and what a real verdict is worth.

python benchmarks/learn.py [--seeds 0 1 2] [--ablation] [--earlier DIRECTORY] [--jobs 2] [section.key=value ...]

Each seed runs SFT on few gold answers and GRPO from that adapter with the default rubric, and evaluates both on
held-out tasks. `--ablation` adds other arms. Two run GRPO from the same SFT adapter for as many steps, rewarded by
syntax alone or by validity alone. One continues SFT on its few rows for as long as GRPO took. One gives SFT the gold
answers of all of GRPO's prompts, as an upper bound. All are judged by intent. `--earlier` also judges what an earlier
commit trained; it names the folder where this command, run at that commit, kept its runs. Finished runs are not
repeated, so a stopped command continues where it was. The figures of finished runs go to benchmarks/results/learn.json
(`--jobs 0` only writes them). Settings change the recipe for all runs (`--runs` and `--to` keep them apart): `make gpu`
uses this with a larger base and all families.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from statistics import fmean
from typing import Any

from record import RESULTS, system

from iacrl.config.recipes import Config, load_config
from iacrl.evaluation.comparison import compare
from iacrl.evaluation.figures import read_evaluation
from iacrl.files import read_rows
from iacrl.runs.splits import read_split
from iacrl.tasks import write_tasks
from iacrl.training.rows import sft_tasks

RECIPE = "tiny-learn"


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to continue from the base or from SFT: the last stage it trains, and its changes to the recipe.

    `trained` is the folder in which another commit has trained it.
    """

    name: str
    stage: str
    overrides: tuple[str, ...] = ()
    trained: Path | None = None

    def folder(self, seed: int, runs: Path) -> Path:
        """Return the place of a seed's adapter."""
        home, name = (runs, self.name) if self.trained is None else (self.trained, self.stage)
        return home / f"learn-{seed}-{name}" / self.stage


SFT = Arm("sft", "sft")
GRPO = Arm("grpo", "grpo")
#: A poor reward may make the policy drift until a guard stops it. Here every arm must train all its steps.
WARN = tuple(f"guards.{rule}.action=warn" for rule in ("reward", "entropy", "length", "truncation"))
SYNTAX = Arm("grpo-syntax", "grpo", ("rewards.weights={syntax: 1.0}", *WARN))
VALID = Arm("grpo-valid", "grpo", ("rewards.weights={references: 1.0}", *WARN))


def main() -> None:
    """Train and measure what is missing, and write the figures of everything that is finished."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--ablation", action="store_true")
    parser.add_argument("--earlier", type=Path, metavar="DIRECTORY", help="runs that an earlier commit trained")
    parser.add_argument("--jobs", type=int, default=2, help="how many to train at a time, one thread each")
    parser.add_argument("--runs", type=Path, default=Path("runs/learn"), help="the folder of the runs")
    parser.add_argument("--to", type=Path, default=RESULTS / "learn.json", help="the file of the figures")
    parser.add_argument("settings", nargs="*", metavar="section.key=value")
    options = parser.parse_args()
    seeds, runs = options.seeds, options.runs
    settings = (*options.settings, f"run.dir={runs}")
    config = load_config(RECIPE, settings)

    def each(arms: Iterable[tuple[int, Arm]]) -> None:
        if not options.jobs:
            return
        with ThreadPoolExecutor(options.jobs) as pool:
            for _ in pool.map(lambda pair: train_and_measure(*pair, runs, settings), arms):
                pass

    each((seed, SFT) for seed in seeds)
    each((seed, GRPO) for seed in seeds)
    arms = [SFT, GRPO]
    if options.earlier:
        arms.append(Arm("grpo-earlier", "grpo", trained=options.earlier))
        each((seed, arms[-1]) for seed in seeds)
    if options.ablation:
        each(
            (seed, arm)
            for seed in seeds
            for arm in (SYNTAX, VALID, longer_sft(config, seed, runs), all_gold(config, seed, runs))
        )
        arms += [SYNTAX, VALID, Arm("sft-longer", "sft"), Arm("sft-all-gold", "sft")]
    result = figures(seeds, arms, runs)
    options.to.write_text(json.dumps(result, indent=1) + "\n")
    print(table(result))


def train_and_measure(seed: int, arm: Arm, runs: Path, settings: Sequence[str]) -> None:
    """Train one arm and evaluate it, unless that is done. Refuse a result made with other settings."""
    name = run_name(seed, arm)
    own = [f"run.name={name}", f"run.seed={seed}", *settings]
    trained = arm.folder(seed, runs)
    if arm.trained is not None:
        if not is_complete(trained):
            raise SystemExit(f"{trained} is no finished stage.")
    elif is_complete(trained):
        asked = load_config(RECIPE, [*own, *arm.overrides]).to_yaml()
        if asked != (runs / name / arm.stage / "config.yaml").read_text(encoding="utf-8"):
            raise SystemExit(f"{runs / name} has other settings. Remove it, or name another folder with --runs.")
    else:
        parent = ["--parent", str(runs / run_name(seed, SFT) / "sft")] if arm.stage == "grpo" else []
        command(arm.stage, *parent, *own, *arm.overrides, log=runs / f"{name}-{arm.stage}.log")
    if not is_complete(runs / name / "eval"):
        saw = [setting for setting in arm.overrides if setting.startswith("data.")]  # part of the stage's lineage
        command("eval", "--model", str(trained), *own, *saw, log=runs / f"{name}-eval.log")


def command(stage: str, *arguments: str, log: Path) -> None:
    """Run one stage as a user would, and keep its output in a log."""
    log.parent.mkdir(parents=True, exist_ok=True)
    print(f"{log.stem}", flush=True)
    with log.open("w") as output:
        subprocess.run(
            [sys.executable, "-m", "iacrl", stage, "--config", RECIPE, "--overwrite", *arguments],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
            check=True,
        )


def longer_sft(config: Config, seed: int, runs: Path) -> Arm:
    """SFT on its few rows for as long as SFT and GRPO trained together."""
    sft, grpo = (seconds(runs / run_name(seed, arm) / arm.stage) for arm in (SFT, GRPO))
    epochs = round(config.sft.epochs * (sft + grpo) / sft)
    return Arm("sft-longer", "sft", (f"sft.epochs={epochs}",))


def all_gold(config: Config, seed: int, runs: Path) -> Arm:
    """SFT given the gold answers of its own rows and of every prompt that GRPO saw, four passes over them."""
    train = read_split(config, "train")
    samples = read_rows(runs / run_name(seed, GRPO) / "grpo" / "samples.jsonl")
    known = {task.id for task in sft_tasks(config, train)} | {row["task"] for _, row in samples}
    rows = (runs / f"gold-{seed}.jsonl").resolve()
    write_tasks(rows, (task for task in train.tasks if task.id in known))
    return Arm("sft-all-gold", "sft", (f"data.train={rows}", "data.sft_rows=null", "sft.epochs=4"))


def figures(seeds: Sequence[int], arms: Sequence[Arm], runs: Path) -> dict[str, Any]:
    """Return the rates of every seed and arm, and the difference of each arm from SFT, task by task."""
    rates, found = [], []
    finished = [(seed, arm) for seed in seeds for arm in arms if is_complete(runs / run_name(seed, arm) / "eval")]
    for seed, arm in finished:
        for result in read_evaluation(runs / run_name(seed, arm) / "eval").results:
            # Every evaluation measures the base and the trivial policies too, with the same result.
            name = arm.name if result.policy == arm.stage else result.policy
            whole = result.rates()
            row = {"seed": seed, "policy": name, "decoding": result.decoding, "score": asdict(whole.score)}
            row |= {"pass@1": asdict(whole.passed[1]), "valid@1": asdict(whole.valid[1])}
            if row not in rates:
                rates.append(row)
        if arm is not SFT:
            pair = [str(runs / run_name(seed, one) / "eval") for one in (SFT, arm)]
            found += [{"seed": seed, "policy": arm.name, **asdict(one)} for one in compare(pair)[1]]
    took = {run_name(seed, arm): seconds(arm.folder(seed, runs)) for seed, arm in finished}
    return {
        "system": {**system(" ".join(["python benchmarks/learn.py", *sys.argv[1:]])), "threads of a run": 1},
        "seconds": {name: round(time) for name, time in took.items()},
        "rates": rates,
        "mean reward by step": {
            run_name(seed, arm): curve(arm.folder(seed, runs)) for seed, arm in finished if arm.stage == "grpo"
        },
        "differences from sft": found,
    }


def curve(stage: Path) -> dict[int, float]:
    """Return the mean reward of GRPO's completions, step by step."""
    lines = [row for _, row in read_rows(stage / "metrics.jsonl")]
    return {row["step"]: round(row["reward"], 4) for row in lines if "reward" in row}


def table(result: Mapping[str, Any]) -> str:
    """Return pass@1 of every seed as a Markdown table, in percent, and what each arm adds to SFT on average."""
    seeds = sorted({row["seed"] for row in result["rates"]})
    lines = ["| policy | decoding | " + " | ".join(f"seed {seed}" for seed in seeds) + " | mean | over SFT |"]
    lines.append("|---" * (len(seeds) + 4) + "|")
    cells: dict[tuple[str, str], dict[int, Mapping[str, float]]] = {}
    for row in result["rates"]:
        cells.setdefault((row["policy"], row["decoding"]), {})[row["seed"]] = row["pass@1"]
    for (policy, decoding), by_seed in cells.items():
        rates = list(by_seed.values())
        shown = [
            f"{one['value']:.1%} [{one['low']:.1%}, {one['high']:.1%}]" if one else ""
            for one in map(by_seed.get, seeds)
        ]
        gains = [
            one["passed"]["value"]
            for one in result["differences from sft"]
            if (one["policy"], one["decoding"]) == (policy, decoding)
        ]
        gain = f"{100 * fmean(gains):+.1f}" if gains else ""
        mean = f"{fmean(one['value'] for one in rates):.1%}"
        lines.append(f"| {policy} | {decoding} | " + " | ".join(shown) + f" | {mean} | {gain} |")
    return "\n".join(lines)


def run_name(seed: int, arm: Arm) -> str:
    """Return the name of an arm's run."""
    return f"learn-{seed}-{arm.name}"


def is_complete(stage: Path) -> bool:
    """Return whether a stage is finished."""
    return (stage / "manifest.json").is_file() and manifest(stage).get("status") == "complete"


def manifest(stage: Path) -> dict[str, Any]:
    """Return a stage's manifest."""
    found: dict[str, Any] = json.loads((stage / "manifest.json").read_text(encoding="utf-8"))
    return found


def seconds(stage: Path) -> float:
    """Return how long a finished stage trained, with the loading of the model and without its gate."""
    told = manifest(stage)
    return (datetime.fromisoformat(told["trained"]) - datetime.fromisoformat(told["started"])).total_seconds()


if __name__ == "__main__":
    main()
