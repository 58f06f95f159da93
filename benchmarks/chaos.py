"""Compare a calm GRPO run with one whose reward misbehaves in every known way and whose trainer is killed.

    python benchmarks/chaos.py [--kills 4] [--seed 0]

Both runs train the shipped tiny model for 30 steps, from one SFT adapter and with one reward. In the wild run the
reward misbehaves on every fifth text when it first sees it. The trainer is killed (SIGKILL or SIGTERM) at random steps
and continues with `--resume`. Afterwards no process and no temporary file may be left. Both runs must have the same
files and the same adapter, and no row may be lost or differ.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import psutil
from record import keep
from safetensors.numpy import load_file

STEPS = 30
BATCH = 8
SETTINGS = (
    "model.quantization=none", "gates.action=skip", "probe.every=null",
    *(f"guards.{name}.action=warn" for name in ("loss", "grad_norm", "reward", "entropy", "length", "truncation")),
    "data.sft_rows=4", "sft.epochs=2", "sft.save_every=1", "sft.batch_size=4", f"grpo.steps={STEPS}",
    "grpo.prompts_per_step=2", "grpo.group_size=4", f"grpo.batch_size={BATCH}", "grpo.max_completion_tokens=16",
    "grpo.save_every=4", "rewards.deadline_s=10", "rewards.max_failed=0", "rewards.workers=2",
)  # fmt: skip
#: Every process of the wild run inherits this variable. It names the place where the reward notes what it did.
MARK = "IACRL_CHAOS"
#: How long, in seconds, the processes of a killed run may take to end. It is long because the machine may be busy.
PATIENCE_S = 60
REWARD = '''
import ctypes, os, pathlib, random, signal, subprocess, sys, threading, time, zlib
import iacrl
from iacrl.scoring import judge

DAY = 86_400


def each_descriptor(what):
    for number in range(3, 64):
        try:
            what(number)
        except OSError:
            pass


def fork(what):
    if os.fork() == 0:
        what()
        os._exit(0)


def patch_and_raise():
    judge.extract = None
    raise ValueError("x" * 1_000_000)


WAYS = {
    "writes to descriptors": lambda: each_descriptor(lambda number: os.write(number, b"x" * 512)),
    "closes descriptors": lambda: os.closerange(0, 64),
    "kills its parent": lambda: os.kill(os.getppid(), signal.SIGKILL),
    "stops its parent": lambda: os.kill(os.getppid(), signal.SIGSTOP),
    "kills its group": lambda: os.killpg(0, signal.SIGKILL),
    "stops itself": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "hangs": lambda: ctypes.PyDLL(None).sleep(DAY),
    "ends": lambda: os._exit(0),
    "crashes": lambda: ctypes.string_at(0),
    "patches and raises": patch_and_raise,
    "patches": lambda: setattr(judge, "extract", None),
    "outgrows its memory": lambda: [bytes(2**24) for _ in range(10**6)],
    "forks": os.fork,
    "leaves a child": lambda: fork(lambda: time.sleep(DAY)),
    "leaves a program": lambda: subprocess.Popen(["sleep", str(DAY)]),
    "leaves a daemon": lambda: subprocess.Popen(["sleep", str(DAY)], start_new_session=True),
    "ends later": lambda: threading.Timer(0.01, os._exit, [1]).start(),
    "moves": lambda: (os.chdir("/"), os.umask(0), os.environ.pop("HOME", None), sys.setrecursionlimit(80)),
    "seeds": lambda: random.seed(0),
    "recurses": lambda: recurse(),
    "reads standard input": lambda: sys.stdin.read(),
}


def recurse():
    recurse()


@iacrl.reward
def letters(task, verdict):
    """The share of lower-case letters; where a folder is named, every fifth text gets more when it is first seen."""
    text = verdict.completion
    number = zlib.crc32(f"{task.id} {text}".encode())
    if FOLDER and number % 5 == 0:
        way = list(WAYS)[number // 5 % len(WAYS)]
        try:
            os.close(os.open(pathlib.Path(FOLDER, f"{number} {way}"), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            pass  # it has had its turn
        else:
            WAYS[way]()
    return sum(letter.islower() for letter in text) / max(1, len(text))
'''


def command(stage: str, runs: Path, reward: Path, name: str, *options: str) -> list[str]:
    """Return the command of a stage of one of the two runs."""
    rubric = [f"rewards.weights={{{json.dumps(str(reward))}: 1.0}}", "rewards.gates={}"]
    settings = [*SETTINGS, *rubric, f"run.dir={runs}", f"run.name={name}"]
    return [sys.executable, "-m", "iacrl", stage, "--config", "tiny-cpu", *options, *settings]


def processes(token: str) -> list[psutil.Process]:
    """Return the processes of the wild run that still run."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == token and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            pass
    return found


