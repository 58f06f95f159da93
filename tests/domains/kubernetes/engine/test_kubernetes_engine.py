"""The engine, against a real kube-apiserver where `KUBEBUILDER_ASSETS` names one."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import psutil
import pytest

from iacrl.domains.kubernetes.domain import DOMAIN
from iacrl.domains.kubernetes.engine import KubernetesEngine
from iacrl.domains.kubernetes.engine.answers import report, report_node_ports
from iacrl.domains.kubernetes.engine.connections import Answer, Connections
from iacrl.domains.kubernetes.engine.definitions import Definitions
from iacrl.domains.kubernetes.engine.kinds import Resource
from iacrl.domains.kubernetes.engine.programs import VARIABLE, find_servers
from iacrl.domains.kubernetes.findings import Findings
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.second_judge import SchemaJudge
from iacrl.domains.verdict import Verdict
from iacrl.errors import UserError

needs_servers = pytest.mark.skipif(
    not os.environ.get(VARIABLE), reason=f"no kube-apiserver: {VARIABLE} names a directory with one"
)

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: shop\ndata:\n  a: b\n"
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  type: NodePort\n  ports:\n  - port: 80\n"
CRD = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: things, singular: thing, kind: Thing}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema: {type: object, properties: {size: {type: integer, maximum: 3}}}
"""
THING = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\nsize: 3\n"


@pytest.fixture(scope="module", autouse=True)
def assets(kubernetes_assets: str | None) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if kubernetes_assets is not None:
            patch.setenv(VARIABLE, kubernetes_assets)
        yield


@pytest.fixture(scope="module")
def engine() -> Iterator[KubernetesEngine]:
    with KubernetesEngine() as started:
        yield started


def codes(verdict: Verdict) -> list[str]:
    return [one.code for one in verdict.diagnostics]


@needs_servers
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CONFIG, []),
        (CONFIG + "date: {}\n", ["KB903"]),
        (CONFIG.replace("ConfigMap", "ConfigMop"), ["KB902"]),
        (CONFIG.replace("a: b", "a b: c"), ["KB904"]),
        (SERVICE + "    nodePort: 30080\n", []),
        (SERVICE + "    nodePort: 80\n", ["KB904"]),
        (SERVICE + "    nodePort: 30080\n  clusterIP: 192.168.1.1\n", []),
        (SERVICE + "  ipFamilyPolicy: RequireDualStack\n  ipFamilies: [IPv6, IPv4]\n", []),
        ("a: [", ["KB100"]),
        ("# nothing\n", ["KB200"]),
        ("apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: a b}\n", ["KB904"]),
        (CRD + "---\n" + THING, []),
        (THING, ["KB902"]),
        (CRD + "---\n" + THING.replace("3", "4"), ["KB904"]),
        (CRD.replace("maximum: 3", "maximum: a") + "---\n" + THING, ["KB903"]),
    ],
)
def test_the_server_judges(engine: KubernetesEngine, text: str, expected: list[str]) -> None:
    verdict = engine.validate(text)
    assert (codes(verdict), verdict.unchecked) == (expected, ())
    assert verdict.judge == f"kube-apiserver {engine.version}"


@needs_servers
def test_texts_together_share_their_definitions(engine: KubernetesEngine) -> None:
    bad = CRD.replace("things", "wings").replace("Thing", "Wing").replace("maximum: 3", "maximum: a")
    verdicts = engine.validate_together([THING, CRD, THING.replace("3", "4"), "a: [", bad])
    assert [codes(one) for one in verdicts] == [[], [], ["KB904"], ["KB100"], ["KB903"]]
    assert codes(engine.validate(THING)) == ["KB902"]


@needs_servers
def test_a_webhook_that_converts_versions_is_judged_and_not_asked(engine: KubernetesEngine) -> None:
    older = "  - name: v0\n    served: true\n    storage: false\n    schema: {openAPIV3Schema: {type: object}}\n"
    hook = "  conversion:\n    strategy: Webhook\n    webhook:\n      conversionReviewVersions: [v1]\n"
    address = "      clientConfig: {service: {name: a, namespace: b}}\n"
    thing = "---\napiVersion: example.com/v0\nkind: Thing\nmetadata: {name: a}\n"
    assert codes(engine.validate(CRD + older + hook + address + thing)) == []
    assert "KB904" in codes(engine.validate(CRD + older + hook + thing))


