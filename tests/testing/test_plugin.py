"""`pytest --iacrl` in a project of its own. Most runs share this process and load no other plug-in, to be quick."""

import subprocess
import sys
from importlib.metadata import entry_points
from xml.etree import ElementTree

import pytest
from ci_log import FORGED, is_ours_alone

# pytester forgets the modules that a run inside this process imported, and compiled ones cannot be imported twice.
import iacrl.testing.collection  # noqa: F401
from iacrl.domains import validate
from iacrl.sources.reading import LARGEST

pytest_plugins = ["pytester"]

BUCKET = 'resource "aws_s3_bucket" "logs" {\n  bukcet = "acme"\n}\n'
VARIABLES = 'variable "region" {\n  type = strng\n}\n'
SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports:\n    - port: 80\n"


@pytest.fixture
def suite(pytester, monkeypatch):
    """A project with a broken module, a good and a broken manifest, and files that are neither; without programs."""
    monkeypatch.setenv("PATH", "")
    for domain in ("terraform", "kubernetes"):
        validate("", domain)
    for name, text in {
        "infra/vpc/main.tf": BUCKET,
        "infra/vpc/a.tf": "locals {}\n",
        "infra/vpc/variables.tf": VARIABLES,
        "infra/k8s/good.yaml": SERVICE,
        "infra/k8s/bad.yml": SERVICE.replace("80", "99999").replace("web", "db"),
        "infra/chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n",
        "infra/chart/values.yaml": "replicas: 2\n",
        "infra/chart/templates/service.yaml": SERVICE.replace("web", "{{ .Release.Name }}"),
        "infra/package.json": '{"name": "web"}',
        "values.yaml": "beside: what is asked for\n",
    }.items():
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return pytester


