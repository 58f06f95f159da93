"""What scoring a batch costs, warm and with nothing cached, and its share of a step. Run: python benchmarks/rewards.py

64 completions of about 40 lines, half of them Terraform and half Kubernetes, by the default rubric: as GRPO has them
(8 tasks, 8 completions of each), and each for a task of its own. Half of them are the gold answer in another wording,
half have a line too few. The unit that other work on the machine hardly changes is processor seconds (this process,
the host and its workers); wall time is the best of many batches. The step is one of the shipped tiny recipe.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from iacrl.prompt import build_answer
from iacrl.scoring.rubric import default_rubric
from iacrl.scoring.runtime import Limits, Runtime
from iacrl.tasks import Task, load_tasks

ROOT = Path(__file__).parent.parent
RESULT = ROOT / "benchmarks" / "results" / "rewards.json"
BATCH = 64
LINES = 40
ROUNDS = 30
STEPS = 8

Pairs = list[tuple[str, Task]]


def long_tasks(count: int) -> list[Task]:
    """The shipped test tasks whose gold answers come nearest to the length, half of each domain."""
    return [
        task
        for domain in ("terraform", "kubernetes")
        for task in sorted(
            load_tasks(domain, split="test"), key=lambda task: abs(len(task.output.splitlines()) - LINES)
        )[: count // 2]
    ]


def batch(tasks: list[Task], round_: int) -> Pairs:
    """One batch that no batch before it has told anything about."""
    pairs = []
    for number in range(BATCH):
        task = tasks[number * len(tasks) // BATCH]
        lines = build_answer(task)[0]["content"].splitlines()
        if number % 2:
            del lines[len(lines) // 2 + number % 5]
        lines.insert(1, f"# {round_}.{number}")
        pairs.append(("\n".join(lines), task))
    return pairs


def used_s(host: int | None) -> float:
    processes = [psutil.Process(), *([psutil.Process(host), *psutil.Process(host).children()] if host else [])]
    return sum(one.cpu_times().user + one.cpu_times().system for one in processes)


def measure(tasks: list[Task], score: Callable[[Pairs], object], host: int | None) -> dict[str, float]:
    for round_ in range(5):
        score(batch(tasks, -1 - round_))
    batches = [batch(tasks, round_) for round_ in range(ROUNDS)]
    walls = []
    used = used_s(host)
    for pairs in batches:
        started = time.perf_counter()
        score(pairs)
        walls.append(time.perf_counter() - started)
    each = (used_s(host) - used) / ROUNDS / BATCH
    return {
        "best_ms": min(walls) * 1000,
        "median_ms": statistics.median(walls) * 1000,
        "processor_ms_each": each * 1000,
        "completions_per_core_s": 1 / each,
    }


def scoring() -> dict[str, Any]:
    rubric = default_rubric()
    results: dict[str, Any] = {}
    for name, count in (("8 tasks of 8", BATCH // 8), (f"{BATCH} tasks of 1", BATCH)):
        tasks = long_tasks(count)
        results[f"in process, {name}"] = measure(tasks, lambda pairs: [rubric.score(*pair) for pair in pairs], None)
        with Runtime(rubric, Limits()) as runtime:
            runtime.start()
            results[f"runtime, {name}"] = measure(
                tasks, lambda pairs: runtime.score_batch(*map(list, zip(*pairs, strict=True))), runtime.host_pid
            )
    return results


def step_share() -> dict[str, float]:
    """Train the tiny recipe for a few steps, and compare what TRL says a step took with what scoring says."""
    with tempfile.TemporaryDirectory() as folder:
        common = ["--config", "tiny-cpu", f"run.dir={folder}", f"grpo.steps={STEPS}", f"grpo.save_every={STEPS}"]
        for stage in ("sft", "grpo"):
            subprocess.run([sys.executable, "-m", "iacrl", stage, *common, *sys.argv[1:]], check=True)
        file = Path(folder) / "tiny-cpu" / "grpo" / "metrics.jsonl"
        rows = [json.loads(line) for line in file.read_text().splitlines()][1:]  # the first step warms up
    scored = statistics.fmean(row["scoring/seconds"] for row in rows)
    step = statistics.fmean(row["step_time"] for row in rows)
    return {"scoring_s": scored, "step_s": step, "share": scored / step}


def main() -> None:
    results = scoring()
    for name, found in results.items():
        print(
            f"{name:28} {found['best_ms']:6.1f} ms best, {found['median_ms']:6.1f} ms median, "
            f"{found['processor_ms_each']:5.2f} ms of a core each, {found['completions_per_core_s']:5.0f} /core/s"
        )
    step = step_share()
    print(f"scoring is {step['share']:.1%} of a GRPO step ({step['scoring_s']:.3f} s of {step['step_s']:.2f} s)")
    system = {"machine": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()}
    RESULT.write_text(json.dumps({"system": system, "batches": results, "grpo_step": step}, indent=1) + "\n")


if __name__ == "__main__":
    main()
