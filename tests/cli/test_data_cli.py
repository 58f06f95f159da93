import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from iacrl.cli.data import command
from iacrl.errors import UserError
from iacrl.tasks import build, read_tasks, write_tasks
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
        "build", "--train", 4, "--held-out", 2, "--out", tmp_path, "--family", "tf_output", "--family", "k8s_pvc"
    )
    assert result.return_value is None
    assert len(read_tasks(tmp_path / "terraform-train.jsonl")) == 4
    assert set(json.loads((tmp_path / "digests.json").read_text())) == {"terraform-test", "kubernetes-test"}
    assert not (tmp_path / "README.md").exists()


def test_build_of_one_family_builds_its_domain_alone(tmp_path):
    sizes = ("--train", 3, "--held-out", 2, "--max-difficulty", 1, "--out", tmp_path)
    assert run("build", *sizes, "--family", "tf_variable").return_value is None
    names = {f"terraform-{split}.jsonl" for split in ("train", "validation", "test")} | {"digests.json"}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert {task.family for name in names if name.endswith("l") for task in read_tasks(tmp_path / name)} == {
        "tf_variable"
    }
    run("build", *sizes, "--family", "k8s_namespace")
    assert set(json.loads((tmp_path / "digests.json").read_text())) == {"terraform-test", "kubernetes-test"}


def test_build_of_one_domain_takes_its_families_alone(tmp_path):
    sizes = ("--train", 3, "--held-out", 2, "--out", tmp_path, "--domain", "kubernetes")
    run("build", *sizes, "--max-difficulty", 1)
    assert {path.name.split("-")[0] for path in tmp_path.glob("*.jsonl")} == {"kubernetes"}
    with pytest.raises(UserError, match="No such family in kubernetes"):
        run("build", *sizes, "--family", "tf_output")


def test_build_writes_nothing_where_a_split_cannot_be_filled(tmp_path, monkeypatch):
    full = build.build_split
    monkeypatch.setattr(build, "build_split", lambda *of, **how: full(*of, **how) if of[1] == "train" else [])
    output = tmp_path / "new"
    with pytest.raises(UserError, match="kubernetes families give only 0 distinct validation rows, not 400"):
        run("build", "--train", 2, "--family", "k8s_namespace", "--out", output)
    assert not output.exists()


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


def test_check_asks_the_programs_of_the_tasks_domains_alone(file, fake_kubernetes_engine):
    result = run("check", "--gold-only", "--engine", "kubernetes", file)
    assert result.return_value == 1
    assert "gold answer: kubernetes, by its program: refused by the fake." in result.output
    assert [engine.texts for engine in fake_kubernetes_engine] == [[task.output for task in read_tasks(file)]]


def test_check_says_that_a_program_is_not_there(file, tmp_path, monkeypatch):
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="No kube-apiserver and etcd"):
        run("check", "--gold-only", "--engine", "kubernetes", file)


def test_stats_count(file):
    assert "3 tasks, 3 distinct instructions, 3 answers" in run("stats", file).output


def test_dedupe_writes_what_is_left(file, tmp_path):
    pytest.importorskip("datasketch")
    tasks = read_tasks(file)
    twice = [*tasks, type(tasks[0]).from_json(tasks[0].to_json() | {"id": "again"})]
    write_tasks(file, twice)
    result = run("dedupe", file, "--out", tmp_path / "clean")
    assert result.return_value == 1
    assert f"again repeats {tasks[0].id}" in result.output
    assert read_tasks(tmp_path / "clean" / file.name) == tasks


@pytest.mark.parametrize("others", [["other"], []], ids=["of-one-name", "given-twice"])
def test_dedupe_refuses_files_that_would_overwrite_each_other(file, tmp_path, others):
    pytest.importorskip("datasketch")
    for name in others:
        (tmp_path / name).mkdir()
        write_tasks(tmp_path / name / file.name, read_tasks(file))
    second = tmp_path.joinpath(*others, file.name) if others else file.parent / "link" / file.name
    if not others:
        (file.parent / "link").symlink_to(file.parent)
    with pytest.raises(UserError, match=r"would both be written to .*clean/tasks\.jsonl"):
        run("dedupe", file, second, "--out", tmp_path / "clean")
    assert not (tmp_path / "clean").exists()


@pytest.mark.parametrize("through_a_link", [False, True])
def test_dedupe_refuses_to_write_over_a_source(file, tmp_path, through_a_link):
    pytest.importorskip("datasketch")
    (tmp_path / "link").symlink_to(tmp_path)
    before = file.read_bytes()
    other = tmp_path / "earlier.jsonl"
    other.write_bytes(before)
    with pytest.raises(UserError, match=r"\.jsonl is a source"):
        run("dedupe", other, file, "--out", tmp_path / "link" if through_a_link else file.parent)
    assert file.read_bytes() == other.read_bytes() == before


def test_import_lists_what_it_refuses(tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "good.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n")
    (tmp_path / "code" / "bad.yaml").write_text("apiVersion: v1\nkind: Namespce\nmetadata:\n  name: a\n")
    result = run("import", tmp_path / "code", "--domain", "kubernetes", "--out", tmp_path / "out.jsonl")
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


def test_an_address_on_the_hub_is_not_a_file():
    with pytest.raises(UserError, match=r"hf://datasets/me/tasks/test[.]jsonl: is an address on the hub"):
        run("check", "hf://datasets/me/tasks/test.jsonl")