@pytest.fixture
def run(suite, monkeypatch):
    """Run pytest on the project in this process."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return lambda *arguments: suite.runpytest_inprocess("-p", "iacrl.testing.plugin", *arguments)


def outcomes(result):
    return {
        report.nodeid: report.outcome for report in result.reprec.getreports() if getattr(report, "when", "") == "call"
    }


def test_nothing_is_collected_unless_it_is_asked_for(run):
    run("infra").assert_outcomes()


def test_each_module_and_each_manifest_is_one_test(run):
    result = run("--iacrl", "infra")
    assert outcomes(result) == {
        "infra/k8s/bad.yml::kubernetes": "failed",
        "infra/k8s/good.yaml::kubernetes": "passed",
        "infra/vpc/main.tf::terraform": "failed",
    }


def test_a_failure_is_what_validate_prints_without_a_traceback(run):
    result = run("--iacrl", "infra/vpc")
    shown = result.stdout.str()
    assert (
        'infra/vpc/main.tf:2:3: error: Unsupported argument: An argument named "bukcet" is not expected here. '
        'Did you mean "bucket"? [TF304]\n  |\n2 |   bukcet = "acme"\n  |   ^^^^^^\n'
    ) in shown
    assert "infra/vpc/variables.tf:2:10: error" in shown
    assert "Traceback" not in shown and "collection.py" not in shown


def test_what_holds_no_object_is_left_out_and_counted(run):
    result = run("--iacrl", "infra")
    (line,) = [line for line in result.outlines if line.startswith("iacrl: ")]
    assert line.startswith(
        "iacrl: 4 files left out: infra/chart/Chart.yaml (a Helm chart; helm, which renders it, is not"
    )
    assert "infra/chart/templates/service.yaml (a template of a Helm chart)" in line


def test_a_file_that_is_named_is_judged_whatever_it_holds(run):
    result = run("--iacrl", "infra/chart/values.yaml")
    assert outcomes(result) == {"infra/chart/values.yaml::kubernetes": "failed"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["infra/vpc/variables.tf"], "infra/vpc/variables.tf::terraform"),
        (["infra/vpc/variables.tf", "infra/vpc/main.tf"], "infra/vpc/main.tf::terraform"),
        (["infra/vpc/main.tf::terraform"], "infra/vpc/main.tf::terraform"),
        (["infra", "-k", "vpc"], "infra/vpc/main.tf::terraform"),
        (["infra", "-k", "terraform"], "infra/vpc/main.tf::terraform"),
        (["infra", "--deselect", "infra/k8s"], "infra/vpc/main.tf::terraform"),
    ],
)
def test_a_module_is_selected_by_its_files_its_node_id_and_keywords(run, arguments, expected):
    assert list(outcomes(run("--iacrl", *arguments))) == [expected]


def test_collect_only_names_the_tests_and_judges_nothing(run):
    result = run("--iacrl", "--collect-only", "-q", "infra")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["infra/k8s/bad.yml::kubernetes", "infra/vpc/main.tf::terraform"])


def test_junit_xml_holds_the_diagnostics(run, suite):
    run("--iacrl", "infra/k8s", "--junitxml", "report.xml")
    cases = {case.get("classname"): case for case in ElementTree.parse(suite.path / "report.xml").iter("testcase")}
    assert set(cases) == {"infra.k8s.bad.yml", "infra.k8s.good.yaml"}
    assert "[KB417]" in cases["infra.k8s.bad.yml"].find("failure").text
    assert cases["infra.k8s.good.yaml"].find("failure") is None


def test_what_could_not_be_judged_is_a_warning(run, suite):
    (suite.path / "infra/k8s/own.yaml").write_text("apiVersion: acme.io/v1\nkind: Rocket\nmetadata:\n  name: a\n")
    result = run("--iacrl", "infra/k8s/own.yaml")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*NotCheckedWarning: infra/k8s/own.yaml: not checked: Rocket acme.io/v1: no schema"])
    strict = run("--iacrl", "infra/k8s/own.yaml", "-W", "error::iacrl.testing.NotCheckedWarning")
    strict.assert_outcomes(failed=1)


def test_a_file_is_judged_with_those_beside_it_whatever_is_selected(run, suite):
    (suite.path / "infra/k8s/same.yaml").write_text(SERVICE)
    expected = {"infra/k8s/same.yaml::kubernetes": "failed"}
    result = run("--iacrl", "infra/k8s", "-k", "good or same")
    assert outcomes(result) == {"infra/k8s/good.yaml::kubernetes": "passed"} | expected
    assert "[KB216]" in result.stdout.str()
    assert outcomes(run("--iacrl", "infra/k8s/same.yaml::kubernetes")) == expected
    ignored = run("--iacrl", "infra/k8s", "--ignore", "infra/k8s/good.yaml", "-k", "same")
    assert outcomes(ignored) == {"infra/k8s/same.yaml::kubernetes": "passed"}


def test_the_options_of_the_domains_are_an_ini_option(run, suite):
    old = "apiVersion: flowcontrol.apiserver.k8s.io/v1beta3\nkind: FlowSchema\nmetadata:\n  name: a\n"
    (suite.path / "flow.yaml").write_text(old + "spec:\n  priorityLevelConfiguration:\n    name: exempt\n")
    run("--iacrl", "flow.yaml").assert_outcomes(failed=1)
    suite.makeini("[pytest]\niacrl_options = kubernetes.version=1.31\n")
    run("--iacrl", "flow.yaml").assert_outcomes(passed=1)
    suite.makeini("[pytest]\niacrl_options = kubernetes.version=1.3\n")
    result = run("--iacrl", "flow.yaml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: iacrl_options: Domain kubernetes: option version does not take '1.3'.*"])


@pytest.mark.parametrize("name", ["link.yaml", "link.tf"])
def test_a_link_out_of_the_directory_is_left_out_and_its_target_is_not_shown(run, suite, tmp_path_factory, name):
    secret = tmp_path_factory.mktemp("outside") / "secret"
    secret.write_text("apiVersion: v1\nkind: hidden-words\nmetadata:\n")
    folder = suite.path / "linked"
    folder.mkdir()
    (folder / name).symlink_to(secret)
    result = run("--iacrl", "linked")
    result.assert_outcomes()
    result.stdout.fnmatch_lines([f"iacrl: 1 file left out: linked/{name} (a link out of the directory)."])
    assert "hidden-words" not in result.stdout.str()


def test_a_kustomization_is_one_test_where_kubectl_is_and_left_out_where_not(run, suite, monkeypatch):
    folder = suite.path / "overlay"
    folder.mkdir()
    (folder / "kustomization.yaml").write_text("patches: [{path: patch.yaml}]\n")
    (folder / "patch.yaml").write_text(SERVICE.replace("port:", "prt:"))
    program = suite.path / "bin" / "kubectl"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nprintf '{SERVICE}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", "")
    result = run("--iacrl", "overlay")
    result.assert_outcomes()
    result.stdout.fnmatch_lines(
        ["iacrl: 2 files left out: overlay/kustomization.yaml (a kustomization; kubectl, which*"]
    )
    monkeypatch.setenv("PATH", str(program.parent))
    run("--iacrl", "overlay").assert_outcomes(passed=1)
    program.write_text(f"#!/bin/sh\nprintf '{SERVICE.replace('port:', 'prt:')}'\n")
    run("--iacrl", "overlay").assert_outcomes(failed=1)


@pytest.mark.parametrize("name", ["big.yaml", "big.tf"])
def test_a_file_that_is_too_large_is_left_out(run, suite, name):
    folder = suite.path / "large"
    folder.mkdir()
    with (folder / name).open("wb") as file:
        file.truncate(LARGEST + 1)
    result = run("--iacrl", "large")
    result.assert_outcomes()
    result.stdout.fnmatch_lines([f"iacrl: 1 file left out: large/{name} (larger than 64 MB)."])


def test_a_file_that_cannot_be_read_is_one_failure(run, suite):
    manifest = suite.path / "infra/k8s/good.yaml"
    suite.makeconftest(
        f"import pathlib\n\n\ndef pytest_collection_finish(session):\n    pathlib.Path({str(manifest)!r}).unlink()\n"
    )
    result = run("--iacrl", "infra/k8s/good.yaml")
    result.assert_outcomes(failed=1)
    assert "No such file or directory" in result.stdout.str() and "Traceback" not in result.stdout.str()


def test_with_xdist_the_same_tests_fail_and_the_left_out_files_are_counted_once(suite):
    """In a process of its own and without `-p`: installing iacrl is enough."""
    assert entry_points(group="pytest11", name="iacrl"), "install iacrl again: its pytest11 entry point is missing"
    others = ("-p", "no:hypothesispytest", "-p", "no:anyio", "-p", "no:timeout")
    result = suite.runpytest_subprocess("--iacrl", "infra", "-n", "2", "-v", *others)
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(['*Did you mean "bucket"?*', "iacrl: 4 files left out: *"])


def test_an_unused_plugin_imports_nothing_of_the_library():
    """What it costs every other test suite on the machine: two tiny modules."""
    code = (
        "import sys, pytest\nbefore = set(sys.modules)\nimport iacrl.testing.plugin\n"
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['iacrl', 'iacrl.testing', 'iacrl.testing.plugin']"


def test_the_snapshot_fixture_writes_compares_and_says_what_to_do(run, suite):
    test_file = suite.makepyfile(
        test_generated="""
        import pytest

        class TestText:
            @pytest.mark.parametrize("text", ["a = 1", "b = 2"], ids=["small", "x/y"])
            def test_snapshot(self, iacrl_snapshot, text):
                iacrl_snapshot(text, "terraform")
                iacrl_snapshot("", "kubernetes")
        """
    )
    missing = run()
    missing.assert_outcomes(failed=2)
    missing.stdout.fnmatch_lines(["*There is no snapshot *"])
    assert "pytest --iacrl-update" in missing.stdout.str() and "snapshot.py:" not in missing.stdout.str()
    run("--iacrl-update").assert_outcomes(passed=2)
    folder = suite.path / "__diagnostics__" / "test_generated"
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == 4 and names[:2] == ["TestText.test_snapshot-small-2.json", "TestText.test_snapshot-small.json"]
    run().assert_outcomes(passed=2)
    test_file.write_text(test_file.read_text().replace("a = 1", "a = 1 +"))
    changed = run()
    changed.assert_outcomes(passed=1, failed=1)
    changed.stdout.fnmatch_lines(
        ["*Not the diagnostics of *TestText.test_snapshot-small.json*", "E*--- stored", "E*+++ found"]
    )


@pytest.mark.parametrize("arguments", ["", "-v", "-rA -q"])
def test_names_from_anybody_print_no_command(run, suite, arguments):
    for name, text in {
        f"{FORGED}/main.tf": BUCKET,
        f"{FORGED}/x{FORGED}.yaml": SERVICE,
        "a/::error::x/a.tf": BUCKET,
        "a/::error::x/unknown.yaml": "apiVersion: a.b/v1\nkind: Rocket\nmetadata: {name: a}\n",
    }.items():
        path = suite.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (suite.path / FORGED / f"{FORGED}.yaml").symlink_to("/etc/hostname")
    done = run("--iacrl", *arguments.split())
    assert done.ret == 1 and "set-output" in done.stdout.str()
    assert is_ours_alone(done.stdout.str() + done.stderr.str()), done.stdout.str()
