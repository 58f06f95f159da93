"""What `pip install iacrl` brings, and what one small file then costs.

    python benchmarks/install.py [--runs 20]

It builds a wheel, installs it into a fresh environment, and counts disk blocks with the bytecode that pip writes,
without pip and setuptools. Then it runs `iacrl validate FILE` again and again: processor time and peak memory, from the
start of Python to its exit. Packages come from the cache of pip, or over the network.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from record import ROOT, keep

#: What a wheel is built from, as in .dockerignore.
_SOURCES = ("src", "rewards", "configs", "datasets", "models", "pyproject.toml", "setup.py", "README.md", "LICENSE")
_NOT_OURS = ("pip", "setuptools", "pkg_resources", "_distutils_hack")
_SMALL_FILES = {
    "terraform": ("main.tf", 'resource "aws_s3_bucket" "logs" {\n  bucket = "acme-logs"\n}\n'),
    "kubernetes": (
        "web.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: nginx:1.27}]}\n",
    ),
}


def main() -> int:
    """Install, measure, print and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as room:
        source, venv = Path(room, "source"), Path(room, "venv")
        source.mkdir()
        for name in _SOURCES:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
            else:
                shutil.copy(ROOT / name, source)
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        pip = [str(venv / "bin" / "pip"), "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", room, source], check=True)
        [wheel] = Path(room).glob("iacrl-*.whl")
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        seconds, _ = _cost([*pip, "install", str(wheel)], environment)
        [packages] = venv.glob("lib/python*/site-packages")
        files = [path for path in packages.rglob("*") if not _is_not_ours(path, packages)]  # with folders, as `du` does
        numbers: dict[str, float] = {
            "wheel_mb": wheel.stat().st_size / 2**20,
            "installed_mb_in_blocks": sum(path.stat().st_blocks * 512 for path in files) / 2**20,
            "installed_mb_in_bytes": sum(path.stat().st_size for path in files if path.is_file()) / 2**20,
            "packages": sum(not _is_not_ours(path, packages) for path in packages.glob("*.dist-info")),
            "install_processor_s": seconds,
        }
        for domain, (name, text) in _SMALL_FILES.items():
            (Path(room) / name).write_text(text)
            command = [str(venv / "bin" / "iacrl"), "validate", str(Path(room) / name)]
            costs = [_cost(command, environment) for _ in range(runs)]
            numbers[f"{domain}_start_to_exit_s"] = statistics.median(seconds for seconds, _ in costs)
            numbers[f"{domain}_peak_mb"] = max(memory for _, memory in costs)
    limits = {
        "installed_mb_in_blocks": 60,
        "packages": 12,
        "terraform_start_to_exit_s": 0.2,
        "kubernetes_start_to_exit_s": 0.2,
    }
    return 0 if keep("install", numbers, {name: ("at most", limit) for name, limit in limits.items()}) else 1


def _is_not_ours(path: Path, packages: Path) -> bool:
    name = path.relative_to(packages).parts[0]
    return name == "distutils-precedence.pth" or name.partition("-")[0] in _NOT_OURS


def _cost(command: Sequence[str], environment: dict[str, str]) -> tuple[float, float]:
    """Return the processor time of a command in seconds, and its peak memory in MiB."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
