"""How the command line ends when a pipe breaks, when a path, a permission or a disk is at fault, or iacrl itself."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

import iacrl

MISSING = os.strerror(errno.ENOENT)


def program(*arguments, **streams):
    command = [sys.executable, "-m", "iacrl", *arguments]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False, env=buffered, **streams)


@pytest.mark.parametrize(
    "arguments", [["--help"], ["data", "show"], ["validate", "--format", "github", "bad.tf"], ["validate", "good.tf"]]
)
def test_a_reader_that_goes_away_is_told_from_an_invalid_source_and_from_a_mistake(tmp_path, arguments):
    """141 is what a shell shows of any program that SIGPIPE ends; `validate` has uses of its own for 0, 1 and 2."""
    (tmp_path / "bad.tf").write_text("variable\n")
    (tmp_path / "good.tf").write_text('variable "a" {}\n')
    reading, writing = os.pipe()
    os.close(reading)
    done = program(*arguments, stdout=writing, cwd=tmp_path)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_full_disk_behind_standard_output_is_told_once():
    with Path("/dev/full").open("w") as full:
        done = program("config", "list", stdout=full)
    assert (done.returncode, done.stderr) == (2, "Error: No space left on device.\n")


@pytest.mark.parametrize(
    ("shell", "status", "told"),
    [
        ("mkdir gone && cd gone && rmdir ../gone && {} validate .", 2, "Error: the current directory was deleted."),
        ("{} validate --domain kubernetes - <&-", 1, ""),
        ("{} validate bad.tf >&- 2>&-", 1, ""),
        ("{} mcp <&- >&-", 0, ""),
    ],
)
def test_a_missing_directory_and_closed_streams(tmp_path, shell, status, told):
    (tmp_path / "bad.tf").write_text("variable\n")
    command = shell.format(f"{sys.executable} -m iacrl")
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr[: len(told) or None]) == (status, told)


@pytest.mark.parametrize("shell", ["{} nosuch 2>&1", "{} validate . >&2", "{} validate nowhere.tf 2>&1"])
def test_a_full_disk_behind_both_streams_keeps_the_status(tmp_path, shell):
    (tmp_path / "bad.tf").write_text("variable\n")
    command = shell.format(f"{sys.executable} -m iacrl")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(["sh", "-c", command], cwd=tmp_path, stdout=full, stderr=full, check=False)
    assert done.returncode == 2


@pytest.fixture
def fails_with(run_cli, monkeypatch):
    """Let `iacrl config list` meet an error."""

    def run(error):
        def fail():
            raise error

        monkeypatch.setattr("iacrl.config.recipes.config_names", fail)
        return run_cli("config", "list")

    return run


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "/a/b"), "/a/b: Permission denied."),
        (PermissionError(errno.EACCES, "Permission denied", b"/a/b"), "/a/b: Permission denied."),
        (FileNotFoundError(errno.ENOENT, MISSING, "c.tf"), "c.tf: No such file or directory."),
        (IsADirectoryError(errno.EISDIR, "Is a directory", "runs"), "runs: Is a directory."),
        (OSError(errno.EROFS, "Read-only file system", "runs"), "runs: Read-only file system."),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device."),
        (OSError(errno.EDQUOT, "Disk quota exceeded", "x"), "x: Disk quota exceeded."),
        (
            FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']"),
            "There is no temporary folder that can be written to. Set TMPDIR to a folder that can.",
        ),
    ],
)
def test_what_is_wrong_with_a_path_or_a_disk_is_one_message(fails_with, error, message):
    done = fails_with(error)
    assert (done.status, done.out, done.err) == (2, "", f"Error: {message}\n")


@pytest.mark.parametrize(
    "error",
    [
        BrokenPipeError(errno.EPIPE, "Broken pipe"),  # to a process of iacrl's own: standard output is whole
        ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"),
        ChildProcessError(errno.ECHILD, "No child processes"),
        OSError(errno.EINVAL, "Invalid argument", "x"),
        OSError("cannot listen"),
        FileNotFoundError(errno.ENOENT, MISSING),
        FileNotFoundError(errno.ENOENT, MISSING, str(Path(iacrl.__file__).parent / "domains" / "packs" / "a")),
        EOFError("Ran out of input"),  # of a pickle; Ctrl-D does not come this way
    ],
)
def test_every_other_error_of_the_system_is_a_bug_and_keeps_its_traceback(fails_with, error):
    with pytest.raises(type(error)) as raised:
        fails_with(error)
    assert raised.value is error and raised.traceback[-1].name == "fail"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("command", [["validate"], ["score", "--task", "tf_variable-1-0"], ["data", "stats"]])
def test_a_file_that_may_not_be_read_is_named(run_cli, tmp_path, command):
    path = tmp_path / "a.tf"
    path.touch(mode=0o000)
    done = run_cli(*command, path)
    assert done.status == 2 and done.err == f"Error: {path}: Permission denied.\n"
