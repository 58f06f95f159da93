"""The verdict on every probe is the one that the real program gave (see tools/record_verdicts.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from batches import batches, check_each

from iacrl.domains.terraform import validate_directory, validate_text
from iacrl.domains.verdict import Verdict

FIXTURES = Path(__file__).parents[2] / "fixtures" / "terraform"
ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in (FIXTURES / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()
]


def judge(files: dict[str, str], make_directory: pytest.TempPathFactory) -> Verdict:
    if list(files) == ["main.tf"]:
        return validate_text(files["main.tf"])
    directory = make_directory.mktemp("probe")
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return validate_directory(directory)


@pytest.mark.parametrize("rows", batches(ROWS))
def test_the_verdict_is_the_programs(rows: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> None:
    def check(row: dict[str, Any]) -> None:
        verdict = judge(row["files"], tmp_path_factory)
        if verdict.valid and any("is not part of the text" in words for words in verdict.unchecked):
            # A text alone cannot hold the module that it calls; the program refuses a directory that is not there.
            return
        assert verdict.valid is row["valid"], (row["summaries"], verdict.diagnostics)

    check_each(rows, lambda row: row["name"], check)
