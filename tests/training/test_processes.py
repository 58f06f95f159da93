"""Two processes under torchrun on a CPU: one run directory, one result, and resuming to the same bits after a kill."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from stage_runs import adapter, rows, same

from iacrl.config import load_config
from iacrl.errors import UserError
from iacrl.training.resuming import reopen_run
from iacrl.training.run_directory import RunDirectory

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
BOTH_STAGES = """
import sys
from iacrl.cli import cli
for stage in ("sft", "grpo"):
    cli([stage, "--config", "tiny-cpu", *sys.argv[1:]], standalone_mode=False)
"""


def stage(overrides, name):
    config = load_config("tiny-cpu", overrides)
    return RunDirectory(config.run.dir / config.run.name / name)


def launch(*args):
    done = subprocess.run([*TORCHRUN, *args], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return done


def kill_at_first_checkpoint(overrides, options):
    """Kill both processes and their launcher, as a machine that loses power does."""
    command = [*TORCHRUN, "-m", "iacrl", "grpo", "--config", "tiny-cpu", *options, *overrides]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    wanted = stage(overrides, "grpo").checkpoints
    deadline = time.monotonic() + 600
    while not list(wanted.glob("checkpoint-*/trainer_state.json")):
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline, "no checkpoint was written"
        time.sleep(0.01)
    import psutil

    family = [process, *psutil.Process(process.pid).children(recursive=True)]
    for member in family:
        member.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    psutil.wait_procs(family[1:], timeout=60)


@pytest.mark.timeout(1200)  # six processes load torch and train; on a busy machine that takes its time
def test_two_processes_train_one_run_that_resumes_to_the_same_bits(small, tmp_path):
    overrides = [
        *small,
        "rewards.workers=1",
        "grpo.steps=8",
        "grpo.save_every=4",
        "grpo.beta=0.05",
        "grpo.steps_per_generation=2",
    ]
    script = tmp_path / "both.py"
    script.write_text(BOTH_STAGES)
    done = launch(str(script), *overrides)
    assert done.stderr.count("Adapter: ") == 2, "one process speaks, for each stage once"
    sft, whole = stage(overrides, "sft"), stage(overrides, "grpo")
    for run in (sft, whole):
        assert run.read_manifest()["status"] == "complete"
        assert run.read_manifest()["hardware"]["processes"] == 2
    assert [row["step"] for row in rows(sft.path / "metrics.jsonl")] == [1, 2]
    assert [row["step"] for row in rows(whole.path / "metrics.jsonl")] == list(range(1, 9))
    samples = Counter(row["step"] for row in rows(whole.samples))
    assert samples == dict.fromkeys((1, 3, 5, 7), 2 * 2 * 2), "the completions of both processes are gathered"

    again = [*overrides, "run.name=killed"]
    parent = ["--parent", str(sft.path)]
    kill_at_first_checkpoint(again, parent)
    killed = stage(again, "grpo")
    with pytest.raises(UserError, match="started with 2 processes, and these are 1"):
        reopen_run(load_config("tiny-cpu", again), "grpo")
    launch("-m", "iacrl", "grpo", "--config", "tiny-cpu", "--resume", *again, *parent)
    assert same(adapter(killed), adapter(whole))
    assert killed.read_manifest()["adapter_digest"] == whole.read_manifest()["adapter_digest"]
    assert [row["step"] for row in rows(killed.path / "metrics.jsonl")] == list(range(1, 9))
    assert rows_without_time(killed) == rows_without_time(whole)


def rows_without_time(run):
    return sorted(json.dumps([row["step"], row["task"], row["completion"], row["score"]]) for row in rows(run.samples))
