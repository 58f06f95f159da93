"""docs/validate-in-tests.md, done: its files are written, its commands run, their output is what it shows."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pages import FENCE, STEP, as_pattern

import iacrl

ROOT = Path(__file__).parents[2]

MODULES = {"iacrl": "iacrl", "pre-commit": "pre_commit", "pytest": "pytest"}


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """Run a command in a folder that is a repository, with this environment's programs first."""
    if shutil.which("git") is None:
        pytest.skip("needs git")
    for name, value in {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(tmp_path / "pre-commit"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        # The other plug-ins of this environment only cost time.
        "PYTEST_ADDOPTS": "-p no:hypothesispytest -p no:anyio -p no:timeout -p no:xdist",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("IACRL_UPDATE", raising=False)

    def run(command, folder):
        program, _, rest = command.partition(" ")
        if program in MODULES:  # of this interpreter, also where its environment has no program of that name
            command = f"{shlex.quote(sys.executable)} -m {MODULES[program]} {rest}"
        done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.fixture
def hooks(shell, tmp_path):
    """A repository with this one's hooks, and the commit to ask for."""
    folder = tmp_path / "hooks"
    folder.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", folder)
    commit = "git -c user.name=a -c user.email=a@b commit -qm hooks"
    status, shown = shell(f"git init -q && git add --all && {commit} && git rev-parse HEAD", folder)
    assert status == 0, shown
    return folder, shown.strip()


def test_the_commands_of_the_page_do_what_it_shows(shell, hooks, tmp_path):
    page = (ROOT / "docs" / "validate-in-tests.md").read_text()
    project = tmp_path / "project"
    project.mkdir()
    shell("git init -q", project)
    ran = []
    for block in FENCE.finditer(page):
        if block["title"]:
            path = project / block["title"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_with_local_hooks(block["body"], *hooks))
        elif block["language"] == "console":
            for step in STEP.finditer(block["body"]):
                _, shown = shell(step["command"], project)
                assert as_pattern(step["output"]).search(shown), f"{step['command']}\n{shown}"
                ran.append(step["command"])
    assert len(ran) >= 8 and "pre-commit run" in ran
    _run_workflow(shell, project)


def _run_workflow(shell, project):
    (workflow,) = (project / ".github" / "workflows").iterdir()
    steps = yaml.safe_load(workflow.read_text())["jobs"]["iacrl"]["steps"]
    commands = [step["run"] for step in steps if not step.get("run", "pip").startswith("pip")]
    assert len(commands) == 1
    for command in commands:
        status, shown = shell(command, project)
        assert (status, shown) == (0, ""), command
    (uploaded,) = [step["with"]["sarif_file"] for step in steps if "upload-sarif" in step.get("uses", "")]
    assert '"version": "2.1.0"' in (project / uploaded).read_text()


def test_the_hooks_fail_on_what_is_invalid_and_judge_whole_modules(shell, hooks, tmp_path):
    project = tmp_path / "project"
    config = "repos: [{repo: URL, rev: v0.1.0, hooks: [{id: ID, language: system}]}]\n".replace("URL", str(hooks[0]))
    for name, text in {
        "main.tf": 'output "a" {\n  value = var.region\n}\n',
        "variables.tf": 'variable "region" {}\n',
        "values.yaml": "replicas: 1\n",
        "pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: No_Name\nspec:\n  containers: []\n",
    }.items():
        project.mkdir(exist_ok=True)
        (project / name).write_text(text)
    shell("git init -q && git add --all", project)
    for hook, status, words in (
        ("iacrl-terraform", 0, "Passed"),
        ("iacrl-kubernetes", 1, "pod.yaml:4:9: error"),
    ):
        other = project / f"--out={tmp_path}" / f"{hook}.tf.yaml"  # with pre-commit's names it would be an option
        other.parent.mkdir(parents=True, exist_ok=True)
        other.write_text("a: 1\n")
        other.with_suffix("").write_text('variable "a" {}\n')
        text = config.replace("ID", hook).replace("v0.1.0", hooks[1])
        (project / ".pre-commit-config.yaml").write_text(text)
        shell("git add --all", project)
        found, shown = shell("pre-commit run --all-files", project)
        assert found == status and words in shown, shown
    assert {one.name for one in tmp_path.iterdir()} == {"hooks", "project", "pre-commit"}


def _with_local_hooks(text, folder, commit):
    return text.replace("https://github.com/iacrl/iacrl", str(folder)).replace(f"v{iacrl.__version__}", commit)
