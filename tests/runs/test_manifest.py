"""What a manifest says of where iacrl came from."""

import shutil
import subprocess
from pathlib import Path

import pytest

import iacrl
from iacrl.config.recipes import load_config
from iacrl.runs.manifest import describe_circumstances


def checkout(folder: Path, package: Path) -> None:
    """Make a repository that holds iacrl's package there."""
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
        subprocess.run([*git, *arguments], check=True)


@pytest.fixture
def told(tmp_path, monkeypatch):
    if shutil.which("git") is None:
        pytest.skip("needs git")

    def run(place: str) -> dict | None:
        package = tmp_path / place / "iacrl"
        checkout(tmp_path, package)
        monkeypatch.setattr(iacrl, "__file__", str(package / "__init__.py"))
        return describe_circumstances(load_config("tiny-cpu"), "sft")["git"]

    return run


def test_the_commit_of_its_own_checkout(told, tmp_path):
    found = told("src")
    head = subprocess.run(["git", "-C", str(tmp_path), "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    assert found == {"commit": head.stdout.strip(), "dirty": False}


def test_not_the_commit_of_a_project_that_uses_it(told):
    assert told(".venv/lib/python3.11/site-packages") is None
