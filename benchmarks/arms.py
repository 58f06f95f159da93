"""Several ways to train from the same warm start: trained and measured seed by seed, and compared task by task."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from statistics import fmean
from typing import Any

from record import system

from iacrl.config.recipes import Config, load_config
from iacrl.evaluation.comparison import compare
from iacrl.evaluation.figures import read_evaluation
from iacrl.evaluation.protocol import COMPLETIONS
from iacrl.files import append_rows, read_rows


@dataclass(frozen=True, slots=True)
class Plan:
    """What a benchmark trains.

    Attributes:
        name: Begins the name of every run.
        recipe: A shipped recipe, or the path of one.
        runs: The folder of the runs.
        settings: Changes to the recipe, for every arm.
        jobs: How many to train at a time, one thread each; 0 trains nothing.
    """

    name: str
    recipe: str
    runs: Path
    settings: tuple[str, ...]
    jobs: int

    def config(self, *overrides: str) -> Config:
        """Return the recipe with the plan's settings and these."""
        return load_config(self.recipe, [*self.settings, f"run.dir={self.runs}", *overrides])


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to continue from the base or from SFT: the last stage it trains, and its changes to the recipe.

    Attributes:
        trained: The folder in which another commit has trained it.
        method: What `benchmarks/tried` changes in the trainer; empty: nothing.
        measured: Changes to the recipe for its evaluation alone.
    """

    name: str
    stage: str
    overrides: tuple[str, ...] = ()
    trained: Path | None = None
    method: str = ""
    measured: tuple[str, ...] = ()

    def folder(self, plan: Plan, seed: int) -> Path:
        """Return the place of a seed's adapter."""
        home, name = (plan.runs, self.name) if self.trained is None else (self.trained, self.stage)
        return home / f"{plan.name}-{seed}-{name}" / self.stage


#: The program that trains by a method that the product does not have.
TRIED = Path(__file__).parent / "try_method.py"

SFT = Arm("sft", "sft")
GRPO = Arm("grpo", "grpo")


def each(plan: Plan, arms: Iterable[tuple[int, Arm]]) -> None:
    """Train and evaluate arms, each with its seed, as many at a time as the plan allows."""
    if not plan.jobs:
        return
    with ThreadPoolExecutor(plan.jobs) as pool:
        for _ in pool.map(lambda pair: train_and_measure(plan, *pair), arms):
            pass


def train_and_measure(plan: Plan, seed: int, arm: Arm) -> None:
    """Train one arm and evaluate it, unless that is done. Refuse a result made with other settings."""
    train(plan, seed, arm)
    name = run_name(plan, seed, arm)
    if not is_complete(evaluation(plan, seed, arm)):
        saw = [setting for setting in arm.overrides if setting.startswith("data.")]  # part of the stage's lineage
        if not (saw or arm.measured):
            begin_with_base(evaluation(plan, seed, SFT), evaluation(plan, seed, arm))
        asked = [*_own(name, seed), *saw, *arm.measured]
        command(plan, evaluation(plan, seed, arm), "--model", str(arm.folder(plan, seed)), *asked)


def begin_with_base(measured: Path, new: Path) -> None:
    """Begin an evaluation with the base's completions of a finished one, as if it had been interrupted after them.

    All of a seed's evaluations ask the base the same, and it takes the longest: it hardly ever stops by itself.
    """
    if new.exists() or not is_complete(measured):
        return
    whole = manifest(measured)
    base = whole["policies"][0]
    begun = new.with_name("eval.begun")
    shutil.rmtree(begun, ignore_errors=True)
    begun.mkdir(parents=True)
    append_rows(
        begun / COMPLETIONS, [row for _, row in read_rows(measured / COMPLETIONS) if row["policy"] == base["label"]]
    )
    (begun / "manifest.json").write_text(json.dumps({**whole, "policies": [base], "status": "interrupted"}))
    begun.rename(new)


