"""A kube-apiserver on loopback, of the binaries that KUBEBUILDER_ASSETS names, for as long as it is asked."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

#: Admission that looks at other objects of the cluster is off: only what the manifest says decides.
_OFF = (
    "ServiceAccount,NamespaceLifecycle,TaintNodesByCondition,PersistentVolumeClaimResize,Priority,RuntimeClass,"
    "ResourceQuota,LimitRanger,PodSecurity"
)
_PATIENCE = 60.0


class Server:
    """A running API server.

    Attributes:
        version: Its minor version, such as `1.37`.
    """

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token
        self._context = ssl.create_default_context()
        self._context.check_hostname, self._context.verify_mode = (
            False,
            ssl.CERT_NONE,
        )  # its own certificate, on loopback
        self._local = threading.local()
        self._resources: dict[str, dict[str, dict[str, Any]]] = {}
        self._lock = threading.Lock()
        self.version = ""

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Return the status and the JSON of an answer."""
        for last in (False, True):
            if getattr(self._local, "connection", None) is None:
                self._local.connection = http.client.HTTPSConnection(
                    "127.0.0.1", self._port, context=self._context, timeout=60
                )
            headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
            try:
                self._local.connection.request(method, path, None if body is None else json.dumps(body), headers)
                answer = self._local.connection.getresponse()
                text = answer.read().decode(errors="replace")
                break
            except (http.client.HTTPException, OSError):
                self._local.connection = None
                if last:
                    raise
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, {"message": text[:500]}

    def definitions(self) -> dict[str, Any]:
        """Return the definitions of its OpenAPI."""
        definitions: dict[str, Any] = self.call("GET", "/openapi/v2")[1]["definitions"]
        return definitions

    def path_of(self, manifest: dict[str, Any]) -> str | None:
        """Return where an object of this apiVersion and kind is created; None where the server has no such kind."""
        api_version = str(manifest.get("apiVersion"))
        root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        with self._lock:
            if api_version not in self._resources:
                status, listed = self.call("GET", quote(root))
                found = listed.get("resources", []) if status == 200 else []
                self._resources[api_version] = {each["kind"]: each for each in found if "/" not in each["name"]}
        resource = self._resources[api_version].get(str(manifest.get("kind")))
        if resource is None or not {"create", "get"} <= {*resource["verbs"]}:
            return None  # also what is answered and never stored
        metadata = manifest.get("metadata")
        namespace = metadata.get("namespace") if isinstance(metadata, dict) else None
        within = f"/namespaces/{quote(str(namespace or 'default'), safe='')}" if resource["namespaced"] else ""
        return f"{root}{within}/{resource['name']}"

    def ask(self, manifest: dict[str, Any]) -> tuple[bool, str]:
        """Return whether a strict dry run takes the object, and why not. A name that is taken is no objection."""
        path = self.path_of(manifest)
        if path is None:
            return False, f"no matches for kind {manifest.get('kind')!r} in {manifest.get('apiVersion')!r}"
        status, answer = self.call("POST", f"{path}?dryRun=All&fieldValidation=Strict", manifest)
        return status in {200, 201, 409}, "" if status in {200, 201, 409} else f"{status} {answer.get('message', '')}"


@contextmanager
def running() -> Iterator[Server]:
    """Start etcd and a kube-apiserver, and end both with their groups whatever happens."""
    folder = Path(os.environ.get("KUBEBUILDER_ASSETS", ""))
    for name in ("etcd", "kube-apiserver"):
        if not os.environ.get("KUBEBUILDER_ASSETS") or not (folder / name).is_file():
            sys.exit(f"KUBEBUILDER_ASSETS must name a folder with {name}; `setup-envtest use` installs one.")
    client, peer, port = _free_ports(3)
    token = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="iacrl-kubernetes-") as place:
        at = Path(place)
        subprocess.run(["openssl", "genrsa", "-out", at / "key.pem", "2048"], check=True, capture_output=True)
        (at / "tokens.csv").write_text(f"{token},tester,1,system:masters\n")
        here = f"http://127.0.0.1:{client}"
        etcd = [
            folder / "etcd", "--data-dir", at / "etcd", "--unsafe-no-fsync", "--listen-client-urls", here,
            "--advertise-client-urls", here, "--listen-peer-urls", f"http://127.0.0.1:{peer}",
        ]  # fmt: skip
        server = [
            folder / "kube-apiserver", "--etcd-servers", here, "--cert-dir", at / "certs",
            "--bind-address", "127.0.0.1", "--secure-port", str(port), "--authorization-mode", "AlwaysAllow",
            "--token-auth-file", at / "tokens.csv",
            "--service-account-issuer", "https://kubernetes.default.svc", "--service-account-key-file", at / "key.pem",
            "--service-account-signing-key-file", at / "key.pem", "--service-cluster-ip-range", "10.96.0.0/12",
            "--allow-privileged=true", "--disable-admission-plugins", _OFF, "--runtime-config=api/all=true",
        ]  # fmt: skip
        started = []
        try:
            for command in (etcd, server):
                with (at / f"{Path(command[0]).name}.log").open("wb") as log:
                    started.append(subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True))
            yield _ready(Server(port, token), at / "kube-apiserver.log")
        finally:
            for process in reversed(started):
                os.killpg(process.pid, signal.SIGTERM)
            for process in started:
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()


def _ready(server: Server, log: Path) -> Server:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        try:
            if server.call("GET", "/readyz")[0] == 200:
                told = server.call("GET", "/version")[1]
                server.version = f"{told['major']}.{told['minor'].rstrip('+')}"
                return server
        except (http.client.HTTPException, OSError):
            pass
        time.sleep(0.2)
    sys.exit(f"kube-apiserver did not start: {log.read_text(errors='replace')[-500:]}")


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports
