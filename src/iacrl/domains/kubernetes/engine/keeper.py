"""Starts etcd and kube-apiserver, and ends them when its input ends: so they go whatever becomes of iacrl.

Run by file, in an interpreter without site packages: `keeper.py FOLDER`, the commands as JSON in the first line of the
input. It has a process group of its own; the servers are in it, and die with it even where it is killed itself.
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
    """Run in a server before it starts. Only Linux can do this; elsewhere the end of the input has to do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _wait(started: list[subprocess.Popen[bytes]], parent: int) -> None:
    """Return when the input has ended, the parent is gone, or a server has ended by itself."""
    while os.getppid() == parent and all(process.poll() is None for process in started):
        if select.select([0], [], [], _LOOK_S)[0] and not os.read(0, 4096):
            return


def main(folder: Path) -> None:
    """Serve until the input ends, then end the servers and remove the folder."""
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
