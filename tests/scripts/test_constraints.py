"""constraints.txt names one version of every dependency, within the ranges that users get."""

import re
import runpy
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LINES = [line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
PINNED = dict(line.split("==") for line in LINES)
EXTRAS = PROJECT["optional-dependencies"]


def wanted(lines):
    for line in lines:
        own = Requirement(line).extras if line.startswith("iacrl[") else ()
        yield from wanted(word for extra in own for word in EXTRAS[extra]) if own else (line,)


NEEDED = {*wanted(PROJECT["dependencies"]), *wanted(EXTRAS["dev"])}  # what `make` installs


@pytest.mark.parametrize("needed", sorted(NEEDED))
def test_each_dependency_has_one_version_in_its_range(needed):
    requirement = Requirement(needed)
    version = PINNED.get(canonicalize_name(requirement.name))
    assert version, f"constraints.txt lacks {requirement.name}: add its version, or run `make upgrade`"
    assert requirement.specifier.contains(version), f"{requirement.name} {version} is out of {requirement.specifier}"


def test_it_holds_plain_versions_only():
    assert sorted(LINES) == LINES
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.-]*==[0-9][0-9a-z.]*", line) for line in LINES)


def test_the_script_writes_the_same_form():
    written = runpy.run_path(str(ROOT / "scripts" / "constraints.py"))["constraints"]().splitlines()
    comments = [line for line in written if line[0] == "#"]
    assert (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()[: len(comments)] == comments
    lines = written[len(comments) :]
    assert lines == sorted(lines) and {"torch", "pytest"} < {line.split("==")[0] for line in lines}
    assert not [line for line in lines if "+" in line or line.startswith(("iacrl", "nvidia-"))]
