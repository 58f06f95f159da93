"""What the benchmarks share: fresh processes, targets, and the file with the result."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"


def fresh_process_ms(code: str, text: str, runs: int) -> float:
    """Return, in milliseconds, the median of the seconds that a program measures and prints.

    Python finds the modules compiled to bytecode, as after `pip install`: a first process compiles them.

    Args:
        code: The code that a fresh interpreter runs; it reads `text` from its standard input.
        text: Its input.
        runs: How often it runs.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        environment["PYTHONPYCACHEPREFIX"] = folder
        times = [_printed(code, text, environment) for _ in range(runs + 1)]
    return statistics.median(times[1:]) * 1000


def _printed(code: str, text: str, environment: Mapping[str, str]) -> float:
    command = [sys.executable, "-c", code]
    return float(
        subprocess.run(command, input=text, capture_output=True, text=True, check=True, env=environment).stdout
    )


def keep(name: str, numbers: Mapping[str, float], targets: Mapping[str, tuple[str, float]]) -> bool:
    """Print the numbers and which targets are met, write both to `results/NAME.json`, and return whether all are met.

    Args:
        name: The name of the benchmark's file.
        numbers: What was measured.
        targets: For some of the numbers, `"at least"` or `"at most"` and the limit.
    """
    met = {}
    for label, number in numbers.items():
        words = ""
        if label in targets:
            bound, limit = targets[label]
            met[label] = number >= limit if bound == "at least" else number <= limit
            words = f"  target: {bound} {limit:g}: {'met' if met[label] else 'MISSED'}"
        print(f"{label:44} {number:10.3f}{words}")
    kept = {
        "system": system(f"python benchmarks/{name}.py"),
        "numbers": {label: round(number, 4) for label, number in numbers.items()},
        "targets_met": met,
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(kept, indent=1) + "\n")
    return all(met.values())


def system(command: str) -> dict[str, Any]:
    """Return the context of a result: the command, the commit, the date and the machine."""
    changed = "-changed" if _git("status", "--porcelain", "--", "src") else ""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    return {
        "command": command,
        "commit": (_git("rev-parse", "--short", "HEAD") or "unknown") + changed,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": platform.machine(),
        "processor": next(
            (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
        ),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
