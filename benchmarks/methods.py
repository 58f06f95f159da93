"""What each way to learn from completions is worth: python benchmarks/methods.py [--only ARM ...] [key=value ...]

Every arm continues the same warm start of its seed, with as many completions as GRPO by the recipe. Beside that stands
what GRPO reaches in the same processor time: GRPO is trained at three lengths, and the rates between them are
interpolated. Each arm's learning rate is chosen among a half, one and two times the recipe's, by the score on
validation tasks, on a seed of its own (`--rates`). Longer GRPO and errors of the verdict take GRPO's rate.

The demonstration (`--recipe tiny-cpu`) has five seeds and 80 steps, so that one arm takes about three minutes of
processor time for a seed. `--recipe smollm2-135m --seeds 0 1 --only ...` is for the real model. Finished parts are not
repeated and interrupted ones are resumed, so a stopped command continues where it was. The figures of finished runs go
to benchmarks/results/methods-RECIPE.json (`--jobs 0` only writes them).

What the product does not have is in `benchmarks/tried`.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from arms import SFT, Arm, Plan, each, is_complete, manifest, train
from real import CACHE, fetch
from record import RESULTS, system
from tried.catalogue import QUIET, Tried, tried
from tried.comparing import compared, table

from iacrl.files import read_rows

#: Of the trials that choose the rates.
TUNING_SEED = 100
#: Validation tasks of a trial.
TUNING_ROWS = 104
#: GRPO's steps of two seconds, for about three minutes.
DEMONSTRATION = ("grpo.steps=80",)
WARM_START = replace(SFT, measured=("eval.repair=2",))


def main() -> None:
    """Train and measure what is missing, and write the figures of everything that is finished."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="tiny-cpu")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--only", action="append", metavar="ARM", help="only this arm, and GRPO; may be repeated")
    parser.add_argument("--rates", type=float, nargs="+", default=[0.5, 1.0, 2.0], help="times the recipe's own")
    parser.add_argument("--jobs", type=int, default=2, help="how many to train at a time, one thread each")
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
    each(plan, ((seed, WARM_START) for seed in seeds))
    if plan.jobs:
        train(plan, TUNING_SEED, SFT)
    chosen = choose(plan, [every["grpo"]], options.rates)
    every = tried(plan.config(), flat_share(plan, chosen["grpo"]) if chosen else 0.0)
    wanted = [every[name] for name in every if name == "grpo" or not options.only or name in options.only]
    chosen |= choose(plan, [one for one in wanted if one.tuned and one.arm.name != "grpo"], options.rates)
    arms = [at_rate(plan, one.arm, chosen.get(one.arm.name, chosen["grpo"])) for one in wanted] if chosen else []
    each(plan, ((seed, arm) for arm in arms for seed in seeds))
    found = compared(plan, seeds, WARM_START, arms)
    result = {"system": {**system(" ".join(["python benchmarks/methods.py", *sys.argv[1:]])), "threads of a run": 1}}
    result |= {"times the recipe's rate": chosen, **found}
    to = options.to or RESULTS / f"methods-{options.recipe}.json"
    to.write_text(json.dumps(result, indent=1) + "\n")
    print(table(found))


def at_rate(plan: Plan, arm: Arm, factor: float) -> Arm:
    """Return an arm with a multiple of the recipe's learning rate."""
    return replace(arm, overrides=(*arm.overrides, f"grpo.learning_rate={factor * plan.config().grpo.learning_rate:g}"))


def trial(plan: Plan, one: Tried, factor: float) -> Arm:
    """Return the arm that tries a rate: it measures itself on validation tasks when it ends."""
    arm = at_rate(plan, one.arm, factor)
    measured = (f"grpo.eval_every={one.steps}", f"grpo.eval_rows={TUNING_ROWS}")
    return replace(arm, name=f"{arm.name}-rate-{factor:g}", overrides=(*arm.overrides, *measured))


def choose(plan: Plan, ones: list[Tried], rates: list[float]) -> dict[str, float]:
    """Return the factor of each arm with the highest score after its trial. An arm with an open trial is left out."""
    trials = [trial(plan, one, factor) for one in ones for factor in rates]
    if plan.jobs:
        with ThreadPoolExecutor(plan.jobs) as pool:
            list(pool.map(lambda arm: train(plan, TUNING_SEED, arm), trials))
    chosen = {}
    for one in ones:
        places = {factor: trial(plan, one, factor).folder(plan, TUNING_SEED) for factor in rates}
        if all(map(is_complete, places.values())):
            scores = {factor: manifest(place)["validation"]["last"]["score"] for factor, place in places.items()}
            chosen[one.arm.name] = max(scores, key=scores.__getitem__)
    return chosen


def flat_share(plan: Plan, factor: float) -> float:
    """Return the share of groups without variance in the trial of GRPO at its chosen rate."""
    folder = trial(plan, tried(plan.config())["grpo"], factor).folder(plan, TUNING_SEED)
    rows = [row for _, row in read_rows(folder / "metrics.jsonl") if "flat_groups" in row]
    return sum(row["flat_groups"] for row in rows) / len(rows)


if __name__ == "__main__":
    main()
