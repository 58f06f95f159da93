"""Time `make demo`, and keep its figures and its picture: python benchmarks/demo.py

Runs the three stages as `make demo` does. The figures go to benchmarks/results/demo.json. The picture in the README
goes to docs/figures. The table of the README is printed.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from record import RESULTS, ROOT, system

from iacrl.evaluation.figures import Evaluation, read_evaluation
from iacrl.evaluation.text_tables import percent

RUN = Path("runs/tiny-cpu")
FIGURES = ROOT / "docs" / "figures"


def main() -> None:
    """Run, measure and save the results."""
    seconds = {}
    for stage in ("sft", "grpo", "eval"):
        seconds[stage] = timed(stage, "--config", "tiny-cpu", "--overwrite")
    with tempfile.TemporaryDirectory() as folder:
        iacrl("report", str(RUN), "--format", "png", "--out", f"{folder}/png")
        FIGURES.mkdir(parents=True, exist_ok=True)
        for theme in ("light", "dark"):
            shutil.copyfile(f"{folder}/png/overview-{theme}.png", FIGURES / f"overview-{theme}.png")
    evaluation = read_evaluation(RUN / "eval")
    kept = {"system": system("python benchmarks/demo.py"), "seconds": seconds, **figures(evaluation)}
    (RESULTS / "demo.json").write_text(json.dumps(kept, indent=1) + "\n")
    print(table(evaluation))


def iacrl(*arguments: str) -> None:
    """Run a command as a user would."""
    subprocess.run([sys.executable, "-m", "iacrl", *arguments], check=True)


def timed(*arguments: str) -> dict[str, float]:
    """Run a command, and return its wall and processor time in seconds."""
    start, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    iacrl(*arguments)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": round(time.monotonic() - start), "processor": round(processor)}


def figures(evaluation: Evaluation) -> dict[str, Any]:
    """Return the rates of every policy by domain, and the paired differences."""
    rates = [
        {
            "policy": result.policy,
            "decoding": result.decoding,
            "tasks": part.name,
            "pass@1": asdict(part.rates.passed[1]),
            "valid@1": asdict(part.rates.valid[1]),
            "score": asdict(part.rates.score),
        }
        for result in evaluation.results
        for part in result.slices
        if part.by in {"all", "domain"}
    ]
    return {"rates": rates, "differences": [asdict(one) for one in evaluation.differences]}


def table(evaluation: Evaluation) -> str:
    """Return the README's table in Markdown."""
    lines = ["| pass@1, % [95 % interval] | terraform | kubernetes | all | valid |", "|---|---|---|---|---|"]
    for result in evaluation.results:
        cells = [result.rates("domain", name).passed[1] for name in ("terraform", "kubernetes")]
        cells += [result.rates().passed[1], result.rates().valid[1]]
        name = f"*{result.policy}*" if result.trivial else f"{result.policy}, {result.decoding}"
        lines.append(f"| {name} | {' | '.join(map(percent, cells))} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