def train(plan: Plan, seed: int, arm: Arm) -> None:
    """Train one arm, unless that is done. Refuse a result made with other settings."""
    own = _own(run_name(plan, seed, arm), seed)
    trained = arm.folder(plan, seed)
    if arm.trained is not None:
        if not is_complete(trained):
            raise SystemExit(f"{trained} is no finished stage.")
    elif is_complete(trained):
        asked = plan.config(*own, *arm.overrides).to_yaml()
        same_method = not arm.method or _kept(plan, seed, arm)["method"] == arm.method
        if asked != (trained / "config.yaml").read_text(encoding="utf-8") or not same_method:
            raise SystemExit(f"{trained.parent} has other settings. Remove it, or name another folder with --runs.")
    else:
        parent = ["--parent", str(SFT.folder(plan, seed))] if arm.stage == "grpo" else []
        command(plan, trained, *parent, *own, *arm.overrides, method=arm.method)


def _own(name: str, seed: int) -> list[str]:
    return [f"run.name={name}", f"run.seed={seed}"]


def command(plan: Plan, stage: Path, *arguments: str, method: str = "") -> None:
    """Run one stage as a user would, or the rest of an interrupted one, and keep its output in a log.

    Args:
        method: What `benchmarks/tried` changes in the trainer; empty: nothing.
    """
    begun = (stage / "manifest.json").is_file() and manifest(stage).get("status") in ("running", "interrupted")
    log = plan.runs / f"{stage.parent.name}-{stage.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    print(f"{log.stem}{' (resumed)' if begun else ''}", flush=True)
    how = "--resume" if begun else "--overwrite"
    settings = [*plan.settings, f"run.dir={plan.runs}"]
    program = [sys.executable, str(TRIED), method] if method else [sys.executable, "-m", "iacrl"]
    with log.open("a" if begun else "w") as output:
        running = subprocess.Popen(
            [*program, stage.name, "--config", plan.recipe, how, *settings, *arguments],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, used = os.wait4(running.pid, 0)  # tells this process's time alone, also beside other threads
        running.returncode = os.waitstatus_to_exitcode(status)
    notes = log.with_suffix(".json")
    spent = used.ru_utime + used.ru_stime + (_read(notes)["processor_seconds"] if begun and notes.exists() else 0.0)
    notes.write_text(json.dumps({"method": method, "processor_seconds": round(spent, 1)}))
    if running.returncode:
        last = "\n".join(log.read_text(encoding="utf-8").splitlines()[-5:])
        raise SystemExit(f"iacrl {stage.name} failed: {last}\nAll it said is in {log}. The same command goes on here.")


def processor_seconds(plan: Plan, seed: int, arm: Arm) -> float:
    """Return the processor time of an arm's training, with its start."""
    return float(_kept(plan, seed, arm)["processor_seconds"])


def _kept(plan: Plan, seed: int, arm: Arm) -> dict[str, Any]:
    return _read(plan.runs / f"{run_name(plan, seed, arm)}-{arm.stage}.json")


def longer_sft(plan: Plan, seed: int) -> Arm:
    """SFT on its few rows for as long as SFT and GRPO trained together."""
    sft, grpo = (seconds(arm.folder(plan, seed)) for arm in (SFT, GRPO))
    epochs = round(plan.config().sft.epochs * (sft + grpo) / sft)
    return Arm("sft-longer", "sft", (f"sft.epochs={epochs}",))


def figures(plan: Plan, seeds: Sequence[int], arms: Sequence[Arm], command: str) -> dict[str, Any]:
    """Return the rates of every finished seed and arm, and the difference of each arm from SFT, task by task.

    Args:
        command: What made them.
    """
    rates = []
    finished = [(seed, arm) for seed in seeds for arm in arms if is_complete(evaluation(plan, seed, arm))]
    for seed, arm in finished:
        for result in read_evaluation(evaluation(plan, seed, arm)).results:
            # Every evaluation has the base and the trivial policies too, with the same result.
            name = arm.name if result.policy == arm.stage else result.policy
            whole = result.rates()
            row = {"seed": seed, "policy": name, "decoding": result.decoding, "score": asdict(whole.score)}
            row |= {"pass@1": asdict(whole.passed[1]), "valid@1": asdict(whole.valid[1])}
            if row not in rates:
                rates.append(row)
    took = {run_name(plan, seed, arm): seconds(arm.folder(plan, seed)) for seed, arm in finished}
    return {
        "system": {**system(command), "threads of a run": 1},
        "seconds": {name: round(time) for name, time in took.items()},
        "rates": rates,
        "mean reward by step": {
            run_name(plan, seed, arm): curve(arm.folder(plan, seed)) for seed, arm in finished if arm.stage == "grpo"
        },
        "differences from sft": differences(plan, seeds, SFT, [arm for arm in arms if arm is not SFT]),
    }


def differences(plan: Plan, seeds: Sequence[int], before: Arm, arms: Sequence[Arm]) -> list[dict[str, Any]]:
    """Return what each finished arm gains over another one, seed by seed, paired task by task."""
    found = []
    for seed in seeds:
        for arm in arms:
            pair = [evaluation(plan, seed, one) for one in (before, arm)]
            if all(map(is_complete, pair)):
                gained = compare([str(one) for one in pair])[1]
                found += [{"seed": seed, "policy": arm.name, **asdict(one)} for one in gained]
    return found


def curve(stage: Path) -> dict[int, float]:
    """Return the mean reward of GRPO's completions, step by step."""
    lines = [row for _, row in read_rows(stage / "metrics.jsonl")]
    return {row["step"]: round(row["reward"], 4) for row in lines if "reward" in row}


def table(result: Mapping[str, Any], rate: str = "pass@1", difference: str = "passed") -> str:
    """Return a rate of every seed as a Markdown table, in percent, and what each arm adds to SFT on average.

    Args:
        rate: The name of the rate in `rates`.
        difference: Its name in `differences from sft`.
    """
    seeds = sorted({row["seed"] for row in result["rates"]})
    lines = ["| policy | decoding | " + " | ".join(f"seed {seed}" for seed in seeds) + " | mean | over SFT |"]
    lines.append("|---" * (len(seeds) + 4) + "|")
    cells: dict[tuple[str, str], dict[int, Mapping[str, float]]] = {}
    for row in result["rates"]:
        cells.setdefault((row["policy"], row["decoding"]), {})[row["seed"]] = row[rate]
    for (policy, decoding), by_seed in cells.items():
        rates = list(by_seed.values())
        shown = [
            f"{one['value']:.1%} [{one['low']:.1%}, {one['high']:.1%}]" if one else ""
            for one in map(by_seed.get, seeds)
        ]
        gains = [
            one[difference]["value"]
            for one in result["differences from sft"]
            if (one["policy"], one["decoding"]) == (policy, decoding)
        ]
        gain = f"{100 * fmean(gains):+.1f}" if gains else ""
        mean = f"{fmean(one['value'] for one in rates):.1%}"
        lines.append(f"| {policy} | {decoding} | " + " | ".join(shown) + f" | {mean} | {gain} |")
    return "\n".join(lines)


def gains(differences: Sequence[Mapping[str, Any]]) -> str:
    """Return differences as a Markdown table: validity, score and pass@1 in points, with their intervals."""
    lines = ["| policy | decoding | seed | valid | score | pass@1 |", "|---" * 6 + "|"]
    for one in sorted(differences, key=lambda one: (one["policy"], one["decoding"], one["seed"])):
        cells = [
            "{:+.1f} [{:+.1f}, {:+.1f}]".format(*(100 * one[what][key] for key in ("value", "low", "high")))
            for what in ("valid", "score", "passed")
        ]
        lines.append(f"| {one['policy']} | {one['decoding']} | {one['seed']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def run_name(plan: Plan, seed: int, arm: Arm) -> str:
    """Return the name of an arm's run."""
    return f"{plan.name}-{seed}-{arm.name}"


def evaluation(plan: Plan, seed: int, arm: Arm) -> Path:
    """Return the folder of an arm's evaluation."""
    return plan.runs / run_name(plan, seed, arm) / "eval"


def is_complete(stage: Path) -> bool:
    """Return whether a stage is finished."""
    return (stage / "manifest.json").is_file() and manifest(stage).get("status") == "complete"


def manifest(stage: Path) -> dict[str, Any]:
    """Return a stage's manifest."""
    return _read(stage / "manifest.json")


def _read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def seconds(stage: Path) -> float:
    """Return how long a finished stage trained, with the loading of the model and without its gate."""
    told = manifest(stage)
    return (datetime.fromisoformat(told["trained"]) - datetime.fromisoformat(told["started"])).total_seconds()
