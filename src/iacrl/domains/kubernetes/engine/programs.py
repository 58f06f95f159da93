"""The Kubernetes programs that the engine runs: their paths and versions."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import NamedTuple

from iacrl.errors import UserError

#: The directory that `setup-envtest use` fills, and that controller-runtime's tests read.
VARIABLE = "KUBEBUILDER_ASSETS"


class ServerPrograms(NamedTuple):
    """A kube-apiserver and its etcd.

    Attributes:
        version: The server's version, such as `1.37.2`.
    """

    apiserver: Path
    etcd: Path
    version: str

    @property
    def minor(self) -> str:
        """Its minor version, such as `1.37`."""
        return minor_of(self.version)


def minor_of(version: str) -> str:
    """Return `1.37` for `1.37.2`."""
    return ".".join(version.split(".")[:2])


def find_servers(assets: str | Path | None = None) -> ServerPrograms | None:
    """Return the installed kube-apiserver and etcd, or None if there are none.

    Args:
        assets: The directory with both; by default the one in `KUBEBUILDER_ASSETS`, else the PATH.

    Raises:
        UserError: This directory does not contain both, or the server does not run.
    """
    named = assets or os.environ.get(VARIABLE)
    apiserver, etcd = (_find(name, named) for name in ("kube-apiserver", "etcd"))
    if apiserver is not None and etcd is not None:
        return ServerPrograms(apiserver, etcd, _version(apiserver))
    if named:
        raise UserError(
            f"{named}: holds no kube-apiserver and etcd that may be run; `setup-envtest use` installs them."
        )
    return None


def need_servers(assets: str | Path | None = None) -> ServerPrograms:
    """Return the installed kube-apiserver and etcd.

    Raises:
        UserError: There are none; the message says what to install.
    """
    found = find_servers(assets)
    if found is None:
        raise UserError(
            "No kube-apiserver and etcd. `setup-envtest use` installs both "
            "(https://pkg.go.dev/sigs.k8s.io/controller-runtime/tools/setup-envtest); then set "
            f"{VARIABLE} to their directory, or put them on the PATH."
        )
    return found


def need_kubectl() -> Path:
    """Return kubectl, which knows how to reach the user's clusters: from the servers' directory or the PATH.

    Raises:
        UserError: There is none.
    """
    found = _find("kubectl", None) or _find("kubectl", os.environ.get(VARIABLE))
    if found is None:
        raise UserError("No kubectl on the PATH. It reaches your cluster: https://kubernetes.io/docs/tasks/tools/.")
    return found


def _find(name: str, directory: str | Path | None) -> Path | None:
    found = shutil.which(name, path=None if directory is None else str(directory))
    return None if found is None else Path(found).resolve()


@cache
def _version(apiserver: Path) -> str:
    try:
        run = subprocess.run([apiserver, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UserError(f"{apiserver} does not run: {error}") from None
    told = re.search(r"v(\d+\.\d+\.\d+\S*)", run.stdout)
    if told is None:
        raise UserError(f"{apiserver} --version names no version: {(run.stdout or run.stderr).strip()[:200]!r}.")
    return told[1]
