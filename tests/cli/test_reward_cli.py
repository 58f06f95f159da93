import json
import subprocess
import sys

import pytest


def test_the_list_says_what_each_reward_is(run_cli):
    result = run_cli("reward", "list")
    assert result.status == 0
    (row,) = [line for line in result.out.splitlines() if line.startswith("complete ")]
    assert row.split()[1:3] == ["shipped", "0.5"] and "layer references" in row and "every clause" in row


def test_the_list_as_json(run_cli):
    told = json.loads(run_cli("reward", "list", "--format", "json").out)
    rows = {row["name"]: row for row in told["rewards"]}
    assert told["failures"] == []
    assert rows["intent"]["weight"] == 0.2 and rows["intent"]["gate"] == "layer references"
    assert rows["security"]["weight"] == 0 and rows["security"]["source"] == "shipped"
    assert sum(row["weight"] for row in rows.values()) == pytest.approx(1.0)


def test_the_list_names_a_package_that_fails_and_goes_on(run_cli, tmp_path, monkeypatch):
    info = tmp_path / "acme_gone-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme_gone\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[iacrl.rewards]\nacme_gone = acme_gone:reward\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    result = run_cli("reward", "list")
    assert result.status == 1
    assert "complete" in result.out
    assert "'acme_gone' of package acme_gone 1.0 fails to load: ModuleNotFoundError" in result.err


def test_a_new_reward_and_its_test_run_as_written(run_cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run_cli("reward", "new", "short_lines")
    assert result.status == 0 and "test_short_lines.py" in result.out
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_short_lines.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0 and "3 passed" in done.stdout, done.stdout


def test_the_written_test_can_fail(run_cli, tmp_path):
    run_cli("reward", "new", "short_lines", "--out", tmp_path)
    source = tmp_path / "short_lines.py"
    source.write_text(source.read_text().replace("<= 100", "<= 10"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path / "test_short_lines.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1 and "1 failed" in done.stdout, done.stdout


@pytest.mark.parametrize(
    ("name", "words"),
    [("intent", "already"), ("no-dashes", "letters, digits"), ("class", "letters, digits"), ("../up", "letters")],
)
def test_a_name_that_does_not_do(run_cli, tmp_path, name, words):
    result = run_cli("reward", "new", name, "--out", tmp_path)
    assert result.status == 2 and words in result.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("existing", ["mine.py", "test_mine.py"])
def test_nothing_is_overwritten(run_cli, tmp_path, existing):
    (tmp_path / existing).write_text("precious")
    result = run_cli("reward", "new", "mine", "--out", tmp_path)
    assert result.status == 2 and existing in result.err
    assert [path.name for path in tmp_path.iterdir()] == [existing]
    assert (tmp_path / existing).read_text() == "precious"


def test_a_folder_that_is_not_there(run_cli, tmp_path):
    result = run_cli("reward", "new", "mine", "--out", tmp_path / "missing")
    assert result.status == 2 and "no such folder" in result.err
