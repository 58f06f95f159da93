"""Sandboxed runs of one program: the engine's side of the zygote."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ZYGOTE = Path(__file__).with_name("zygote.py")

#: Go reserves address space far beyond what it uses: a plain run of terraform needs about 1.3 GB of it.
_ADDRESS_SPACE_BYTES = 4 << 30


@dataclass(frozen=True, slots=True)
class RunLimits:
    """The limits of one terraform run.

    Attributes:
        cpu_s: Whole seconds of processor time after which the run is killed; None for no limit. Time that other
            processes use does not count.
        wall_s: Seconds by the clock after which the run and everything it started are killed.
        memory_bytes: Address space; the Go runtime reserves more than it touches.
        output_bytes: The size of the largest file that it may write, including its standard output.
    """

    cpu_s: int | None = 20
    wall_s: float = 60.0
    memory_bytes: int = _ADDRESS_SPACE_BYTES
    output_bytes: int = 64 << 20


@dataclass(frozen=True, slots=True)
class Finished:
    """How a run ended. `status` is negative if a signal ended it; `output_full` is true if it filled its output.

    `timed_out` is true if it exceeded its time, by the clock or of the processor. `cpu_s` is its processor time.
    """

    status: int
    cpu_s: float
    timed_out: bool
    output_full: bool
    stdout: str
    stderr: str


class Sandbox:
    """A zygote and its running runs. Any number of threads may call `run` at once.

    Args:
        program: The program to run.
        folder: Contains the roots of the runs; removed when the zygote ends, even if this process is killed.

    Attributes:
        keeps_files_out: The program sees only the files under a run's root.
    """

    def __init__(self, program: Path, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_ZYGOTE), str(program), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env={},
        )
        walls = json.loads(self._output.readline() or "{}")
        self.keeps_files_out: bool = walls.get("files", False)
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._waiting: dict[int, Future[dict[str, Any]]] = {}
        self._reader = threading.Thread(target=self._read, name="iacrl-terraform-sandbox", daemon=True)
        self._reader.start()

    @property
    def _output(self) -> Any:
        return self._process.stdout

    def run(self, root: Path, argv: Sequence[str], env: Mapping[str, str], limits: RunLimits) -> Finished:
        """Run the program in `root/text` and wait for its end.

        Raises:
            RuntimeError: The zygote has died: an error of the engine, never of the text.
        """
        finished: Future[dict[str, Any]] = Future()
        with self._lock:
            number = next(self._ids)
            self._waiting[number] = finished
            request = {
                "id": number,
                "root": str(root),
                "folder": "text",
                "argv": list(argv),
                "env": dict(env),
                "limit_s": limits.wall_s,
                "limits": {
                    "RLIMIT_AS": limits.memory_bytes,
                    "RLIMIT_FSIZE": limits.output_bytes,
                    "RLIMIT_CORE": 0,
                    **({} if limits.cpu_s is None else {"RLIMIT_CPU": limits.cpu_s}),
                },
            }
            stdin = self._process.stdin
            if stdin is None or self._process.poll() is not None:
                raise RuntimeError("the process that starts terraform has ended")
            stdin.write(json.dumps(request).encode() + b"\n")
            stdin.flush()
        ended = finished.result()
        return Finished(
            status=ended["status"],
            cpu_s=ended["cpu_s"],
            timed_out=ended["timed_out"] or (limits.cpu_s is not None and _spent(ended, limits.cpu_s)),
            output_full=any((root / name).stat().st_size >= limits.output_bytes for name in ("stdout", "stderr")),
            stdout=(root / "stdout").read_text(errors="replace"),
            stderr=(root / "stderr").read_text(errors="replace"),
        )

    def close(self) -> None:
        """Stop the zygote and every run."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()
        self._reader.join()
        self._output.close()

    def _read(self) -> None:
        for line in self._output:
            answer = json.loads(line)
            self._waiting.pop(answer["id"]).set_result(answer)
        with self._lock:
            for finished in self._waiting.values():
                finished.set_exception(RuntimeError("the process that starts terraform has ended"))
            self._waiting.clear()


def _spent(ended: Mapping[str, Any], cpu_s: int) -> bool:
    """Say whether the system killed a run because it used up its processor time."""
    return bool(ended["status"] == -signal.SIGKILL and used_up(ended["cpu_s"], cpu_s))


def used_up(spent: float, limit: int) -> bool:
    """Return whether a run may have been killed for its processor time, in seconds.

    The system counts whole ticks for the limit, and exactly for what it reports: that may be a little less.
    """
    return spent >= 0.95 * limit
