"""What examples/ holds works as it is: the notebook, a reward in a package, a set-up for CI."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTEBOOK = json.loads((EXAMPLES / "notebook.ipynb").read_text(encoding="utf-8"))


def test_every_example_is_listed():
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert [
        each.name for each in EXAMPLES.iterdir() if each.name != "README.md" and f"]({each.name})" not in listed
    ] == []


def code_cells(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def printed(cell):
    return "".join("".join(output["text"]) for output in cell["outputs"])


def test_the_cells_of_the_notebook_print_what_is_kept_with_them(capsys):
    names: dict[str, object] = {}
    for cell in code_cells(NOTEBOOK):
        exec("".join(cell["source"]), names)
        assert capsys.readouterr().out == printed(cell)


def test_a_kernel_executes_the_notebook(tmp_path, monkeypatch):
    client = pytest.importorskip("nbclient", reason="needs nbclient and ipykernel: make docs installs them")
    nbformat = pytest.importorskip("nbformat")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    notebook = nbformat.reads(json.dumps(NOTEBOOK), as_version=4)
    client.NotebookClient(notebook, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert [printed(cell) for cell in code_cells(notebook)] == [printed(cell) for cell in code_cells(NOTEBOOK)]


def test_a_reward_of_a_package_is_known_by_name(installed, tmp_path):
    package = shutil.copytree(EXAMPLES / "reward-package", tmp_path / "package")
    installed.install(package)
    try:
        (listed,) = [row for row in installed.run("iacrl", "reward", "list").splitlines() if row.startswith("tagged ")]
        assert "acme" in listed
        command = (
            "score",
            "bucket.tf",
            "--task",
            "aws_s3_bucket-2025-10",
            "--config",
            "recipe.yaml",
            "--format",
            "json",
        )
        shown = json.loads(installed.run("iacrl", *command, cwd=package))
        assert next(part["value"] for part in shown["parts"] if part["name"] == "tagged") == 0.5
    finally:  # other tests share the environment
        installed.run("python", "-m", "pip", "uninstall", "--quiet", "--yes", "acme-rewards")


def test_the_repository_of_the_ci_example_is_valid_and_its_steps_run(tmp_path):
    repository = shutil.copytree(EXAMPLES / "ci", tmp_path / "ci")
    workflow = yaml.safe_load((repository / ".github" / "workflows" / "validate.yaml").read_text())
    steps = workflow["jobs"]["iacrl"]["steps"]
    (command,) = [step["run"] for step in steps if step.get("run", "pip").split()[0] == "iacrl"]

    def run():
        arguments = [sys.executable, "-m", *shlex.split(command)]
        return subprocess.run(arguments, cwd=repository, capture_output=True, text=True, check=False)

    done = run()
    assert (done.returncode, done.stdout) == (0, ""), done
    assert "2.1.0" in (repository / "iacrl.sarif").read_text()
    queue = repository / "infra" / "main.tf"
    queue.write_text(queue.read_text().replace("= true", "= false"))
    assert run().returncode == 1  # a warning of a security check: the settings count


def test_the_hooks_of_the_ci_example_exist():
    offered = {hook["id"] for hook in yaml.safe_load((EXAMPLES.parent / ".pre-commit-hooks.yaml").read_text())}
    (used,) = yaml.safe_load((EXAMPLES / "ci" / ".pre-commit-config.yaml").read_text())["repos"]
    assert {hook["id"] for hook in used["hooks"]} == offered
