"""The GitHub Action: its last step, run by bash as a runner does."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
STEPS = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"]


@pytest.fixture
def program(tmp_path):
    program = tmp_path / "iacrl"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m iacrl "$@"\n')
    program.chmod(0o755)
    return program


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_the_last_step_judges_and_annotates(tmp_path, program):
    (tmp_path / "two words").mkdir()
    (tmp_path / "two words" / "main.tf").write_text('resource "aws_s3_bucket" "a" {\n  bukcet = "a"\n}\n')
    (tmp_path / "fine").mkdir()
    (tmp_path / "fine" / "main.tf").write_text('variable "a" {}\n')

    def run(paths, sarif=""):
        given = {"PATHS": paths, "ARGUMENTS": "--strict\n", "SARIF": sarif, "IACRL": str(program)}
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[-1]["run"]],
            env={**os.environ, **given, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    done = run("two words\nfine\n", "found.sarif")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::error file=two words/main.tf,line=2,")
    (found,) = json.loads((tmp_path / "found.sarif").read_text())["runs"][0]["results"]
    assert found["ruleId"] == "TF304"
    assert run("fine").returncode == 0


def test_no_step_writes_an_input_into_its_script():
    """It would be run as code; inputs come as variables of the environment."""
    assert [step for step in STEPS if "${{" in step.get("run", "")] == []


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_no_module_of_what_is_judged_is_imported(tmp_path):
    """The working directory may be a stranger's branch, with a `venv.py` in it."""
    for name in ("venv", "pip", "logging"):
        (tmp_path / f"{name}.py").write_text("open('imported', 'w')\n")
    given = {"ACTION": str(tmp_path / "nowhere"), "HOME_OF_IACRL": str(tmp_path / "home")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[1]["run"]]
    subprocess.run(command, env={**os.environ, **given, "PATH": path}, cwd=tmp_path, capture_output=True, check=False)
    assert (tmp_path / "home").is_dir() and not (tmp_path / "imported").exists()
