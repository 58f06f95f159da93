import errno
import os
import stat
from pathlib import Path

import pytest

from iacrl.errors import UserError, mendable
from iacrl.files import (
    append_rows,
    is_disk_full,
    read_rows,
    read_text,
    share,
    write_atomically,
    write_json,
    write_named,
)
from iacrl.seen_files import content_of


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


@pytest.mark.parametrize("write", [write_json, lambda path, row: append_rows(path, [row], sync=True)])
def test_a_full_disk_names_the_file(tmp_path, monkeypatch, write):
    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError) as error:
        write(tmp_path / "eval.json", {"a": 1})
    assert mendable(error.value) == f"{tmp_path / 'eval.json'}: No space left on device."


@pytest.mark.parametrize(
    ("mask", "file", "folder"), [(0o022, 0o644, 0o755), (0o027, 0o640, 0o750), (0o077, 0o600, 0o700)]
)
def test_what_is_shared_has_the_permissions_of_new_files(tmp_path, mask, file, folder):
    private = tmp_path / "export"
    private.mkdir(mode=0o700)
    (private / "model.safetensors").touch(mode=0o600)
    before = os.umask(mask)
    try:
        share(private)
        write_json(tmp_path / "manifest.json", {})
    finally:
        os.umask(before)
    names = ("export", "export/model.safetensors", "manifest.json")
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in names] == [folder, file, file]


def test_devices_are_refused_and_pipes_are_read():
    with pytest.raises(UserError, match="/dev/zero: is a device"):
        read_text(Path("/dev/zero"))
    with pytest.raises(UserError, match="/dev/urandom: is a device"):
        list(read_rows(Path("/dev/urandom")))
    ours, theirs = os.pipe()
    os.write(theirs, b'{"a": 1}\n')
    os.close(theirs)
    assert [row for _, row in read_rows(Path(f"/dev/fd/{ours}"))] == [{"a": 1}]
    os.close(ours)


def test_a_device_or_a_pipe_is_never_replaced(tmp_path):
    """As root, a rename would put a file in the place of /dev/null, for every program of the machine."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to("/dev/null")
    for path in (pipe, tmp_path / "link", Path("/dev/null"), Path("/dev/stdout")):
        with pytest.raises(UserError, match="is a device, a socket or a pipe"):
            write_atomically(path, "x")
    ours = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    for path in (pipe, tmp_path / "link"):
        write_named(path, "x")
    assert os.read(ours, 9) == b"x" and stat.S_ISFIFO(pipe.stat().st_mode) and (tmp_path / "link").is_symlink()
    os.close(ours)
    kept = tmp_path / "kept"
    handle = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(handle, b"before ")
    write_named(Path(f"/dev/fd/{handle}"), "after")
    os.close(handle)
    assert kept.read_text() == "before after"


@pytest.mark.parametrize("leads_to", ["/dev/ptmx", "pipe"])
def test_a_pipe_or_a_device_in_a_folder_is_refused_before_it_is_opened(tmp_path, leads_to):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "config.yaml").symlink_to(leads_to)
    for read in (read_text, content_of):
        with pytest.raises((UserError, OSError), match=r"a device, .*pipe"):
            read(tmp_path / "config.yaml")


def test_a_row_or_a_text_has_an_end(tmp_path, monkeypatch):
    monkeypatch.setattr("iacrl.files.LARGEST", 1_000_000)
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n' + "x" * 1_000_001)
    with pytest.raises(UserError, match=r"rows\.jsonl:2: the line is longer"):
        list(read_rows(path))
    with pytest.raises(UserError, match="larger than 1 million"):
        read_text(path, 1_000_000)


def test_half_a_surrogate_pair_does_not_keep_a_row_from_the_disk(tmp_path):
    append_rows(tmp_path / "a.jsonl", [{"text": "a\ud800"}])
    assert [row for _, row in read_rows(tmp_path / "a.jsonl")] == [{"text": "a?"}]
