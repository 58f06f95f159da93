"""Compare the doctor's estimate with the peak memory of real stages on a CPU: python benchmarks/memory.py

Each row runs `iacrl doctor`, `iacrl sft` and `iacrl grpo` of the demonstration's recipe with few steps, each in a
process of its own. The peak is what the system counts for that process: its greatest resident set. The ratios of
estimate and peak go to benchmarks/results/memory.json, with the targets that they are compared with.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from record import keep

#: A row's name to what it changes in the recipe `tiny-cpu`.
ROWS: dict[str, tuple[str, ...]] = {
    "NF4, adapter": (),
    "fp32, small batches": ("model.quantization=none", "sft.batch_size=4", "grpo.batch_size=16"),
    "whole model": (
        "model.quantization=none",
        "lora=null",
        "grpo.rollout=policy",
        "grpo.learning_rate=1e-4",
        "sft.learning_rate=1e-4",
    ),
}
FEW = ("sft.epochs=4", "grpo.steps=2", "gates.action=warn", "grpo.warmup_steps=0", "sft.warmup_steps=0")
#: An estimate below the peak would let a run start that does not fit; one far above it would forbid runs that do.
LOWEST, HIGHEST = 0.85, 1.4


def main() -> int:
    """Measure every row and keep the ratios."""
    numbers, targets = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for row, changes in ROWS.items():
            settings = [*FEW, *changes, f"run.dir={folder}", f"run.name={row.split()[0].strip(',').lower()}"]
            for stage, (said, peak) in estimates_and_peaks(settings, Path(folder) / "out").items():
                name = f"{row}, {stage}: estimate / peak"
                numbers[f"{row}, {stage}: peak, MiB"] = peak / 2**20
                numbers[name] = said / peak
                targets[name] = ("at least", LOWEST) if said < peak else ("at most", HIGHEST)
    return 0 if keep("memory", numbers, targets) else 1


def estimates_and_peaks(settings: list[str], log: Path) -> dict[str, tuple[int, int]]:
    """Return each stage's estimate and peak, in bytes."""
    doctor = [sys.executable, "-m", "iacrl", "doctor", "--config", "tiny-cpu", *settings, "--format", "json"]
    said = json.loads(subprocess.run(doctor, capture_output=True, text=True, check=False).stdout)["stages"]
    return {stage: (said[stage]["peak"], peak_of(stage, settings, log)) for stage in ("sft", "grpo")}


def peak_of(stage: str, settings: list[str], log: Path) -> int:
    """Run a stage, and return the greatest resident set of its process in bytes."""
    with log.open("w") as output:
        command = [sys.executable, "-m", "iacrl", stage, "--config", "tiny-cpu", *settings]
        running = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(running.pid, 0)
    if status:
        raise SystemExit(f"iacrl {stage} failed:\n{log.read_text()}")
    return used.ru_maxrss if sys.platform == "darwin" else used.ru_maxrss * 1024  # bytes there, KiB elsewhere


if __name__ == "__main__":
    raise SystemExit(main())
