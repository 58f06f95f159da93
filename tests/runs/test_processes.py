"""Two processes under torchrun on a CPU: one run directory, one result, and resuming to the same bits after a kill."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter

import pytest
import torch
from stage_runs import (
    FORKS,
    ROUNDING,
    adapter,
    apart,
    fork,
    gradient_descent,
    iacrl_command,
    rows,
    run,
    same,
)

from iacrl.config.recipes import load_config
from iacrl.errors import UserError
from iacrl.runs.directory import RunDirectory
from iacrl.runs.progress import console
from iacrl.training.resuming import reopen_run

pytestmark = FORKS
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", "-m", "iacrl"]


def stage(overrides, name):
    config = load_config("tiny-cpu", overrides)
    return RunDirectory(config.run.dir / config.run.name / name)


def ended_together(children):
    """Wait for processes and return their exit statuses; where one fails, end the others, as torchrun does."""
    statuses = {}
    while left := [child for child in children if child not in statuses]:
        for child in left:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                statuses[child] = os.waitstatus_to_exitcode(status)
            elif any(statuses.values()):
                os.kill(child, signal.SIGKILL)
        time.sleep(0.01)
    return [statuses[child] for child in children]


@pytest.fixture
def launch(small, tmp_path):
    """Run a command in two processes as torchrun does; return their exit statuses, and all that they told.

    They are copies of this one, for importing everything takes two new ones longer than all else. So this one trains a
    step first, to have all of it.
    """
    run("sft", [*small, "run.name=first", "sft.steps=1", "sft.warmup_steps=0"])

    def launched(*command, prepare=lambda rank: None, **options):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]

        def work(rank):
            from accelerate.state import AcceleratorState, GradientState, PartialState

            for state in (AcceleratorState, GradientState, PartialState):
                state._reset_state()  # they remember that this process trained alone
            console.quiet = rank > 0  # decided when it is imported
            prepare(rank)
            iacrl_command(*command, **options)()

        told = [tmp_path / f"told-{rank}" for rank in range(2)]
        children = [
            fork(
                lambda rank=rank: work(rank),
                told[rank],
                RANK=str(rank),
                LOCAL_RANK=str(rank),
                WORLD_SIZE="2",
                LOCAL_WORLD_SIZE="2",
                MASTER_ADDR="127.0.0.1",
                MASTER_PORT=str(port),
            )
            for rank in range(2)
        ]
        return ended_together(children), "".join(file.read_text() for file in told)

    return launched


def test_two_processes_train_one_run_that_resumes_to_the_same_bits(small, chats, launch):
    overrides = [
        *small,
        "rewards.workers=1",
        # Two steps make an epoch, and the checkpoint lies inside the second.
        "sft.steps=5",
        "sft.save_every=3",
        "grpo.steps=4",
        "grpo.save_every=2",
        "grpo.beta=0.05",
        "grpo.steps_per_generation=2",
        f"data.replay={chats}",
    ]
    done = subprocess.run(
        [*TORCHRUN, "sft", "--config", "tiny-cpu", *overrides], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    statuses, told = launch("grpo", overrides)
    assert statuses == [0, 0], told
    assert done.stderr.count("Adapter: ") == told.count("Adapter: ") == 1, "one process speaks"
    sft, whole = stage(overrides, "sft"), stage(overrides, "grpo")
    for found in (sft, whole):
        assert found.read_manifest()["status"] == "complete"
        assert found.read_manifest()["hardware"]["processes"] == 2
    assert [row["step"] for row in rows(sft.path / "metrics.jsonl")] == list(range(1, 6))
    assert [row["step"] for row in rows(whole.path / "metrics.jsonl")] == list(range(1, 5))
    samples = Counter(row["step"] for row in rows(whole.samples))
    assert samples == dict.fromkeys((1, 3), 2 * 2 * 2), "the completions of both processes are gathered"

    again = [*overrides, "run.name=killed"]
    killed_sft, killed = stage(again, "sft"), stage(again, "grpo")
    statuses, told = launch("sft", again, die_at=5)
    assert -signal.SIGKILL in statuses and 0 not in statuses, told
    with pytest.raises(UserError, match="started with 2 processes, and these are 1"):
        reopen_run(load_config("tiny-cpu", again), "sft")
    statuses, told = launch("sft", again, "--resume")
    assert statuses == [0, 0], told
    assert [one["step"] for one in killed_sft.read_manifest()["resumed"]] == [3]
    assert same(adapter(killed_sft), adapter(sft))
    assert [row["step"] for row in rows(killed_sft.path / "metrics.jsonl")] == list(range(1, 6))
    statuses, told = launch("grpo", again, die_at=4)
    assert -signal.SIGKILL in statuses and 0 not in statuses, told
    statuses, told = launch("grpo", again, "--resume")
    assert statuses == [0, 0], told
    assert killed.read_manifest()["resumed"][0]["step"] == 2
    assert same(adapter(killed), adapter(whole))
    assert killed.read_manifest()["adapter_digest"] == whole.read_manifest()["adapter_digest"]
    assert [row["step"] for row in rows(killed.path / "metrics.jsonl")] == list(range(1, 5))
    assert rows_without_time(killed) == rows_without_time(whole)


def plain_steps(rank):
    """Let steps be those of `gradient_descent`."""
    from transformers import Trainer

    Trainer.get_optimizer_cls_and_kwargs = staticmethod(gradient_descent)


def short_of_memory(rank):
    """Begin with a check of peak memory, as on a GPU; the second has none for a backward pass of two sequences."""
    from transformers import Qwen2Model

    from iacrl.training import stage
    from iacrl.training.callbacks import PeakMemoryCheck

    plain_steps(rank)
    forward, train = Qwen2Model.forward, stage._train

    def out_of_memory(gradient):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    def limited(self, input_ids=None, **kwargs):
        found = forward(self, input_ids=input_ids, **kwargs)
        if rank == 1 and len(input_ids) > 1 and found.last_hidden_state.requires_grad:
            found.last_hidden_state.register_hook(out_of_memory)
        return found

    def checked(trainer, *args):
        Qwen2Model.forward = limited
        trainer.add_callback(PeakMemoryCheck(trainer, [5] * 700))
        train(trainer, *args)

    stage._train = checked


def test_when_memory_runs_out_in_one_process_both_halve(small, launch):
    overrides = [*small, "rewards.workers=1", "sft.warmup_steps=0", "grpo.warmup_steps=0", "lora.dropout=0.0"]
    overrides += ["grpo.group_size=4"]
    again = [*overrides, "run.name=short"]
    sft = stage(overrides, "sft")
    for name, parent in (("sft", []), ("grpo", ["--parent", str(sft.path)])):
        statuses, told = launch(name, overrides, prepare=plain_steps)
        assert statuses == [0, 0], told
        statuses, told = launch(name, again, *parent, prepare=short_of_memory)
        assert statuses == [0, 0], told
        assert told.count("Out of memory while training with 2 sequences at a time: going on with 1") == 1
        short = stage(again, name)
        assert short.read_manifest()["memory"] == {"parts": 2, "micro_batch": 1, "since_step": 1}
        start = adapter(sft) if name == "grpo" else None
        assert apart(adapter(short), adapter(stage(overrides, name)), start) < ROUNDING
        assert not same(adapter(short), adapter(sft)) or name == "sft"


def rows_without_time(run):
    return sorted(json.dumps([row["step"], row["task"], row["completion"], row["score"]]) for row in rows(run.samples))
