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
import sys
from pathlib import Path

from arms import GRPO, SFT, Arm, Plan, each, figures, longer_sft, table
from record import RESULTS

from iacrl.files import read_rows
from iacrl.runs.splits import read_split
from iacrl.tasks import write_tasks
from iacrl.training.rows import sft_tasks

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
    seeds = options.seeds
    plan = Plan("learn", "tiny-learn", options.runs, tuple(options.settings), options.jobs)
    each(plan, ((seed, SFT) for seed in seeds))
    each(plan, ((seed, GRPO) for seed in seeds))
    arms = [SFT, GRPO]
    if options.earlier:
        arms.append(Arm("grpo-earlier", "grpo", trained=options.earlier))
        each(plan, ((seed, arms[-1]) for seed in seeds))
    if options.ablation:
        each(
            plan,
            ((seed, arm) for seed in seeds for arm in (SYNTAX, VALID, longer_sft(plan, seed), all_gold(plan, seed))),
        )
        arms += [SYNTAX, VALID, Arm("sft-longer", "sft"), Arm("sft-all-gold", "sft")]
    result = figures(plan, seeds, arms, " ".join(["python benchmarks/learn.py", *sys.argv[1:]]))
    options.to.write_text(json.dumps(result, indent=1) + "\n")
    print(table(result))


def all_gold(plan: Plan, seed: int) -> Arm:
    """SFT given the gold answers of its own rows and of every prompt that GRPO saw, four passes over them."""
    config = plan.config()
    train = read_split(config, "train")
    samples = read_rows(GRPO.folder(plan, seed) / "samples.jsonl")
    known = {task.id for task in sft_tasks(config, train)} | {row["task"] for _, row in samples}
    rows = (plan.runs / f"gold-{seed}.jsonl").resolve()
    write_tasks(rows, (task for task in train.tasks if task.id in known))
    return Arm("sft-all-gold", "sft", (f"data.train={rows}", "data.sft_rows=null", "sft.epochs=4"))


if __name__ == "__main__":
    main()
