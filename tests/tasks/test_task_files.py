import gzip
import json
import os
from dataclasses import replace

import pytest

from iacrl.errors import UserError
from iacrl.resources import shipped
from iacrl.tasks import SPLITS, digest_tasks, load_tasks, read_tasks, write_tasks
from iacrl.tasks.family import find_task
from iacrl.tasks.task_files import domains_with_tasks

ROW = {
    "id": "a",
    "domain": "kubernetes",
    "instruction": "Make a ConfigMap.",
    "input": "",
    "output": "kind: ConfigMap\n",
}


def write(path, *rows):
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows))
    return path


def test_reads_what_it_writes(tmp_path):
    tasks = read_tasks(write(tmp_path / "a.jsonl", ROW, "\n", ROW | {"id": "b"}))
    write_tasks(tmp_path / "b.jsonl", tasks)
    assert read_tasks(tmp_path / "b.jsonl") == tasks
    assert digest_tasks(read_tasks(tmp_path / "b.jsonl")) == digest_tasks(tasks)


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    tasks = read_tasks(write(tmp_path / "a.jsonl", ROW))
    before = (tmp_path / "a.jsonl").read_bytes()

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_tasks(tmp_path / "a.jsonl", [*tasks, replace(tasks[0], id="b")])
    assert (tmp_path / "a.jsonl").read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_json_array_of_alpaca_rows_gets_ids_and_a_domain(tmp_path):
    rows = [{key: ROW[key] for key in ("instruction", "input", "output")}] * 2
    (tmp_path / "alpaca.json").write_text(json.dumps(rows))
    tasks = read_tasks(tmp_path / "alpaca.json", domain="kubernetes")
    assert [task.id for task in tasks] == ["alpaca-1", "alpaca-2"]
    assert {task.domain for task in tasks} == {"kubernetes"}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([ROW, "{not json\n"], r"a\.jsonl:2: not JSON: .* at column 2"),
        ([ROW, "[1]\n"], r"a\.jsonl:2: expected a JSON object, found list"),
        ([ROW, ROW], r"a\.jsonl:2: Field 'id' is 'a', as in .*a\.jsonl:1: expected"),
        ([ROW, {"domain": "terraform"}], r"a\.jsonl:2: Field 'instruction' is missing"),
        ([], r"a\.jsonl: the file holds no task"),
        (["\n"], r"a\.jsonl: the file holds no task"),
        (
            [ROW | {"intent": {"must_exist": [{"is": "object Pod", "with": {"spec..x": 1}}]}}],
            r"a\.jsonl:1: must_exist\[0\]\.with\['spec\.\.x'\]: Bad path",
        ),
    ],
)
def test_a_malformed_file_names_the_line_and_the_field(tmp_path, rows, message):
    with pytest.raises(UserError, match=message):
        read_tasks(write(tmp_path / "a.jsonl", *rows))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[\n{]", r"a\.json:2: not JSON: .* at column 2"),
        (json.dumps([ROW, 1]), r"a\.json, row 2: expected a JSON object, found int"),
        (json.dumps([ROW, ROW]), r"a\.json, row 2: Field 'id' is 'a', as in .*a\.json, row 1: expected"),
    ],
)
def test_a_malformed_array_names_the_line_or_the_row(tmp_path, text, message):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(UserError, match=message):
        read_tasks(tmp_path / "a.json")


def test_a_file_that_is_missing_or_not_text(tmp_path):
    with pytest.raises(UserError, match="there is no such file"):
        read_tasks(tmp_path / "none.jsonl")
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="not UTF-8"):
        read_tasks(tmp_path / "bytes.jsonl")


def test_the_digest_follows_the_content(tmp_path):
    one = read_tasks(write(tmp_path / "a.jsonl", ROW))
    other = read_tasks(write(tmp_path / "b.jsonl", ROW | {"output": "kind: Secret\n"}))
    assert digest_tasks(one) != digest_tasks(other)


@pytest.fixture(scope="module", params=domains_with_tasks())
def every_split(request):
    """A domain and all its shipped tasks, which take a second to read."""
    return request.param, {split: load_tasks(request.param, split=split) for split in SPLITS}


def test_shipped_splits_are_full_disjoint_and_frozen(every_split):
    domain, splits = every_split
    frozen = json.loads((shipped("datasets") / "digests.json").read_text())
    assert digest_tasks(splits["test"]) == frozen[f"{domain}-test"]
    asked: dict[str, str] = {}
    for split, items in splits.items():
        assert len(items) >= 200
        for task in items:
            assert task.split == split
            for text in (f"{task.instruction}\n{task.input}", json.dumps(task.intent.to_json()), task.output):
                assert asked.setdefault(text, task.id) == task.id


def test_a_shipped_task_is_made_again_from_its_id(every_split):
    of_family = {task.family: task for items in every_split[1].values() for task in items}
    assert len(of_family) > 20
    for task in of_family.values():
        assert replace(find_task(task.id), split=task.split) == task


def test_an_unknown_domain_or_split_is_named():
    with pytest.raises(UserError, match="Did you mean 'kubernetes'"):
        load_tasks("kubernets", split="test")
    with pytest.raises(UserError, match="Splits: train, validation, test"):
        load_tasks("terraform", split="dev")


def test_a_compressed_file_is_read_like_the_text_in_it(tmp_path):
    row = write(tmp_path / "a.jsonl", ROW).read_bytes()
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(row))
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(b"domain,instruction,output\nkubernetes,a,b\n"))
    assert read_tasks(tmp_path / "a.jsonl.gz") == read_tasks(tmp_path / "a.jsonl")
    assert read_tasks(tmp_path / "b.csv.gz")[0].id == "b-1"


@pytest.mark.parametrize(
    "content", [b"", b"{}", gzip.compress(b"{}" * 99, mtime=0)[:-9], gzip.compress(b"\xff\xfe{", mtime=0)]
)
def test_a_damaged_compressed_file_is_one_message(tmp_path, content):
    (tmp_path / "a.jsonl.gz").write_bytes(content)
    with pytest.raises(UserError, match=r"a\.jsonl\.gz: "):
        read_tasks(tmp_path / "a.jsonl.gz")