def await_end(token: str) -> int:
    """Wait for the processes of a run that has ended. Kill those that stay, and return how many they were."""
    end = time.monotonic() + PATIENCE_S
    while (left := processes(token)) and time.monotonic() < end:
        time.sleep(0.2)
    for process in left:
        print("left:", process.pid, process.cmdline(), flush=True)
        process.kill()
    return len(left)


def live(arguments: Sequence[str], log: Path, environment: dict[str, str], steps: Path, until: int | None) -> int:
    """Run a trainer, and kill it once `until` steps are done; return its exit status."""
    with log.open("ab") as file:
        trainer = subprocess.Popen(arguments, stdout=file, stderr=file, env=environment)
    while trainer.poll() is None:
        time.sleep(0.1)
        if until is not None and steps.exists() and steps.read_bytes().count(b"\n") >= until:
            time.sleep(random.random())
            trainer.send_signal(random.choice([signal.SIGKILL, signal.SIGTERM]))
            trainer.wait()
    return trainer.returncode


def rows(run: Path) -> list[tuple[object, ...]]:
    """Return what a run recorded about each completion."""
    kept = [json.loads(line) for line in (run / "samples.jsonl").read_text().splitlines()]
    return [(row["step"], row["task"], row["completion"], row["score"], row.get("outcome")) for row in kept]


def files(run: Path) -> set[str]:
    """Return the names of all files of a run."""
    return {path.relative_to(run).as_posix() for path in run.rglob("*") if path.is_file()}


def main() -> int:
    """Print what is left and what differs; exit 1 if there is anything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    random.seed(options.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        done, temporary, log = folder / "done", folder / "tmp", folder / "log"
        done.mkdir()
        temporary.mkdir()
        rewards = {}
        for kind, noted in {"calm": "", "wild": str(done)}.items():
            rewards[kind] = folder / kind / "letters.py"
            rewards[kind].parent.mkdir()
            rewards[kind].write_text(REWARD.replace("DAY = ", f"FOLDER = {noted!r}\nDAY = ", 1))
        subprocess.run(command("sft", folder, rewards["calm"], "calm"), check=True)
        parent = ("--parent", str(folder / "calm" / "sft"))
        subprocess.run(command("grpo", folder, rewards["calm"], "calm", *parent), check=True)
        token = secrets.token_hex(8)
        # torch keeps its cache among the temporary files by default.
        torch = {"TORCHINDUCTOR_CACHE_DIR": str(folder / "torch")}
        environment = {**os.environ, **torch, MARK: token, "TMPDIR": str(temporary)}
        calm, wild = folder / "calm" / "grpo", folder / "wild" / "grpo"
        numbers: dict[str, float] = {"processes_left": 0, "kills": 0}
        started = time.monotonic()
        targets = [*sorted(random.sample(range(2, STEPS - 1), options.kills)), None]
        for life, until in enumerate(targets):
            how = parent if not life else (*parent, "--resume")
            status = live(
                command("grpo", folder, rewards["wild"], "wild", *how), log, environment, wild / "metrics.jsonl", until
            )
            numbers["kills"] += until is not None and status != 0
            numbers["processes_left"] += await_end(token)
            print(f"life {life}: exit status {status}", flush=True)
        if status:
            print(log.read_text()[-4000:])
            return 1
        mine, others = (load_file(run / "adapter" / "adapter_model.safetensors") for run in (calm, wild))
        ways = Counter(path.name.partition(" ")[2] for path in done.iterdir())
        numbers |= {
            "seconds": time.monotonic() - started,
            "misbehaviours": ways.total(),
            "ways": len(ways),
            "temporary_files_left": sum(1 for _ in temporary.rglob("*")),
            "other_files": len(files(calm) ^ files(wild)),
            "rows": len(rows(wild)),
            "rows_lost_or_changed": (Counter(rows(calm)) - Counter(rows(wild))).total(),
            "tensors_changed": sum(not (mine[name] == others[name]).all() for name in mine),
        }
        print(*sorted(files(calm) ^ files(wild)), *temporary.rglob("*"), sep="\n")
    nothing = ("processes_left", "temporary_files_left", "other_files", "rows_lost_or_changed", "tensors_changed")
    bounds = dict.fromkeys(nothing, ("at most", 0.0)) | {"rows": ("at least", float(STEPS * BATCH))}
    return 0 if keep("chaos", numbers, bounds) else 1


if __name__ == "__main__":
    sys.exit(main())
