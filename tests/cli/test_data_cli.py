import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from iacrl.cli.data import command
from iacrl.tasks import read_tasks, write_tasks
from iacrl.tasks.family import find_family


def run(*arguments):
    return CliRunner().invoke(
        command, [str(argument) for argument in arguments], catch_exceptions=False, standalone_mode=False
    )


@pytest.fixture
def file(tmp_path):
    write_tasks(tmp_path / "tasks.jsonl", [find_family("k8s_namespace").task(1, index) for index in range(3)])
    return tmp_path / "tasks.jsonl"


def test_build_writes_six_files_and_the_digests_of_two(tmp_path):
    result = run(
        "build", "--train", 4, "--held-out", 2, "--output", tmp_path, "--family", "tf_output", "--family", "k8s_pvc"
    )
    assert result.return_value is None
    assert len(read_tasks(tmp_path / "terraform-train.jsonl")) == 4
    assert set(json.loads((tmp_path / "digests.json").read_text())) == {"terraform-test", "kubernetes-test"}
    assert not (tmp_path / "README.md").exists()


def test_show_lists_families_and_shows_one():
    assert "k8s_namespace" in run("show").output
    shown = run("show", "k8s_namespace", "--index", 1).output
    assert "kind: Namespace" in shown and '"must_exist"' in shown
    assert run("show", "k8s_namespace-0-1").output == shown


def test_check_names_a_gold_answer_that_does_not_stand(file):
    passed = run("check", file)
    assert passed.return_value == 0
    family, tasks, stand, mutations, caught, mean = passed.output.splitlines()[-1].strip("| ").split(" | ")
    assert (family, tasks, stand) == ("k8s_namespace", "3", "3")
    assert mutations == caught and 0 < float(mean) < 1
    first, *others = read_tasks(file)
    broken = first.to_json() | {"output": first.output.replace("kind: Namespace", "kind: ConfigMap")}
    write_tasks(file, [type(first).from_json(broken), *others])
    result = run("check", "--gold-only", file)
    assert result.return_value == 1
    assert f"{first.id}: gold answer: namespace: object Namespace exists" in result.output
    assert "3 tasks, 1 wrong" in result.output


def test_stats_count(file):
    assert "3 tasks, 3 distinct instructions, 3 answers" in run("stats", file).output


def test_dedupe_writes_what_is_left(file, tmp_path):
    pytest.importorskip("datasketch")
    tasks = read_tasks(file)
    twice = [*tasks, type(tasks[0]).from_json(tasks[0].to_json() | {"id": "again"})]
    write_tasks(file, twice)
    result = run("dedupe", file, "--output", tmp_path / "clean")
    assert result.return_value == 1
    assert f"again repeats {tasks[0].id}" in result.output
    assert read_tasks(tmp_path / "clean" / file.name) == tasks


def test_import_lists_what_it_refuses(tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "good.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n")
    (tmp_path / "code" / "bad.yaml").write_text("apiVersion: v1\nkind: Namespce\nmetadata:\n  name: a\n")
    result = run("import", tmp_path / "code", "--domain", "kubernetes", "--output", tmp_path / "out.jsonl")
    assert "1 tasks; 1 refused" in result.output
    assert "bad.yaml: line" in result.stderr
    assert [task.id for task in read_tasks(tmp_path / "out.jsonl")] == ["good.yaml"]


def test_a_malformed_file_ends_with_one_message_and_status_2(tmp_path):
    (tmp_path / "bad.jsonl").write_text("{\n")
    ran = subprocess.run(
        [sys.executable, "-m", "iacrl", "data", "check", str(tmp_path / "bad.jsonl")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert "bad.jsonl:1: not JSON" in ran.stderr
    assert "Traceback" not in ran.stderr
