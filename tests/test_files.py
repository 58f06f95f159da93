import errno
import os

import pytest

from iacrl.errors import UserError
from iacrl.files import append_rows, is_disk_full, read_rows, write_atomically


def test_a_failed_write_leaves_the_old_content_and_no_litter(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    write_atomically(path, "old")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(errno.ENOSPC, ""), True),
        (OSError(errno.EDQUOT, ""), True),
        (OSError(errno.EFBIG, ""), True),
        (OSError(errno.EACCES, ""), False),
        (ValueError("No space left on device"), False),
    ],
)
def test_a_full_disk_is_told_from_other_errors(error, full):
    assert is_disk_full(error) is full


def test_rows_survive_a_round_trip(tmp_path):
    path = tmp_path / "rows.jsonl"
    append_rows(path, [{"a": 1}, {"b": "é\n"}])
    append_rows(path, [{"c": None}])
    assert list(read_rows(path)) == [(1, {"a": 1}), (2, {"b": "é\n"}), (3, {"c": None})]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b'{"a": 1}\n{"a"\n', ":2: not JSON: Expecting ':' delimiter at column 5."),
        (b'\n{"a": 1},\n', ":2: not JSON: Extra data at column 9."),
        (b'{}\n{"a":' + b"1" * 5000 + b"}\n", ":2: not JSON that can be read: "),
        (b"[1]\n", ":1: expected a JSON object"),
        (b"\xff\n", "not UTF-8"),
    ],
)
def test_a_bad_line_is_named(tmp_path, content, place):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content)
    with pytest.raises(UserError) as error:
        list(read_rows(path))
    assert str(path) in str(error.value) and place in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        list(read_rows(tmp_path / "none.jsonl"))
