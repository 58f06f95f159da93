"""What is known of finished runs, one line each in a file of the results. It outlives the folders of the runs.

So a comparison of many hours may be spread over days and machines.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from threading import Lock
from typing import Any, cast

from arms import Arm, Plan, evaluation, manifest, run_name
from record import ROOT, system

from iacrl.config.recipes import load_config
from iacrl.evaluation.rates import cluster_of, gather
from iacrl.files import read_rows, write_atomically
from iacrl.scoring.samples import ScoredSample, read_samples
from tried.scores import only_errors

#: Figures of a task, the mean over its samples.
FIGURES = {
    "pass@1": lambda one: float(one.passed),
    "valid@1": lambda one: float(one.valid),
    "score": lambda one: one.score or 0.0,
}


class Kept:
    """The lines of a file: one for each run, with a digest of what was asked of it, and one for each set of tasks."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lines = {row["name"]: row for _, row in read_rows(file)} if file.exists() else {}
        self._lock = Lock()

    def families(self, line: Mapping[str, Any]) -> Mapping[str, str]:
        """Return the tasks that a run was measured on, in order, each with its family."""
        return cast(Mapping[str, str], self._lines[line["tasks"]]["families"])

    def find(self, plan: Plan, seed: int, arm: Arm) -> dict[str, Any] | None:
        """Return the line of a run, if it was measured as it is asked now."""
        line = self._lines.get(run_name(plan, seed, arm))
        return line if line is not None and line["asked"] == _asked(plan, seed, arm) else None

    def add_trial(self, plan: Plan, seed: int, arm: Arm) -> None:
        """Keep what a finished trial of a rate says: its score on validation tasks, and its share of flat groups."""
        folder = arm.folder(plan, seed)
        score = manifest(folder)["validation"]["last"]["score"]
        self._add(plan, seed, arm, {"score": score, "flat groups": _flat_groups(folder)})

    def add_time(self, plan: Plan, seed: int, arm: Arm, seconds: float) -> None:
        """Keep the processor seconds of an arm's training."""
        self._add(plan, seed, arm, {"processor seconds": round(seconds)})

    def add(self, plan: Plan, seed: int, arm: Arm) -> None:
        """Keep what a finished and measured run gives: its counts, and the figures of every task."""
        gathered = gather(read_samples(evaluation(plan, seed, arm) / "samples.jsonl"))
        own = {key: tasks for key, tasks in gathered.items() if key[0].startswith(arm.stage)}
        answered = sorted(next(iter(own.values())).items())
        families = {task: str(cluster_of(samples[0])) for task, samples in answered}
        name = f"tasks {hashlib.sha256(json.dumps(families).encode()).hexdigest()[:12]}"
        figures: dict[str, Any] = {"tasks": name}
        if arm.stage == "grpo":
            figures |= _counts(plan, seed, arm)
        figures["answers"] = [_answers(*key, [of_key[task] for task in families]) for key, of_key in own.items()]
        self._add(plan, seed, arm, figures, {"name": name, "families": families})

    def _add(
        self, plan: Plan, seed: int, arm: Arm, figures: dict[str, Any], tasks: Mapping[str, Any] | None = None
    ) -> None:
        run = run_name(plan, seed, arm)
        measured = {key: value for key, value in system("").items() if key in ("commit", "date", "processor")}
        line = {"name": run, "asked": _asked(plan, seed, arm), **measured, **figures}
        with self._lock:
            self._lines |= {one["name"]: one for one in (line, tasks) if one is not None}
            lines = [json.dumps(self._lines[name]) + "\n" for name in sorted(self._lines)]
            write_atomically(self._file, "".join(lines))


def _asked(plan: Plan, seed: int, arm: Arm) -> str:
    """Return a digest of all that decides what a run gives, wherever it and its model are."""
    settings = [one for one in plan.settings if not one.startswith("model.id=")]
    asked = load_config(plan.recipe, [*settings, f"run.seed={seed}", *arm.overrides, *arm.measured]).to_yaml()
    here = asked.replace(str(ROOT), ".")
    return hashlib.sha256(f"{arm.method}\n{here}".encode()).hexdigest()[:12]


def _answers(policy: str, decoding: str, samples: Sequence[Sequence[ScoredSample]]) -> dict[str, Any]:
    """Return the figures of every task, and the tokens of a mean answer with those of the answers that it repairs."""
    spent = [one.tokens if one.spent is None else one.spent for of_task in samples for one in of_task]
    tokens = round(fmean(one for one in spent if one is not None), 1)
    found: dict[str, Any] = {"policy": policy, "decoding": decoding, "tokens": tokens}
    for name, figure in FIGURES.items():
        found[name] = [round(fmean(map(figure, of_task)), 3) for of_task in samples]
    return found


def _flat_groups(stage: Path) -> float:
    """Return the share of groups without variance in a GRPO."""
    rows = [row for _, row in read_rows(stage / "metrics.jsonl") if "flat_groups" in row]
    return round(fmean(row["flat_groups"] for row in rows), 4)


def _counts(plan: Plan, seed: int, arm: Arm) -> dict[str, float]:
    """Return what a training generated: completions, flat groups, and the share of wrong verdicts."""
    folder = arm.folder(plan, seed)
    sampled = [row for _, row in read_rows(folder / "samples.jsonl")]
    found = {"completions": len(sampled), "flat groups": _flat_groups(folder)}
    name, _, value = arm.method.partition(":")
    if name == "flip":
        found["wrong verdicts"] = float(value)
    elif name == "blind":
        found["wrong verdicts"] = round(fmean(only_errors(row, value.split(",")) for row in sampled), 3)
    return found
