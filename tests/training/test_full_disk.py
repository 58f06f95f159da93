"""Every library says in words of its own that a disk is full; the user is told which file, and what to do."""

import errno

import pytest

from iacrl.errors import UserError
from iacrl.training.full_disk import full_disk_is_told

ERRORS = [
    RuntimeError("[enforce fail] . PytorchStreamWriter failed writing file data/3: file write failed"),
    RuntimeError("[enforce fail at inline_container.cc:664] . unexpected pos 64 vs 0"),
    RuntimeError("basic_ios::clear: iostream error"),
    OSError(errno.ENOSPC, "No space left on device"),
    Exception("I/O error: No space left on device"),
    Exception("Error while serializing: I/O error: File too large (os error 27)"),
    Exception("Error while serializing: I/O error: Disk quota exceeded (os error 122)"),
]


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_the_file_is_named(tmp_path, error):
    (tmp_path / "checkpoint-1").mkdir()
    with pytest.raises(UserError) as told, full_disk_is_told(tmp_path, "Make room."):
        (tmp_path / "checkpoint-1" / "optimizer.pt").touch()
        raise error
    assert str(told.value).startswith(f"{tmp_path / 'checkpoint-1' / 'optimizer.pt'}: the disk is full (")
    assert str(told.value).endswith("Make room.")


def test_a_file_that_the_system_names_is_the_one(tmp_path):
    with pytest.raises(UserError, match=r"^/x/y: the disk is full"), full_disk_is_told(tmp_path, ""):
        raise OSError(errno.ENOSPC, "No space left on device", "/x/y")


@pytest.mark.parametrize(
    "error",
    [RuntimeError("shape mismatch"), Exception("I/O error: Bad address (os error 14)"), UserError("No space left")],
)
def test_other_errors_stay_what_they_are(tmp_path, error):
    with pytest.raises(type(error)) as found, full_disk_is_told(tmp_path, ""):
        raise error
    assert found.value is error
