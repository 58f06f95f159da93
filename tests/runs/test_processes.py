"""Two processes under torchrun on a CPU: one run directory, one result, and resuming to the same bits after a kill."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from stage_runs import ROUNDING, adapter, apart, rows, same

from iacrl.config.recipes import load_config
from iacrl.errors import UserError
from iacrl.runs.directory import RunDirectory
from iacrl.training.resuming import reopen_run

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
#: Runs several commands in one process, for each start of two takes its time. With the word `short`, training
#: begins with a check of peak memory, as on a GPU, and the second process finds no memory for a backward pass of two
#: sequences. With `plain`, steps are those of `stage_runs.gradient_descent`.
COMMANDS = """
import json
import os
import sys

import torch
from transformers import Qwen2Model, Trainer

from iacrl.cli import cli
from iacrl.training import stage
from iacrl.training.callbacks import PeakMemoryCheck

forward, train = Qwen2Model.forward, stage._train


def out_of_memory(gradient):
    raise torch.OutOfMemoryError("CUDA out of memory.")


def limited(self, input_ids=None, **kwargs):
    found = forward(self, input_ids=input_ids, **kwargs)
    if os.environ["RANK"] == "1" and len(input_ids) > 1 and found.last_hidden_state.requires_grad:
        found.last_hidden_state.register_hook(out_of_memory)
    return found


def checked(trainer, *args):
    Qwen2Model.forward = limited
    trainer.add_callback(PeakMemoryCheck(trainer, [5] * 700))
    train(trainer, *args)


if "plain" in sys.argv:
    Trainer.get_optimizer_cls_and_kwargs = staticmethod(lambda args, model=None: (torch.optim.SGD, {"lr": 0.1}))
if "short" in sys.argv:
    stage._train = checked
for command in json.loads(sys.argv[1]):
    cli(command, standalone_mode=False)
"""


def stage(overrides, name):
    config = load_config("tiny-cpu", overrides)
    return RunDirectory(config.run.dir / config.run.name / name)


@pytest.fixture
def commands(tmp_path):
    """A script for torchrun that runs the commands which its first argument lists."""
    script = tmp_path / "commands.py"
    script.write_text(COMMANDS)
    return script


def command(name, overrides, *options):
    return [name, "--config", "tiny-cpu", *options, *overrides]


def launch(script, *commands, words=()):
    done = subprocess.run([*TORCHRUN, str(script), json.dumps(commands), *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done


def kill_at_first_checkpoint(run, script, *commands):
    """Kill both processes and their launcher, as a machine that loses power does."""
    process = subprocess.Popen(
        [*TORCHRUN, str(script), json.dumps(commands)], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while not list(run.checkpoints.glob("checkpoint-*/trainer_state.json")):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    import psutil

    family = [process, *psutil.Process(process.pid).children(recursive=True)]
    for member in family:
        member.send_signal(signal.SIGKILL)
    process.communicate()
    psutil.wait_procs(family[1:])


def test_two_processes_train_one_run_that_resumes_to_the_same_bits(small, commands):
    overrides = [
        *small,
        "rewards.workers=1",
        # Five steps make an epoch, and every checkpoint before step 30 lies inside one after the first.
        "data.sft_rows=40",
        "sft.steps=23",
        "sft.save_every=6",
        "grpo.steps=8",
        "grpo.save_every=4",
        "grpo.beta=0.05",
        "grpo.steps_per_generation=2",
    ]
    done = launch(commands, command("sft", overrides), command("grpo", overrides))
    assert done.stderr.count("Adapter: ") == 2, "one process speaks, for each stage once"
    sft, whole = stage(overrides, "sft"), stage(overrides, "grpo")
    for run in (sft, whole):
        assert run.read_manifest()["status"] == "complete"
        assert run.read_manifest()["hardware"]["processes"] == 2
    assert [row["step"] for row in rows(sft.path / "metrics.jsonl")] == list(range(1, 24))
    assert [row["step"] for row in rows(whole.path / "metrics.jsonl")] == list(range(1, 9))
    samples = Counter(row["step"] for row in rows(whole.samples))
    assert samples == dict.fromkeys((1, 3, 5, 7), 2 * 2 * 2), "the completions of both processes are gathered"

    again = [*overrides, "run.name=killed"]
    killed_sft, killed = stage(again, "sft"), stage(again, "grpo")
    kill_at_first_checkpoint(killed_sft, commands, command("sft", again))
    with pytest.raises(UserError, match="started with 2 processes, and these are 1"):
        reopen_run(load_config("tiny-cpu", again), "sft")
    kill_at_first_checkpoint(killed, commands, command("sft", again, "--resume"), command("grpo", again))
    assert killed_sft.read_manifest()["resumed"][0]["step"] in (6, 12, 18)
    assert same(adapter(killed_sft), adapter(sft))
    assert [row["step"] for row in rows(killed_sft.path / "metrics.jsonl")] == list(range(1, 24))
    launch(commands, command("grpo", again, "--resume"))
    assert killed.read_manifest()["resumed"][0]["step"] == 4
    assert same(adapter(killed), adapter(whole))
    assert killed.read_manifest()["adapter_digest"] == whole.read_manifest()["adapter_digest"]
    assert [row["step"] for row in rows(killed.path / "metrics.jsonl")] == list(range(1, 9))
    assert rows_without_time(killed) == rows_without_time(whole)


def test_when_memory_runs_out_in_one_process_both_halve(small, commands):
    overrides = [*small, "rewards.workers=1", "sft.warmup_steps=0", "grpo.warmup_steps=0", "lora.dropout=0.0"]
    overrides += ["grpo.group_size=4"]
    launch(commands, command("sft", overrides), command("grpo", overrides), words=["plain"])
    again = [*overrides, "run.name=short"]
    sft = stage(overrides, "sft")
    parent = ["--parent", str(sft.path)]
    done = launch(commands, command("sft", again), command("grpo", again, *parent), words=["plain", "short"])
    assert done.stderr.count("Out of memory while training with 2 sequences at a time: going on with 1") == 2
    for name in ("sft", "grpo"):
        short = stage(again, name)
        assert short.read_manifest()["memory"] == {"parts": 2, "micro_batch": 1, "since_step": 1}
        start = adapter(sft) if name == "grpo" else None
        assert apart(adapter(short), adapter(stage(overrides, name)), start) < ROUNDING
        assert not same(adapter(short), adapter(sft)) or name == "sft"


def rows_without_time(run):
    return sorted(json.dumps([row["step"], row["task"], row["completion"], row["score"]]) for row in rows(run.samples))
