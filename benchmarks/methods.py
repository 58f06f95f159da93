"""What each way to learn from completions is worth: python benchmarks/methods.py [--only ARM ...] [key=value ...]

Every arm continues the same warm start of its seed, with as many completions as GRPO by the recipe. Beside that is what
GRPO reaches in the same processor time: GRPO is trained at three lengths, and the rates between them are interpolated.
`--time` measures what the arms cost, all in one command, because the time for the same work differs by half between
days and with what else runs. Each arm's learning rate is chosen among a half, one and two times the recipe's, by the
score on validation tasks, on a seed of its own (`--rates`). Longer GRPO and errors of the verdict take GRPO's rate.

The demonstration (`--recipe tiny-cpu`) has five seeds and 48 steps, so that one arm takes about two minutes of
processor time for a seed. `--recipe smollm2-135m --seeds 0 1 --only ...` is for the real model. What each finished run
answered is kept in benchmarks/results/methods-RECIPE.jsonl, and interrupted runs are resumed. So a stopped command
continues where it was, also on another day or machine without the folders of its runs. The figures of the arms that
are finished for all seeds go to benchmarks/results/methods-RECIPE.json (`--jobs 0` only writes them).

What the product does not have is in `benchmarks/tried`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from arms import SFT, Arm, Plan, processor_seconds, train, train_and_measure
from real import CACHE, fetch
from record import RESULTS, system
from tried.catalogue import QUIET, Tried, tried
from tried.comparing import compared, table
from tried.kept import Kept

#: Of the trials that choose the rates.
TUNING_SEED = 100
#: Validation tasks of a trial.
TUNING_ROWS = 104
#: GRPO's steps of two seconds, for about two minutes.
DEMONSTRATION = ("grpo.steps=48",)
WARM_START = replace(SFT, measured=("eval.repair=2",))


def main() -> None:
    """Train and measure what is missing, and write the figures of everything that is finished."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="tiny-cpu")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--only", action="append", metavar="ARM", help="only this arm, and GRPO; may be repeated")
    parser.add_argument("--rates", type=float, nargs="+", default=[0.5, 1.0, 2.0], help="times the recipe's own")
    parser.add_argument("--jobs", type=int, default=2, help="how many to train at a time, one thread each")
    parser.add_argument(
        "--time", action="store_true", help="then measure the processor time of every arm, with nothing else running"
    )
    parser.add_argument("--runs", type=Path, help="the folder of the runs; by default runs/methods/RECIPE")
    parser.add_argument("--to", type=Path, help="the file of the figures")
    parser.add_argument("settings", nargs="*", metavar="section.key=value")
    options = parser.parse_args()
    settings = [*QUIET, "eval.rows=100", *(DEMONSTRATION if options.recipe == "tiny-cpu" else ()), *options.settings]
    if options.recipe == "smollm2-135m" and not any(setting.startswith("model.id=") for setting in settings):
        settings.append(f"model.id={fetch(CACHE)}")
    runs = options.runs or Path("runs/methods") / options.recipe
    plan = Plan("methods", options.recipe, runs, tuple(settings), options.jobs)
    every = tried(plan.config())
    unknown = set(options.only or ()) - set(every)
    if unknown:
        parser.error(f"no such arm: {', '.join(sorted(unknown))}; known: {', '.join(every)}")
    seeds = options.seeds
    to = options.to or RESULTS / f"methods-{options.recipe}.json"
    kept = Kept(to.with_suffix(".jsonl"))
    chosen = choose(plan, kept, [every["grpo"]], options.rates)
    every = tried(plan.config(), flat_share(plan, kept, chosen["grpo"]) if chosen else 0.0)
    wanted = [every[name] for name in every if name == "grpo" or not options.only or name in options.only]
    chosen |= choose(plan, kept, [one for one in wanted if one.tuned and one.arm.name != "grpo"], options.rates)
    arms = [at_rate(plan, one.arm, chosen.get(one.arm.name, chosen["grpo"])) for one in wanted] if chosen else []
    run_missing(plan, kept, [(seed, arm) for arm in (WARM_START, *arms) for seed in seeds])
    if options.time:
        time_arms(plan, kept, wanted)
    timed = {one.arm.name: kept.find(plan, TUNING_SEED, timing(one.arm)) for one in wanted}
    seconds = {name: line["processor seconds"] for name, line in timed.items() if line is not None}
    found = compared(kept, plan, seeds, WARM_START, arms, seconds)
    result = {"system": {**system(" ".join(["python benchmarks/methods.py", *sys.argv[1:]])), "threads of a run": 1}}
    result |= {"times the recipe's rate": chosen, **found}
    to.write_text(json.dumps(result, indent=1) + "\n")
    print(table(found))


