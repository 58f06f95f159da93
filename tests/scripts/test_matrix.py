"""The matrix: its table has a line for each row, and counts come from pytest's report."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import matrix  # noqa: E402
import matrix_rows  # noqa: E402

REPORT = '<testsuites><testsuite tests="1300" failures="{}" errors="1" skipped="4"/></testsuites>'


def test_the_table_has_a_line_for_each_row():
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    merged = matrix.merged(page, {name: f"| {name} | new |" for name in matrix.ROWS})
    assert merged.count(" | new |") == len(matrix.ROWS)
    for name, row in matrix.ROWS.items():
        assert f"\n| {name} | {row.what} | " in page
    with pytest.raises(SystemExit, match="no line for another"):
        matrix.merged(page, {"another": "| another | new |"})


def test_counts(tmp_path):
    file = tmp_path / "junit.xml"
    file.write_text(REPORT.format(0).replace('errors="1"', 'errors="0"'))
    assert matrix.counted(file, 90) == "1,296 passed, 4 skipped; 2 min"
    file.write_text(REPORT.format(2))
    assert matrix.counted(file, 90) == "3 failed, 1,293 passed, 4 skipped; 2 min"
    assert "failed" in matrix.counted(tmp_path / "none.xml", 1)


def test_an_environment_is_made_again_when_what_it_is_made_of_changes(tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(matrix_rows.subprocess, "run", lambda command, **options: made.append(command))
    environment = tmp_path / ".venv"
    environment.mkdir()
    for name in ("pyproject.toml", "setup.py", "constraints.txt"):
        (tmp_path / name).write_text(name)
    for change in ("constraints.txt", "another constraint", "another constraint"):
        (tmp_path / "constraints.txt").write_text(change)
        matrix_rows._install(tmp_path, environment, "python3", ("--resolution", "lowest-direct"))
    assert len(made) == 2 * 2
    assert {"lowest-direct", "copy"} < set(made[1])


def test_a_row_joins_its_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(matrix_rows, "_install", lambda *args: None)
    monkeypatch.setattr(matrix_rows, "_of_pyenv", lambda name: f"/{name}")
    monkeypatch.setattr(matrix_rows.subprocess, "run", lambda command, **options: None)
    place = matrix.ROWS["newest"].prepare(tmp_path, None)
    assert place.root == tmp_path / "newest" and place.python == place.root / ".venv" / "bin" / "python"
    assert place.environment == {"TZ": "Pacific/Kiritimati", "OMP_NUM_THREADS": "4"}
    monkeypatch.setattr(matrix_rows, "_of_pyenv", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(matrix_rows.Impossible, match=r"there is no python3\.14 here"):
        matrix.ROWS["python3.14"].prepare(tmp_path, None)


def test_programs_are_hidden_and_the_rest_is_found(tmp_path, monkeypatch):
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("terraform", "kubectl", "git"):
        (tools / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{tools}:{tmp_path / 'missing'}")
    place = matrix_rows._without_programs(matrix_rows.Place(), tmp_path, None)
    assert [one.name for one in Path(place.environment["PATH"]).iterdir()] == ["git"]
