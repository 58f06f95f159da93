"""Two processes never work in one run directory."""

import signal
import subprocess
import sys

import pytest
from stage_runs import run

from iacrl.config.recipes import load_config
from iacrl.errors import UserError
from iacrl.runs.directory import stage_path
from iacrl.runs.lock import run_lock

HOLDER = """
import sys, time
from pathlib import Path
from iacrl.runs.lock import run_lock
with run_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(86_400)
"""


@pytest.fixture(params=["sft"])
def holder(small, request):
    """Another process that works in the place of the SFT run, or of another stage."""
    path = stage_path(load_config("tiny-cpu", small), request.param)
    path.parent.mkdir(parents=True)
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_process_is_refused_and_a_dead_one_locks_nothing(small, holder, run_cli):
    for option in ([], ["--overwrite"], ["--resume"]):
        done = run_cli("sft", "--config", "tiny-cpu", *small, *option)
        assert done.status == 2 and "Traceback" not in done.err
        assert "Another process is at work in" in done.err and "run.name" in done.err
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert run("sft", small).read_manifest()["status"] == "complete"


@pytest.mark.parametrize("holder", ["eval"], indirect=True)
def test_nor_do_two_evaluations(small, holder, tmp_path, run_cli):
    """With the same completions of a model, two would write each of them twice."""
    answers = tmp_path / "answers.jsonl"
    answers.write_text("")
    for option in ([], ["--overwrite"], ["--resume"]):
        done = run_cli("eval", "--config", "tiny-cpu", "--completions", str(answers), "--model", "m", *small, *option)
        assert done.status == 2 and "Another process is at work in" in done.err


def test_another_stage_or_name_is_not_locked(small, holder):
    assert run("sft", [*small, "run.name=another"]).read_manifest()["status"] == "complete"


def test_a_finished_run_is_locked_no_longer(small):
    run("sft", small)
    run("sft", small, overwrite=True)


def test_a_link_as_the_lock_is_refused_and_its_target_kept(tmp_path):
    """Older versions of filelock empty what it leads to."""
    target = tmp_path / "notes"
    target.write_text("Dear diary")
    (tmp_path / ".sft.lock").symlink_to(target)
    with pytest.raises(UserError, match="is a link"), run_lock(tmp_path / "sft"):
        pass
    assert target.read_text() == "Dear diary"
