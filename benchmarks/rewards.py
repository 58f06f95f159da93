"""The cost of scoring a batch, warm and with nothing cached, and its share of a GRPO step.

    python benchmarks/rewards.py [--rounds 60] [--metrics runs/NAME/grpo/metrics.jsonl]

A batch is 64 completions of about 40 lines, half Terraform and half Kubernetes, scored by the default rubric. There are
two kinds. `grouped` is as in GRPO: 8 new tasks in each round, with 8 completions each. `spread` has the same 64 tasks
in every round, with one completion each. Half are the gold answer with one more comment; half lack a line. No round
repeats a text of an earlier one. The first rounds do not count, because they meet kinds of resources for the first
time.

For each batch it measures the wall time that a trainer waits, and the processor time of all processes involved (this
process, the host, its workers). Other work on the machine can only add to either. So the best round counts, and the
median is reported next to it. The wall time of the best round must meet the target; that takes two free cores. Half of
the processor time is the best that two free cores could do, with the work split evenly and without waiting. If that is
over the target, no idle machine of this kind meets it.

The GRPO step is from the shipped tiny recipe, trained for a few steps here, or from a recorded run: `--metrics`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
from record import keep

from iacrl.scoring.rubric import default_rubric
from iacrl.scoring.runtime import Limits, Runtime
from iacrl.tasks import Task, load_tasks
from iacrl.tasks.prompt import build_answer

BATCH = 64
LINES = 40
WARM_UP = 20
STEPS = 5
TARGETS = {"grouped_wall_ms": ("at most", 25.0), "spread_wall_ms": ("at most", 25.0)}

Pairs = list[tuple[str, Task]]


def long_tasks(count: int) -> list[Task]:
    """The shipped tasks whose gold answers are nearest to the length: four tasks of each domain in turn."""
    terraform, kubernetes = (
        sorted(load_tasks(domain, split="train"), key=lambda task: abs(len(task.output.splitlines()) - LINES))
        for domain in ("terraform", "kubernetes")
    )
    fours = (some[start : start + 4] for start in range(0, count // 2, 4) for some in (terraform, kubernetes))
    return [task for four in fours for task in four]


def batch(tasks: Sequence[Task], round_: int) -> Pairs:
    """One batch that shares no text with earlier batches."""
    pairs = []
    for number in range(BATCH):
        task = tasks[number * len(tasks) // BATCH]
        lines = build_answer(task)[0]["content"].splitlines()
        if number % 2:
            del lines[len(lines) // 2 + number % 5]
        lines.insert(1, f"# {round_}.{number}")
        pairs.append(("\n".join(lines), task))
    return pairs


def used_s(processes: Sequence[psutil.Process]) -> float:
    """Return the processor time of these processes, with all their threads."""
    if sys.platform == "linux":  # from their clocks (clock_getcpuclockid(3)): psutil's values have steps of 10 ms
        return sum(time.clock_gettime((~process.pid << 3) | 2) for process in processes)
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def measure(
    name: str, batches: Sequence[Pairs], score: Callable[[Pairs], object], processes: Sequence[psutil.Process]
) -> dict[str, float]:
    """Return the best and the median of the rounds, in milliseconds of a whole batch."""
    walls, processors = [], []
    for pairs in batches:
        used, started = used_s(processes), time.perf_counter()
        score(pairs)
        walls.append((time.perf_counter() - started) * 1000)
        processors.append((used_s(processes) - used) * 1000)
    walls, processors = walls[WARM_UP:], processors[WARM_UP:]
    return {
        f"{name}_wall_ms": min(walls),
        f"{name}_wall_median_ms": statistics.median(walls),
        f"{name}_processor_ms": min(processors),
        f"{name}_processor_median_ms": statistics.median(processors),
    }


def rows_ms(runtime: Runtime, pairs: Pairs) -> float:
    """Return the shortest time for the rows of `samples.jsonl`, which a trainer requests after the scores."""
    completions, tasks = map(list, zip(*pairs, strict=True))
    scored = runtime.score_batch(completions, tasks)
    taken = []
    for _ in range(WARM_UP):
        started = time.process_time()
        scored.rows(tasks, completions, step=1)
        taken.append((time.process_time() - started) * 1000)
    return min(taken)


def scoring(rounds: int) -> dict[str, float]:
    """Measure both kinds of batch, with a runtime that has a worker for each core, and without one in this process."""
    rubric = default_rubric()
    rounds += WARM_UP
    many, few = long_tasks(rounds * 8), long_tasks(BATCH)
    kinds = {
        "grouped": [batch(many[round_ * 8 : round_ * 8 + 8], round_) for round_ in range(rounds)],
        "spread": [batch(few, round_) for round_ in range(rounds)],
    }
    numbers: dict[str, float] = {}
    for name, batches in kinds.items():
        with Runtime(rubric, Limits()) as runtime:
            runtime.start()
            # The host forks its workers once it knows what a batch needs. Then they stay.
            runtime.score_batch(*map(list, zip(*batches[0], strict=True)))
            host = psutil.Process(runtime.host_pid)
            numbers |= measure(
                name,
                batches,
                lambda pairs: runtime.score_batch(*map(list, zip(*pairs, strict=True))),
                [psutil.Process(), host, *host.children(recursive=True)],
            )
            numbers[f"{name}_rows_ms"] = rows_ms(runtime, batches[-1])
        numbers[f"{name}_two_core_bound_ms"] = numbers[f"{name}_processor_ms"] / 2
        numbers[f"{name}_completions_per_core_s"] = BATCH / numbers[f"{name}_processor_ms"] * 1000
        alone = measure(name, batches, lambda pairs: [rubric.score(*pair) for pair in pairs], [psutil.Process()])
        numbers[f"{name}_without_runtime_ms"] = alone[f"{name}_processor_ms"]
    return numbers


def step_share(metrics: Path | None) -> dict[str, float]:
    """Compare the time of a step by TRL with the time of scoring, for a recorded run or one that is made here."""
    with tempfile.TemporaryDirectory() as folder:
        if metrics is None:
            common = ["--config", "tiny-cpu", f"run.dir={folder}", f"grpo.steps={STEPS}", f"grpo.save_every={STEPS}"]
            for stage in ("sft", "grpo"):
                subprocess.run([sys.executable, "-m", "iacrl", stage, *common], check=True)
            metrics = Path(folder) / "tiny-cpu" / "grpo" / "metrics.jsonl"
        rows = [json.loads(line) for line in metrics.read_text().splitlines()]
    steps = [row for row in rows if "step_time" in row and "scoring/seconds" in row][1:]  # the first one warms up
    scored = statistics.fmean(row["scoring/seconds"] for row in steps)
    step = statistics.fmean(row["step_time"] for row in steps)
    return {"steps": len(steps), "step_s": step, "step_scoring_s": scored, "step_scoring_share": scored / step}


def main() -> int:
    """Print the figures; exit 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--metrics", type=Path, help="metrics.jsonl of a GRPO run; by default a short run is made")
    options = parser.parse_args()
    numbers = {"rounds": options.rounds, "load_before": os.getloadavg()[0]}
    numbers |= scoring(options.rounds) | step_share(options.metrics)
    return 0 if keep("rewards", numbers, TARGETS) else 1


if __name__ == "__main__":
    sys.exit(main())
