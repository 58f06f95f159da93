"""The user's real provider binaries: found in a plugin directory, started once, sandboxed like terraform.

A binary started with `-debug` prints where it listens and serves any number of runs. It is outside of every run's
directory; a hard link to its socket lets a sandboxed run reach it. It has no network, no files and no credentials, and
is only asked to validate.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from iacrl.domains.terraform.engine.sandbox import RunLimits, Sandbox
from iacrl.domains.terraform.schema.packs import DEFAULT_HOST
from iacrl.errors import UserError

#: Where binaries are searched for if no directory is given; the second is terraform's own.
VARIABLES = ("IACRL_TF_PLUGINS", "TF_PLUGIN_CACHE_DIR")
#: HOST/NAMESPACE/NAME/VERSION/SYSTEM/terraform-provider-NAME..., the layout of terraform's mirrors and cache.
_LAYOUT = "*/*/*/*/*/terraform-provider-*"
_ATTACH = re.compile(r"TF_REATTACH_PROVIDERS='(.*)'")
_START_S = 120.0
#: A provider's schema alone takes a gigabyte of address space, and its binary as much.
_LIMITS = RunLimits(cpu_s=None, wall_s=7 * 24 * 3600.0, memory_bytes=32 << 30)


def find_binaries(directory: str | Path | None = None) -> dict[str, Path]:
    """Return the newest binary of each provider, by full address.

    Args:
        directory: A plugin directory; the default is the one that `IACRL_TF_PLUGINS` or `TF_PLUGIN_CACHE_DIR` names.

    Raises:
        UserError: The given directory does not exist.
    """
    if directory is not None and not Path(directory).is_dir():
        raise UserError(f"{directory}: no such directory of provider plugins.")
    named = directory or next(filter(None, map(os.environ.get, VARIABLES)), None)
    found: dict[str, Path] = {}
    for path in sorted(Path(named).glob(_LAYOUT), key=_version) if named else ():
        if path.is_file() and os.access(path, os.X_OK):
            host, namespace, name = path.parts[-6:-3]
            found[f"{host}/{namespace}/{name}"] = path
    return found


def _version(path: Path) -> tuple[tuple[int, ...], str]:
    return tuple(map(int, re.findall(r"\d+", path.parts[-3])[:3])), str(path)


class RealProviders:
    """The available binaries, each started when it is first needed. Thread-safe.

    Args:
        folder: An empty directory on the same file system as the runs' directories.
        binaries: By full address.
    """

    def __init__(self, folder: Path, binaries: dict[str, Path]) -> None:
        self._folder = folder
        self._binaries = binaries
        self._started: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self._stack = ExitStack()

    def has(self, address: str) -> bool:
        """Say whether there is a binary for an address, given in full or as of the public registry."""
        return _full(address) in self._binaries

    def title(self, address: str) -> str:
        """Return an address of the public registry with the version of its binary: `hashicorp/aws 5.100.0`."""
        return f"{address} {self._binaries[_full(address)].parts[-3]}"

    def attach(self, address: str, socket: Path) -> dict[str, Any]:
        """Make a provider reachable through a socket, and return what else terraform needs to connect.

        Raises:
            UserError: The binary does not start.
        """
        with self._lock:
            if _full(address) not in self._started:
                self._started[_full(address)] = self._start(self._binaries[_full(address)])
        known = self._started[_full(address)]
        os.link(known["socket"], socket)
        return {"Protocol": "grpc", "ProtocolVersion": known["version"], "Pid": os.getpid(), "Test": True}

    def close(self) -> None:
        """Stop every provider."""
        self._stack.close()

    def _start(self, binary: Path) -> dict[str, Any]:
        root = self._folder / f"provider-{len(self._started)}"
        (root / "text").mkdir(parents=True)
        sandbox = Sandbox(binary, root)
        self._stack.callback(sandbox.close)
        inside = "" if sandbox.keeps_files_out else str(root)
        environment = {"TMPDIR": inside or "/", "HOME": inside or "/", "PLUGIN_UNIX_SOCKET_DIR": inside or "/"}
        run = threading.Thread(
            target=_run, args=(sandbox, root, [binary.name, "-debug"], environment), name="iacrl-provider", daemon=True
        )
        run.start()
        until = time.monotonic() + _START_S
        while run.is_alive() and time.monotonic() < until:
            said = _ATTACH.search((root / "stdout").read_text(errors="replace")) if (root / "stdout").exists() else None
            if said is not None:
                (known,) = json.loads(said[1]).values()
                listens = known["Addr"]["String"]
                return {
                    "socket": root / listens.lstrip("/") if not inside else listens,
                    "version": known["ProtocolVersion"],
                }
            time.sleep(0.05)
        raise UserError(f"{binary} does not start as a provider: {_last_words(root)}")


def _run(sandbox: Sandbox, root: Path, argv: list[str], environment: dict[str, str]) -> None:
    with suppress(RuntimeError):  # closing the sandbox stops it
        sandbox.run(root, argv, environment, _LIMITS)


def _last_words(root: Path) -> str:
    said: Iterable[str] = ((root / name).read_text(errors="replace").strip() for name in ("stderr", "stdout"))
    return next((words[-500:] for words in said if words), "it says nothing.")


def _full(address: str) -> str:
    return address if address.count("/") == 2 else f"{DEFAULT_HOST}/{address}"