def run_missing(plan: Plan, kept: Kept, asked: list[tuple[int, Arm]], *, trials: bool = False) -> None:
    """Train what is not kept yet, after the warm starts it needs; measure it, unless it is a trial; and keep it."""
    missing = [one for one in asked if kept.find(plan, *one) is None] if plan.jobs else []

    def run(one: tuple[int, Arm]) -> None:
        if trials:
            train(plan, *one)
            kept.add_trial(plan, *one)
        else:
            train_and_measure(plan, *one)
            kept.add(plan, *one)

    if missing:
        with ThreadPoolExecutor(plan.jobs) as pool:
            list(pool.map(lambda seed: train(plan, seed, SFT), dict.fromkeys(seed for seed, _ in missing)))
            list(pool.map(run, missing))


def timing(arm: Arm) -> Arm:
    """Return the name under which an arm's processor time is kept. Its rate costs nothing, so it has the recipe's."""
    return replace(arm, name=f"{arm.name}-time")


def time_arms(plan: Plan, kept: Kept, ones: list[Tried]) -> None:
    """Keep the processor seconds of each arm, from two short trainings: their difference tells what the steps cost."""
    train(plan, TUNING_SEED, SFT)

    def spent(steps: int, arm: Arm) -> float:
        short = replace(arm, name=f"{arm.name}-{steps}", overrides=(*arm.overrides, f"grpo.steps={steps}"))
        shutil.rmtree(short.folder(plan, TUNING_SEED), ignore_errors=True)
        train(plan, TUNING_SEED, short)
        return processor_seconds(plan, TUNING_SEED, short)

    def measure(one: Tried) -> None:
        arm, passes = timing(one.arm), plan.config(*one.arm.overrides).grpo.iterations
        few = max(1, one.steps // (12 * passes)) * passes
        more, first = 3 * few, spent(few, arm)
        step = (spent(more, arm) - first) / (more - few)
        kept.add_time(plan, TUNING_SEED, arm, first + (one.steps - few) * step)

    with ThreadPoolExecutor(max(1, plan.jobs)) as pool:
        list(pool.map(measure, ones))


def at_rate(plan: Plan, arm: Arm, factor: float) -> Arm:
    """Return an arm with a multiple of the recipe's learning rate."""
    return replace(arm, overrides=(*arm.overrides, f"grpo.learning_rate={factor * plan.config().grpo.learning_rate:g}"))


def trial(plan: Plan, one: Tried, factor: float) -> Arm:
    """Return the arm that tries a rate: it measures itself on validation tasks when it ends."""
    arm = at_rate(plan, one.arm, factor)
    measured = (f"grpo.eval_every={one.steps}", f"grpo.eval_rows={TUNING_ROWS}")
    return replace(arm, name=f"{arm.name}-rate-{factor:g}", overrides=(*arm.overrides, *measured))


def choose(plan: Plan, kept: Kept, ones: list[Tried], rates: list[float]) -> dict[str, float]:
    """Return the factor of each arm with the highest score after its trial. An arm with an open trial is left out."""
    trials = [(TUNING_SEED, trial(plan, one, factor)) for one in ones for factor in rates]
    run_missing(plan, kept, trials, trials=True)
    chosen = {}
    for one in ones:
        lines = {factor: kept.find(plan, TUNING_SEED, trial(plan, one, factor)) for factor in rates}
        scores = {factor: line["score"] for factor, line in lines.items() if line is not None}
        if len(scores) == len(rates):
            chosen[one.arm.name] = max(scores, key=scores.__getitem__)
    return chosen


def flat_share(plan: Plan, kept: Kept, factor: float) -> float:
    """Return the share of groups without variance in the trial of GRPO at its chosen rate."""
    line = kept.find(plan, TUNING_SEED, trial(plan, tried(plan.config())["grpo"], factor))
    assert line is not None, "the trial chose this factor"
    return float(line["flat groups"])


if __name__ == "__main__":
    main()
