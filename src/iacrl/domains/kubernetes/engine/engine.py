"""`KubernetesEngine`: the API server's own verdict on any text."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from iacrl.domains.kubernetes.engine.answers import report, report_node_ports
from iacrl.domains.kubernetes.engine.connections import Answer
from iacrl.domains.kubernetes.engine.engine_rules import UNKNOWN_KIND
from iacrl.domains.kubernetes.engine.kinds import Kinds, defined_kinds, root_of, served_kinds
from iacrl.domains.kubernetes.engine.programs import minor_of, need_kubectl, need_servers
from iacrl.domains.kubernetes.engine.servers import cluster, local_server
from iacrl.domains.kubernetes.findings import Findings, place
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.schema.api_schemas import DEFAULT_VERSION, VERSIONS
from iacrl.domains.kubernetes.structure import items_of, manifests_of
from iacrl.domains.kubernetes.yaml.reader import read
from iacrl.domains.kubernetes.yaml.text_limits import Unreadable
from iacrl.domains.programs import SecondOpinion
from iacrl.domains.verdict import LAYERS, Diagnostic, Verdict, layers_passed
from iacrl.errors import UserError

_CRD = "CustomResourceDefinition"
_CRDS = f"{root_of('apiextensions.k8s.io/v1')}/customresourcedefinitions"
_DRY_RUN = "?dryRun=All&fieldValidation=Strict"
_FOR_REAL = "?fieldValidation=Strict"
#: How long a definition may take to be served, and to be gone.
_CRD_S = 15.0
_POLL_S = 0.01
#: The server works on several texts while this process reads and writes others.
_AT_ONCE = 2 * (os.cpu_count() or 1)


class KubernetesEngine:
    """Judges manifests by strict server-side dry runs: on a kube-apiserver of its own, or on a cluster of the user's.

    A context manager; start one and use it for many texts, from any number of threads:

        with KubernetesEngine() as engine:
            verdict = engine.validate(text)

    A server of its own runs on loopback with a fresh certificate, a random token and nothing stored. CRDs of a text are
    created there for the other objects of the text, and are gone after. On a cluster nothing is ever created.
    `docs/kubernetes-engine.md` says how, and what a dry run cannot know.

    Args:
        assets: The directory of `kube-apiserver` and `etcd`; by default the one that `KUBEBUILDER_ASSETS` names, else
            the PATH.
        context: A context of the user's kubeconfig: its cluster is asked instead.

    Attributes:
        name: What judges, with the server's version once that is known.
        version: The server's version, such as `1.37.2`; empty until it is known.

    Raises:
        UserError: The programs are not at hand.
    """

    def __init__(self, assets: str | Path | None = None, *, context: str | None = None) -> None:
        self._context = context
        if context:
            self._kubectl = need_kubectl()
            self.name, self.version = f"the cluster of context {context}", ""
        else:
            self._programs = need_servers(assets)
            self.version = self._programs.version
            self.name = f"kube-apiserver {self.version}"
        self._defining = threading.Lock()
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            served = cluster(self._kubectl, self._context) if self._context else local_server(self._programs)
            self.connections = stack.enter_context(served)
            self._kinds: Kinds = served_kinds(self.connections)
            if self._context:
                self.version = str(self.connections.call("GET", "/version").body.get("gitVersion", "")).lstrip("v")
                self.name = f"kube-apiserver {self.version}, the cluster of context {self._context}"
            self._resources = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    @property
    def minor(self) -> str:
        """The server's minor version, such as `1.37`."""
        return minor_of(self.version)

    def validate(self, source: str | Path) -> Verdict:
        """Judge a text as the API server does.

        Raises:
            UserError: It is a directory.
        """
        if isinstance(source, Path):
            raise UserError(f"{source}: is a directory; the API server judges the texts in it one by one.")
        try:
            documents = read(source)
        except Unreadable as problem:
            found: tuple[Diagnostic, ...] = (
                Diagnostic(problem.code, "error", problem.message, "syntax", problem.range),
            )
            return Verdict("kubernetes", found, layers_passed(LAYERS, found), judge=self.name)
        findings = Findings()
        unchecked: list[str] = []
        read_as = self.minor if self.minor in VERSIONS else DEFAULT_VERSION
        manifests = list(_taken_apart(manifests_of(documents, findings, read_as)))
        if not findings.errors:
            unchecked += self._ask_all(manifests)
        found = place(source, findings)
        return Verdict("kubernetes", found, layers_passed(LAYERS, found), tuple(unchecked), judge=self.name)

    def judge(self, texts: Sequence[str]) -> list[SecondOpinion]:
        """Return what the server says of each text, in order."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(self._opinion, texts))

    def _opinion(self, text: str) -> SecondOpinion:
        verdict = self.validate(text)
        return SecondOpinion(None if verdict.unchecked and verdict.valid else verdict.valid, verdict.diagnostics)

    def ask(self, path: str, values: dict[str, Any]) -> Answer:
        """Return the answer to a strict dry run of creating an object at a path."""
        return self.connections.call("POST", f"{path}{_DRY_RUN}", values)

    def path_of(self, api_version: str, kind: str, metadata: Any) -> str | None:
        """Return where an object is created; None where the server has no such kind, or only answers it."""
        resource = self._kinds.get((api_version, kind))
        return resource.path(metadata) if resource is not None and resource.kept else None

    def _ask_all(self, manifests: list[Manifest]) -> list[str]:
        """Judge the objects of one text; return what could not be judged, in words."""
        definitions = [one for one in manifests if one.kind == _CRD and (one.api_version, _CRD) in self._kinds]
        others = [one for one in manifests if one not in definitions]
        if self._context or not definitions or not others:
            return [words for one in manifests for words in self._ask(one, self._kinds)]
        with self._defining, self._defined(definitions) as (kinds, unchecked):
            if not any(one.findings.errors for one in definitions):
                unchecked += [words for one in others for words in self._ask(one, {**kinds, **self._kinds})]
        return unchecked

    def _ask(self, manifest: Manifest, kinds: Kinds) -> Iterator[str]:
        what = f"{manifest.kind} {manifest.name}".strip()
        resource = kinds.get((manifest.api_version, manifest.kind))
        if resource is None:
            if self._context and "." in manifest.group:
                yield f"{what}: the cluster has no kind {manifest.kind} in {manifest.api_version}"
            else:
                message = f'no matches for kind "{manifest.kind}" in version "{manifest.api_version}"'
                manifest.report(UNKNOWN_KIND, message, "kind")
            return
        if not resource.kept and self._context:
            yield f"{what}: the server answers such an object and has no dry run of it"
            return
        wanted = _DRY_RUN if resource.kept else _FOR_REAL
        path = resource.path(manifest.values.get("metadata"))
        answer = self.connections.call("POST", f"{path}{wanted}", manifest.values)
        if why := report(manifest, answer, own=not self._context):
            yield f"{what}: {why}"
        elif answer.status in {200, 201} and not self._context:
            report_node_ports(manifest)

    @contextmanager
    def _defined(self, definitions: list[Manifest]) -> Iterator[tuple[Kinds, list[str]]]:
        """Create CRDs for real, and delete them after; yield their kinds, and what could not be created, in words."""
        kinds: dict[Any, Any] = {}
        unchecked: list[str] = []
        made: list[str] = []
        try:
            for one in definitions:
                answer = self.connections.call("POST", f"{_CRDS}{_FOR_REAL}", one.values)
                if why := report(one, answer, own=True):
                    unchecked.append(f"{_CRD} {one.name}: {why}")
                elif answer.status in {200, 201}:
                    made.append(f"{_CRDS}/{answer.body['metadata']['name']}")
                    if self._is_served(made[-1], defined := defined_kinds(answer.body)):
                        kinds |= defined
            yield kinds, unchecked
        finally:
            for path in made:
                self.connections.call("DELETE", path)
            for path in made:
                _until(lambda path=path: self.connections.call("GET", path).status == 404)

    def _is_served(self, path: str, defined: Kinds) -> bool:
        """Wait until a definition is served; False where its names are another's."""

        def settled() -> bool:
            status = self.connections.call("GET", path).body.get("status") or {}
            states.update({each["type"]: each["status"] for each in status.get("conditions") or ()})
            return states.get("Established") == "True" or states.get("NamesAccepted") == "False"

        states: dict[str, str] = {}
        _until(settled)
        lists = [f"{each.root}/{each.plural}?limit=1" for each in defined.values()]
        return states.get("Established") == "True" and _until(
            lambda: all(self.connections.call("GET", each).status == 200 for each in lists)
        )


def _taken_apart(manifests: list[Manifest]) -> Iterator[Manifest]:
    """Yield the objects, those of a typed list one by one, as kubectl takes any list apart."""
    for one in manifests:
        if one.kind.endswith("List") and isinstance(one.values.get("items"), list):
            for item in items_of(one):
                item.values = {"apiVersion": item.api_version, "kind": item.kind, **item.values}
                yield item
        else:
            yield one


def _until(done: Any) -> bool:
    """Wait until something is so; False where it takes too long."""
    end = time.monotonic() + _CRD_S
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(_POLL_S)
    return True
