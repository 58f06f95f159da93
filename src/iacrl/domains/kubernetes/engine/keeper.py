"""Starts etcd and kube-apiserver, and stops them when its input ends: they stop even if iacrl crashes.

Run as a file, in an interpreter without site packages: `keeper.py FOLDER`, with the commands as JSON in the first line
of the input. It has its own process group with the servers. They die with it even if it is killed.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_GRACE_S = 5.0
_LOOK_S = 1.0


def _die_with_keeper() -> None:
    """Runs in a server before it starts. Only Linux can do this; elsewhere only the end of the input stops it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _wait(started: list[subprocess.Popen[bytes]], parent: int) -> None:
    """Wait until the input ends, the parent is gone, or a server stops by itself."""
    while os.getppid() == parent and all(process.poll() is None for process in started):
        if select.select([0], [], [], _LOOK_S)[0] and not os.read(0, 4096):
            return


def main(folder: Path) -> None:
    """Serve until the input ends, then stop the servers and remove the folder."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    parent = os.getppid()
    started = []
    try:
        for name, command in json.loads(sys.stdin.buffer.readline()):
            with (folder / f"{name}.log").open("wb") as log:
                started.append(
                    subprocess.Popen(
                        command,
                        cwd=folder,
                        env={"PATH": "/usr/bin:/bin", "HOME": str(folder)} if name != "kubectl" else None,
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        preexec_fn=_die_with_keeper,
                        restore_signals=True,
                    )
                )
        _wait(started, parent)
    finally:
        for process in reversed(started):
            process.terminate()
        for process in reversed(started):
            try:
                process.wait(_GRACE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
