"""What a run directory holds after a kill: the logs of a resumed run have each line once, and no half of one."""

import os

import pytest
from stage_runs import rows

from iacrl.errors import UserError
from iacrl.runs.directory import RunDirectory

LINES = b'{"step": 1, "loss": 0.5}\n{"step": 2, "loss": 0.25}\n'


@pytest.fixture(params=["metrics.jsonl", "samples.jsonl", "probe.jsonl"])
def log(request, tmp_path):
    file = tmp_path / request.param
    file.write_bytes(LINES)
    return file


def steps(log):
    return [row["step"] for row in rows(log)]


def test_lines_past_the_checkpoint_are_dropped(log):
    RunDirectory(log.parent).forget_after(1)
    assert steps(log) == [1]


@pytest.mark.parametrize("half", ['{"step": 3, "loss"', '{"step": 3, "text": "na', '{"step": 3, "a": [1, 2]', "{"])
def test_a_last_line_that_a_kill_cut_off_is_dropped(log, half):
    log.write_bytes(LINES + half.encode())
    RunDirectory(log.parent).forget_after(9)
    assert steps(log) == [1, 2]


def test_a_line_cut_off_inside_a_character_is_dropped(log):
    log.write_bytes(LINES + '{"step": 3, "text": "naï'.encode()[:-1])
    RunDirectory(log.parent).forget_after(9)
    assert steps(log) == [1, 2]


def test_a_log_that_is_half_a_line_becomes_empty(log):
    log.write_bytes(b'{"st')
    RunDirectory(log.parent).forget_after(9)
    assert log.read_bytes() == b""


def test_a_last_line_that_lacks_its_end_only_is_kept(log):
    log.write_bytes(LINES[:-1])
    RunDirectory(log.parent).forget_after(9)
    assert log.read_bytes() == LINES


@pytest.mark.parametrize("broken", [b'{"step": 3,\n', b"\xff\n", b"3\n"])
@pytest.mark.parametrize("after", [b"", b'{"step": 4}\n', b'{"step": 4'])
def test_any_other_broken_line_is_refused(log, broken, after):
    log.write_bytes(LINES + broken + after)
    with pytest.raises(UserError, match=log.name):
        RunDirectory(log.parent).forget_after(9)
    assert log.read_bytes().startswith(LINES + broken)


@pytest.mark.parametrize("there", [True, False])
def test_a_link_in_the_place_of_a_log_is_refused_and_its_target_is_kept(log, there):
    log.unlink()
    target = log.with_name("mine.txt")
    if there:
        target.write_text("no line end")
    log.symlink_to(target)
    with pytest.raises(UserError, match=f"{log.name}: is a link"):
        RunDirectory(log.parent).forget_after(9)
    assert (target.read_text() == "no line end") if there else not target.exists()


def test_a_pipe_in_the_place_of_a_log_is_refused(log):
    log.unlink()
    os.mkfifo(log)
    with pytest.raises(UserError, match=f"{log.name}: is a device, a socket or a pipe"):
        RunDirectory(log.parent).forget_after(9)