@needs_servers
def test_a_finding_is_where_the_server_says(engine: KubernetesEngine) -> None:
    (found,) = engine.validate(CONFIG.replace("a: b", "a b: c")).diagnostics
    assert found.range.start.line == 7
    assert "a valid config key" in found.message


@needs_servers
def test_a_batch_is_judged_in_order_and_nothing_stays(engine: KubernetesEngine) -> None:
    opinions = engine.judge([CONFIG, THING, CRD + "---\n" + THING, CONFIG + "date: {}\n"] * 2)
    assert [one.valid for one in opinions] == [True, False, True, False] * 2
    listed = engine.connections.call("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions")
    assert listed.body["items"] == []
    assert engine.connections.call("GET", "/api/v1/namespaces/shop/configmaps/a").status == 404


@needs_servers
def test_a_cluster_is_asked_by_its_context_and_left_as_it_is(
    engine: KubernetesEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_cli
) -> None:
    if not (Path(os.environ[VARIABLE]) / "kubectl").exists():
        pytest.skip(f"no kubectl in {VARIABLE}")
    write_kubeconfig(engine, tmp_path / "config")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
    file = tmp_path / "things.yaml"
    file.write_text(f"{CONFIG}---\n{CRD}---\n{THING}")
    result = run_cli("validate", "--engine", "kubernetes", "--context", "here", "--format", "json", file)
    assert result.status == 0, result.err
    (row,) = json.loads(result.out)
    assert row["judge"] == f"kube-apiserver {engine.version}, the cluster of context here"
    assert row["unchecked"] == ["Thing a: the cluster has no kind Thing in example.com/v1"]
    assert "no context 'there'" in run_cli("validate", "--engine", "kubernetes", "--context", "there", file).err
    listed = engine.connections.call("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions")
    assert listed.body["items"] == []


def write_kubeconfig(engine: KubernetesEngine, path: Path) -> None:
    connection = engine.connections._connect()
    assert isinstance(connection.sock or connection.connect() or connection.sock, ssl.SSLSocket)
    port = connection.port
    connection.close()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "c", "cluster": {"server": f"https://127.0.0.1:{port}", "insecure-skip-tls-verify": True}}
        ],
        "users": [{"name": "u", "user": {"token": engine.connections._headers["Authorization"].split()[1]}}],
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
    }
    path.write_text(json.dumps(config))


@needs_servers
def test_the_servers_end_with_a_process_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import time\nfrom iacrl.domains.kubernetes.engine import KubernetesEngine\n"
        "with KubernetesEngine():\n    print('ready', flush=True)\n    time.sleep(86400)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, env={**os.environ, "TMPDIR": str(tmp_path)}
    )
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    below = psutil.Process(process.pid).children(recursive=True)
    assert {"etcd", "kube-apiserver"} <= {one.name() for one in below}
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    psutil.wait_procs(below)
    while list(tmp_path.iterdir()):
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("answer", "own", "said", "judged"),
    [
        (Answer(403, {"message": 'User "u" cannot create resource "pods"'}), False, [], False),
        (Answer(403, {"message": "violates PodSecurity"}), False, ["KB904"], True),
        (Answer(404, {"message": 'namespaces "shop" not found'}), False, [], False),
        (Answer(400, {"message": 'webhook "w" does not support dry run'}), False, [], False),
        (Answer(400, {"message": "unknown field"}), False, ["KB903"], True),
        (Answer(500, {"message": "failed calling webhook"}), False, [], False),
        (Answer(0, {"message": "broken"}), True, [], False),
        (Answer(500, {"message": "conversion webhook failed"}), True, [], False),
        (Answer(409, {"message": "already exists"}), True, [], True),
        (Answer(404, {"message": 'pods "a" not found', "details": {"name": "a"}}), True, [], True),
        (Answer(404, {"message": "the server could not find the requested resource"}), True, ["KB904"], True),
    ],
)
def test_only_what_is_about_the_text_is_a_finding(answer: Answer, own: bool, said: list[str], judged: bool) -> None:
    manifest = Manifest({}, 0, (), Findings(), "1.37")
    why = report(manifest, answer, own=own)
    assert [one.rule.code for one in manifest.findings.errors] == said
    assert (why == "") is judged


