"""A search on the demonstration: 20 trials of learning rate and rank, and whether the best of them is better.

python benchmarks/sweep.py [--trials 20] [--jobs 1] [--seeds 0 1 2] [section.key=value ...]

`iacrl sweep` compares the trials by the validation of SFT and stops those below the median. The best of many trials on
few validation tasks looks better than it is. So the recipe and the best trial's settings are then trained with several
seeds, and measured on the test tasks. What is finished is not repeated, so a stopped command goes on where it was. The
trials, and the figures of finished runs, go to benchmarks/results/sweep.json. Settings change the recipe for all runs
(`--runs` and `--to` keep them apart).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from arms import SFT, Arm, Plan, each, figures, table
from record import RESULTS

from iacrl.files import read_rows
from iacrl.training.search_space import override

SPACE = "sft.learning_rate: {low: 2e-4, high: 5e-3, log: true}\nlora.rank: [4, 8, 16, 32]\n"
#: Four measurements of the 48 steps that SFT has.
MEASURED = "sft.eval_every=12"


def main() -> None:
    """Search, train and measure what is missing, and write all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=1, help="how many to train at a time, one thread each")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="of the comparison on the test tasks")
    parser.add_argument("--runs", type=Path, default=Path("runs/sweep"), help="the folder of the runs")
    parser.add_argument("--to", type=Path, default=RESULTS / "sweep.json", help="the file of the figures")
    parser.add_argument("settings", nargs="*", metavar="section.key=value")
    options = parser.parse_args()
    plan = Plan("sweep", "tiny-cpu", options.runs, tuple(options.settings), options.jobs)
    trials = search(plan, options.trials)
    best = Arm("sft-best", "sft", tuple(override(name, trials[0][name]) for name in ("sft.learning_rate", "lora.rank")))
    each(plan, ((seed, arm) for seed in options.seeds for arm in (SFT, best)))
    result = figures(plan, options.seeds, [SFT, best], " ".join(["python benchmarks/sweep.py", *sys.argv[1:]]))
    options.to.write_text(json.dumps({**result, "best": best.overrides, "trials": trials}, indent=1) + "\n")
    print(table(result))


def search(plan: Plan, trials: int) -> list[dict[str, Any]]:
    """Run the trials that are missing; return all, the best first, each with the last step that it measured."""
    plan.runs.mkdir(parents=True, exist_ok=True)
    space = plan.runs / "space.yaml"
    space.write_text(SPACE)
    command = [
        sys.executable,
        "-m",
        "iacrl",
        "sweep",
        "--config",
        plan.recipe,
        "--space",
        str(space),
        "--format",
        "json",
    ]
    command += ["--trials", str(trials), "--jobs", str(plan.jobs), f"run.dir={plan.runs}", MEASURED, *plan.settings]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)["trials"]
    folder = plan.runs / f"{plan.config().run.name}-sweep"
    for row in found:
        measured = folder / f"trial-{row['trial']:03}" / "sft" / "validation.jsonl"
        row["measured_until_step"] = [line["step"] for _, line in read_rows(measured)][-1]
    return found


if __name__ == "__main__":
    main()
