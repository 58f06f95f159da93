"""A domain of an installed package that has `.yaml` files too: each file finds the domain that claims it."""

import json
from pathlib import Path

import pytest

# pytester forgets the modules that a run inside this process imported, and compiled ones cannot be imported twice.
import iacrl.testing.collection  # noqa: F401
from iacrl.domains import Diagnostic, Domain, Position, Range, Verdict
from iacrl.testing import assert_valid

pytest_plugins = ["pytester"]

WORKFLOW = "name: ci\non: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n"
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"


def validate(text, options):
    if "jobs:" in text:
        return Verdict("workflows")
    start = Position(1, 1)
    return Verdict("workflows", (Diagnostic("GH101", "error", "No jobs.", "structure", Range(start, start)),))


def claims(path, text):
    return None if path.parent.parts[-2:] == (".github", "workflows") else "not in .github/workflows"


WORKFLOWS = Domain(
    name="workflows",
    title="GitHub Actions",
    thing="workflow",
    languages=("yaml",),
    validate=validate,
    suffixes=(".yml", ".yaml"),
    claims=claims,
    hidden_folders=(".github",),
)


@pytest.fixture
def project(install_domain, pytester, monkeypatch):
    """The current folder, with a workflow, a broken one, a manifest, and a file that is neither."""
    install_domain(WORKFLOWS)
    for name, text in {
        ".github/workflows/ci.yaml": WORKFLOW,
        ".github/workflows/empty.yml": "name: empty\n",
        ".github/dependabot.yml": "version: 2\n",
        ".cache/workflow.yaml": WORKFLOW,
        "k8s/map.yaml": CONFIG_MAP,
        "k8s/values.yaml": "replicas: 1\n",
    }.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return pytester


def test_in_a_directory_each_file_goes_to_the_domain_that_claims_it(project, run_cli):
    done = run_cli("validate", ".")
    assert done.status == 1
    assert ".github/workflows/empty.yml:1:1: error: No jobs. [GH101]" in done.out
    assert "2 of 3 sources valid" in done.out
    assert done.out.endswith(
        "2 files left out: .github/dependabot.yml (no Kubernetes object), k8s/values.yaml (no Kubernetes object).\n"
    )


def test_pytest_collects_each_file_for_the_domain_that_claims_it(project):
    result = project.runpytest_inprocess("-p", "iacrl.testing.plugin", "--iacrl", "-v", ".github", "k8s")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            ".github/workflows/ci.yaml::workflows PASSED*",
            ".github/workflows/empty.yml::workflows FAILED*",
            "k8s/map.yaml::kubernetes PASSED*",
            ".github/workflows/empty.yml:1:1: error: No jobs. [[]GH101[]]",
        ]
    )


def test_a_file_that_is_named_goes_to_the_domain_that_claims_it_else_to_the_first(project, run_cli):
    assert "[GH101]" in run_cli("validate", ".github/workflows/empty.yml").out
    assert "[KB" in run_cli("validate", "k8s/values.yaml").out
    assert_valid(Path(".github/workflows/ci.yaml"))


def test_two_claims_are_an_error_unless_a_domain_is_named(project, run_cli):
    Path(".github/workflows/map.yaml").write_text(CONFIG_MAP)
    expected = ".github/workflows/map.yaml: Kubernetes and GitHub Actions claim this file"
    for named in (".", ".github/workflows/map.yaml"):
        done = run_cli("validate", named)
        assert (done.status, done.out) == (2, "") and f"{expected}; say --domain, or leave it out." in done.err
    rows = json.loads(
        run_cli("validate", "k8s", ".github/workflows/map.yaml", "--domain", "kubernetes", "--format", "json").out
    )
    judged = [row["path"] for row in rows if row["valid"] is not None]
    assert judged == ["k8s/map.yaml", ".github/workflows/map.yaml"]
    result = project.runpytest_inprocess("-p", "iacrl.testing.plugin", "--iacrl", ".github")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{expected}; --ignore leaves it out*"])


def test_messages_name_every_domain(project, run_cli):
    Path("empty").mkdir()
    done = run_cli("validate", "empty")
    assert "empty: holds no Terraform module or Kubernetes manifest or " in done.err
    assert done.err.endswith("or GitHub Actions workflow.\n")
    Path("notes.txt").write_text("x")
    done = run_cli("validate", "notes.txt")
    assert "nothing tells whether this is Terraform, Kubernetes" in done.err
    assert done.err.endswith("or GitHub Actions; say --domain.\n")


def test_a_directory_is_the_module_of_one_domain(install_domain, run_cli, tmp_path):
    install_domain(
        Domain("tofu", ("hcl",), validate, suffixes=(".tf",), module_files=lambda folder: [*folder.glob("*.tf")])
    )
    (tmp_path / "main.tf").write_text("locals {}\n")
    done = run_cli("validate", tmp_path)
    assert done.status == 2 and "main.tf: Terraform and Tofu claim this file; say --domain" in done.err
    assert run_cli("validate", tmp_path, "--domain", "terraform").status == 0