def test_connections_that_the_server_has_closed_are_replaced() -> None:
    class Stale:
        def request(self, *_: object) -> None:
            raise ConnectionResetError("closed")

        def close(self) -> None:
            pass

    class Fresh(Stale):
        status = 200

        def request(self, *_: object) -> None:
            pass

        def getresponse(self) -> Fresh:
            return self

        def read(self) -> bytes:
            return b'{"message": "here"}'

    connections = Connections(cast(Any, Fresh), None)
    connections._idle.extend(cast(Any, [Stale() for _ in range(9)]))
    assert connections.call("GET", "/version") == Answer(200, {"message": "here"})


def test_a_typed_lists_own_fields_are_checked_before_its_items_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """kubectl checks them by the OpenAPI; no server sees them."""
    engine = KubernetesEngine.__new__(KubernetesEngine)
    engine._context, engine.version, engine.name, engine._kinds = None, "1.37.2", "none", {}
    verdict = engine.validate('{"apiVersion": "v1", "kind": "ConfigMapList", "items": [], "metadatas": null}')
    assert [one.code for one in verdict.errors] == ["KB200", "KB300"]


def test_node_ports_that_a_dry_run_accepts_are_reported() -> None:
    ports = [{"port": 80, "nodePort": 30001}, {"port": 81, "nodePort": 30001}, {"port": 82, "nodePort": 4}]
    manifest = Manifest({"spec": {"ports": ports}}, 0, (), Findings(), "1.37")
    manifest.api_version, manifest.kind = "v1", "Service"
    report_node_ports(manifest)
    assert [one.message.partition(":")[0] for one in manifest.findings.errors] == ["30001/TCP", "4"]


def test_a_directory_without_the_programs_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="holds no kube-apiserver and etcd"):
        find_servers(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="setup-envtest"):
        KubernetesEngine()


def test_the_second_judge_is_the_server_of_the_version_to_judge_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("etcd", "kube-apiserver"):
        (tmp_path / name).write_text("#!/bin/sh\necho Kubernetes v1.34.4\n")
        (tmp_path / name).chmod(0o755)
    assert DOMAIN.second_judge is not None
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert DOMAIN.second_judge(DOMAIN.resolved({"version": "1.34"})).name == "kube-apiserver 1.34.4"
    assert isinstance(DOMAIN.second_judge(DOMAIN.resolved({"version": "1.37"})), SchemaJudge)
    with pytest.raises(UserError, match=r"is of version 1\.34\.4, and domains\.kubernetes\.version is 1\.37"):
        DOMAIN.second_judge(DOMAIN.resolved({"version": "1.37", "assets": str(tmp_path)}))


def test_a_server_that_is_slow_to_serve_a_definition_judges_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such an object is neither valid nor invalid: the next time the server may be faster."""

    class Slow:
        def call(self, method: str, path: str, body: Any = None, accept: str | None = None) -> Answer:
            if method == "POST" and "customresourcedefinitions" in path:
                return Answer(201, body)
            return Answer(404 if "things.example.com" in path and asked else 200, asked.append(path) or {})

    asked: list[str] = []
    monkeypatch.setattr("iacrl.domains.kubernetes.engine.definitions._PATIENCE_S", 0.0)
    engine = KubernetesEngine.__new__(KubernetesEngine)
    engine._context, engine.version, engine.name = None, "1.37.2", "slow"
    engine.connections = cast(Connections, Slow())
    engine._definitions = Definitions(engine.connections)
    engine._kinds = {
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition"): Resource(
            "/apis/apiextensions.k8s.io/v1", "customresourcedefinitions", False
        )
    }
    verdict = engine.validate(CRD + "---\n" + THING)
    assert verdict.diagnostics == ()
    assert verdict.unchecked == (
        "CustomResourceDefinition things.example.com: not served within 0 s",
        "Thing a: the server does not serve its definition",
    )
