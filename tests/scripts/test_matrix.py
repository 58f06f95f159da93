"""The matrix: its table has a line for each row, and counts come from pytest's report."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import matrix  # noqa: E402

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


def test_programs_are_hidden_and_the_rest_is_found(tmp_path, monkeypatch):
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("terraform", "kubectl", "git"):
        (tools / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{tools}:{tmp_path / 'missing'}")
    place = matrix.ROWS["programs"].prepare(tmp_path, None)
    assert [one.name for one in Path(place.environment["PATH"]).iterdir()] == ["git"]
