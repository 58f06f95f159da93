"""What `make demo` runs: SFT, GRPO and evaluation of the recipe `tiny-cpu`, or the rest of them after an interruption.

A complete stage does not run again. An interrupted stage continues from its last checkpoint. Once all three
are complete, the next call starts again from the beginning.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

RUN = Path("runs/tiny-cpu")
STAGES = {"sft": 1, "grpo": 4, "eval": 3}
"""The stages, with the minutes that each takes on two cores."""


def main() -> int:
    """Run what is left to do, and return the exit status of the first stage that fails, or 0."""
    left = begin(RUN)
    minutes = sum(STAGES[stage] for stage in left)
    print(f"The demonstration needs no network. It takes about {minutes} minutes on two cores: {', '.join(left)}.")
    print("Interrupt it at any time: the next `make demo` goes on from there.", flush=True)
    for stage, option in left.items():
        status = iacrl(stage, option)
        if status == 2 and option == "--resume":
            print(f"Beginning {stage} again from its start.", flush=True)
            status = iacrl(stage, "--overwrite")
        if status:
            return status
    return 0


def begin(run: Path) -> dict[str, str]:
    """Return the stages that are left to do, each with `--resume` or `--overwrite`; clear a finished run away.

    Args:
        run: The run's directory, with a directory for each stage that was begun.
    """
    if _status(run / "eval") == "complete":
        for stage in STAGES:
            shutil.rmtree(run / stage)
    left: dict[str, str] = {}
    for stage in STAGES:
        status = _status(run / stage)
        if left or status != "complete":
            left[stage] = "--overwrite" if left or status is None else "--resume"
    return left


def iacrl(stage: str, option: str) -> int:
    """Run a stage as a user would, and return its exit status."""
    return subprocess.run(
        [sys.executable, "-m", "iacrl", stage, "--config", "tiny-cpu", option], check=False
    ).returncode


def _status(stage: Path) -> str | None:
    try:
        return str(json.loads((stage / "manifest.json").read_text(encoding="utf-8"))["status"])
    except (OSError, ValueError, KeyError):
        return None


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
