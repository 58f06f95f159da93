import csv
import json
import os
from datetime import date
from pathlib import Path

import pytest

from iacrl.errors import UserError
from iacrl.tasks import importing
from iacrl.tasks.importing import import_tasks
from iacrl.tasks.task_files import read_tasks, write_tasks

GOOD = 'variable "region" {\n  default = "eu-west-1"\n}\n'
BAD = 'variable "region" {\n'


def test_a_directory_gives_a_task_for_each_valid_file_and_the_reason_for_the_others(tmp_path):
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "main.tf").write_text(GOOD)
    (tmp_path / "broken.tf").write_text(BAD)
    (tmp_path / "notes.txt").write_text("not code")
    (tmp_path.parent / "elsewhere").write_text(GOOD)
    (tmp_path / "link.tf").symlink_to(tmp_path.parent / "elsewhere")
    kept, refused = import_tasks(str(tmp_path), "terraform")
    assert [(task.id, task.output) for task in kept] == [("modules/main.tf", GOOD)]
    assert "`modules/main.tf`" in kept[0].instruction
    assert [item.place for item in refused] == ["broken.tf"]
    assert "TF1" in refused[0].reason


def test_alpaca_rows_keep_their_fields(tmp_path):
    rows = [{"instruction": "A variable.", "input": "", "output": text, "source": "me"} for text in (GOOD, BAD, "")]
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    kept, refused = import_tasks(str(tmp_path / "rows.json"), "terraform")
    assert [task.to_json()["source"] for task in kept] == ["me"]
    assert [item.place for item in refused] == ["rows-2", "rows-3"]
    assert refused[1].reason == "there is no answer"


def test_iac_eval_columns_become_a_task(tmp_path):
    with (tmp_path / "data.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["Resource", "Prompt", "Rego intent", "Difficulty", "Reference output", "Intent"])
        writer.writeheader()
        prompt = "A variable\nfor the region"
        writer.writerow({"Prompt": prompt, "Reference output": GOOD, "Difficulty": "1", "Rego intent": "package a"})
    kept, refused = import_tasks(str(tmp_path / "data.csv"), "terraform")
    assert not refused
    assert (kept[0].instruction, kept[0].output.strip()) == (prompt, GOOD.strip())
    assert kept[0].extra["policy"] == "package a"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nothing-here", "no such file or directory, and not the id of a data set"),
        ("missing.csv", "missing.csv: no such file or directory"),
        ("rows.txt", "expected a directory, or a file that ends in"),
        ("empty", "no .tf or .tofu file in it"),
    ],
)
def test_a_source_that_cannot_be_read_is_named(tmp_path, monkeypatch, source, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.txt").write_text("x")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=message):
        import_tasks(source, "terraform")


def test_a_malformed_row_is_named(tmp_path):
    (tmp_path / "rows.jsonl").write_text('{"instruction": "hello"}\n')
    with pytest.raises(UserError, match=r"rows\.jsonl:1: Field 'output' is missing"):
        import_tasks(str(tmp_path / "rows.jsonl"), "terraform")


def test_a_name_that_is_not_utf8_can_be_written(tmp_path):
    (tmp_path / "code").mkdir()
    Path(os.fsdecode(bytes(tmp_path / "code") + b"/n\xff.tf")).write_text(GOOD)
    kept, _ = import_tasks(str(tmp_path / "code"), "terraform")
    write_tasks(tmp_path / "tasks.jsonl", kept)
    assert [task.id for task in read_tasks(tmp_path / "tasks.jsonl")] == [r"n\xff.tf"]


def test_columns_of_a_data_set_that_json_does_not_have_become_texts(tmp_path, monkeypatch):
    row = {"instruction": "A variable.", "output": GOOD, "when": date(2026, 1, 2), "raw": b"\xff", "deep": [{"a": 1}]}
    monkeypatch.setattr(importing, "_hub", lambda source: iter([row, {**row, "id": None}]))
    kept, _ = import_tasks("owner/name", "terraform")
    write_tasks(tmp_path / "tasks.jsonl", kept)
    first, second = read_tasks(tmp_path / "tasks.jsonl", domain="terraform")
    assert first.extra == {"when": "2026-01-02", "raw": r"b'\xff'", "deep": [{"a": 1}]}
    assert (first.id, second.id) == ("owner/name-1", "owner/name-2")


def test_rows_of_a_data_set_with_one_id_are_named(monkeypatch):
    row = {"instruction": "A variable.", "output": GOOD, "id": "a"}
    monkeypatch.setattr(importing, "_hub", lambda source: iter([row, row]))
    with pytest.raises(UserError, match="owner/name, row 2: Field 'id' is 'a', as in row 1"):
        import_tasks("owner/name", "terraform")
