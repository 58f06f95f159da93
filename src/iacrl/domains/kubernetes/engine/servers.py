"""The engine's server: its own kube-apiserver on loopback, or the user's cluster through kubectl's proxy.

A keeper starts both, and stops them even if this process crashes.
"""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from iacrl.domains.kubernetes.engine import keeper
from iacrl.domains.kubernetes.engine.connections import Answer, Connections
from iacrl.domains.kubernetes.engine.programs import ServerPrograms
from iacrl.errors import UserError

#: Admission plugins that look at other objects of the cluster are off: only the manifest decides.
_OFF = (
    "ServiceAccount,NamespaceLifecycle,TaintNodesByCondition,PersistentVolumeClaimResize,Priority,RuntimeClass,"
    "ResourceQuota,LimitRanger,PodSecurity"
)
#: Both address families, so that a service may use either.
_SERVICES = "10.96.0.0/12,fd00:10:96::/112"
_START_S = 120.0
_REACH_S = 20.0
_POLL_S = 0.05


@contextmanager
def local_server(programs: ServerPrograms) -> Iterator[Connections]:
    """Start etcd and a kube-apiserver on loopback, with a fresh certificate and a random token; stop both at the end.

    Raises:
        UserError: They do not start.
    """
    folder = Path(mkdtemp(prefix="iacrl-kubernetes-"))  # only the owner may read it
    client, peer, port = _free_ports(3)
    token = secrets.token_hex(32)
    (folder / "tokens.csv").write_text(f"{token},iacrl,1,system:masters\n")
    store = f"http://127.0.0.1:{client}"
    certificate = folder / "certs" / "apiserver.crt"
    # The server makes its own certificate before it reads the service account key, so both may use the same key.
    key = str(certificate.with_suffix(".key"))
    etcd = [
        str(programs.etcd), "--data-dir", str(folder / "etcd"), "--unsafe-no-fsync", "--log-level", "error",
        "--listen-client-urls", store, "--advertise-client-urls", store,
        "--listen-peer-urls", f"http://127.0.0.1:{peer}",
    ]  # fmt: skip
    apiserver = [
        str(programs.apiserver), "--etcd-servers", store, "--cert-dir", str(certificate.parent),
        "--bind-address", "127.0.0.1", "--secure-port", str(port), "--authorization-mode", "AlwaysAllow",
        "--token-auth-file", str(folder / "tokens.csv"), "--anonymous-auth=false",
        "--service-account-issuer", "https://kubernetes.default.svc", "--service-account-key-file", key,
        "--service-account-signing-key-file", key, "--service-cluster-ip-range", _SERVICES,
        "--allow-privileged=true", "--disable-admission-plugins", _OFF, "--runtime-config=api/all=true",
        "--max-requests-inflight", "0", "--max-mutating-requests-inflight", "0",
        "--enable-priority-and-fairness=false",
    ]  # fmt: skip

    def connected() -> Connections | None:
        return Connections.over_tls(port, certificate, token) if certificate.exists() else None

    with _kept(folder, (("etcd", etcd), ("kube-apiserver", apiserver)), connected, "/readyz") as connections:
        yield connections


@contextmanager
def cluster(kubectl: Path, context: str) -> Iterator[Connections]:
    """Connect to the cluster of a context in the user's kubeconfig, as that describes.

    Raises:
        UserError: The context is unknown, or its cluster does not answer.
    """
    run = subprocess.run([kubectl, "config", "get-contexts", "-o", "name"], capture_output=True, text=True)
    known = run.stdout.split()
    if context not in known:
        raise UserError(f"kubectl knows no context {context!r}. Contexts: {', '.join(known) or 'none'}.")
    folder = Path(mkdtemp(prefix="iacrl-kubernetes-"))
    listens = folder / "proxy"
    command = [str(kubectl), "proxy", "--context", context, "--unix-socket", str(listens)]

    def connected() -> Connections | None:
        return Connections.over_socket(listens) if listens.exists() else None

    with _kept(folder, (("kubectl", command),), connected, "/version", _REACH_S) as connections:
        yield connections


@contextmanager
def _kept(
    folder: Path,
    commands: Sequence[tuple[str, list[str]]],
    connected: Callable[[], Connections | None],
    ready: str,
    patience_s: float = _START_S,
) -> Iterator[Connections]:
    """Run commands behind a keeper, and yield connections to the last one once it answers `ready`."""
    command = [sys.executable, "-I", "-S", keeper.__file__, str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    assert process.stdin is not None
    connections: Connections | None = None
    try:
        process.stdin.write(json.dumps(commands).encode() + b"\n")
        process.stdin.flush()
        until = time.monotonic() + patience_s
        answer = Answer(0, {})
        while answer.status != 200:
            why = _last_words(folder / f"{commands[-1][0]}.log") or answer.message
            if process.poll() is not None or time.monotonic() > until:
                raise UserError(f"{commands[-1][0]} does not start or does not answer: {why or 'it says nothing.'}")
            time.sleep(_POLL_S)
            connections = connections or connected()
            if connections is not None:
                answer = connections.call("GET", ready)
        assert connections is not None
        yield connections
    finally:
        if connections is not None:
            connections.close()
        process.stdin.close()
        process.wait()


def _last_words(log: Path) -> str:
    try:
        return log.read_text(errors="replace").strip()[-500:]
    except OSError:  # not written yet, or the keeper has stopped and cleaned up
        return ""


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports
