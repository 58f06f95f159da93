"""A domain of another package: the example and the page that explains it, beside the wheel."""

import json
import os
from pathlib import Path

import pytest
from conftest import Installed
from pages import follow

WORKFLOW = """\
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: make test
"""
SMALL = (
    "data.domains=[github-actions]", "data.train=shipped", "data.validation=shipped", "data.test=shipped",
    "data.sft_rows=8", "sft.steps=2", "sft.batch_size=2", "grpo.steps=2", "grpo.prompts_per_step=2",
    "grpo.group_size=2",
    "grpo.batch_size=2", "grpo.max_completion_tokens=8", "gates.action=skip", "probe.every=null", "eval.rows=2",
    "eval.max_completion_tokens=8", "run.name=outside", "run.threads=1", "grpo.learning_rate=1e-3",
    "guards.truncation.action=ignore",
)  # fmt: skip
SCORE = """
import iacrl
task = iacrl.load_tasks("github-actions", split="test")[0]
print(iacrl.score(task.output, task).total, iacrl.score(task.output.replace("run:", "rnu:"), task).total)
"""
#: Several commands in one process, for each process imports torch.
COMMANDS = """
import json, sys
from iacrl.cli import cli
for command in json.loads(sys.argv[1]):
    cli(command, standalone_mode=False)
"""


@pytest.fixture
def repository(tmp_path):
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "ci.yaml").write_text(WORKFLOW)
    (workflows / "release.yaml").write_text(WORKFLOW.replace("steps:", "needs: [tets]\n    steps:"))
    (tmp_path / "service.yaml").write_text(
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 1}]}\n"
    )
    return tmp_path


def test_its_files_are_judged_by_it_and_no_other_domain_claims_them(installed, repository):
    found = json.loads(installed.run("iacrl", "validate", ".", "--format", "json", cwd=repository, status=1))
    assert {Path(each["path"]).name: each["valid"] for each in found} == {
        "ci.yaml": True, "release.yaml": False, "service.yaml": True,
    }  # fmt: skip
    told = installed.run("iacrl", "validate", ".github/workflows", cwd=repository, status=1)
    assert "release.yaml:5:12" in told and "'tets'" in told and "GA401" in told
    assert "matrix" in installed.run("iacrl", "validate", "--explain", "GA403")


def test_each_of_its_files_is_a_test_of_pytest(installed, repository):
    command = ("python", "-m", "pytest", "-p", "no:cacheprovider", "--iacrl", ".github/workflows", "service.yaml")
    told = installed.run(*command, cwd=repository, status=1)
    assert "2 passed" in told and "1 failed" in told and "github-actions: .github/workflows/release.yaml" in told


def test_its_tasks_are_scored(installed):
    assert installed.run("python", "-c", SCORE).split() == ["1.0", "0.1"]


def test_both_stages_train_on_its_tasks_and_evaluation_measures_them(installed, letters_reward, tmp_path):
    rewards = f'rewards.weights={{"{letters_reward}": 1.0}}'  # nothing that a model of random letters writes is valid
    commands = [[stage, "--config", "tiny-cpu", *SMALL, rewards] for stage in ("sft", "grpo", "eval")]
    commands.append(["report", "runs/outside", "--format", "json", "--out", "numbers.json"])
    told = installed.run("python", "-c", COMMANDS, json.dumps(commands), cwd=tmp_path)
    samples = (tmp_path / "runs" / "outside" / "grpo" / "samples.jsonl").read_text().splitlines()
    assert {json.loads(line)["domain"] for line in samples} == {"github-actions"} and len(samples) == 8
    assert "github-actions" in told and "github-actions" in (tmp_path / "numbers.json").read_text()


def test_the_commands_of_add_a_domain_run_in_their_order(distributions, tmp_path):
    environment = Installed(tmp_path / "venv", distributions[1])
    path = f"{environment.bin}{os.pathsep}{os.environ['PATH']}"
    page = tmp_path / "page"
    page.mkdir()
    printed = follow("add-a-domain.md", page, PATH=path, PIP_NO_INDEX="1", PIP_NO_BUILD_ISOLATION="0")
    assert "ENV401" in printed[0][1] and printed[-1][1].split() == ["1.0", "False"]
