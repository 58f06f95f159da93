"""`KubernetesEngine`: the API server's own verdict on any text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from iacrl.domains.kubernetes.engine.answers import report, report_node_ports
from iacrl.domains.kubernetes.engine.definitions import DRY_RUN, FOR_REAL, Definitions
from iacrl.domains.kubernetes.engine.engine_rules import UNKNOWN_KIND
from iacrl.domains.kubernetes.engine.kinds import Kinds, served_kinds
from iacrl.domains.kubernetes.engine.programs import minor_of, need_kubectl, need_servers
from iacrl.domains.kubernetes.engine.servers import cluster, local_server
from iacrl.domains.kubernetes.findings import Findings, place
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.schema.api_schemas import DEFAULT_VERSION, VERSIONS
from iacrl.domains.kubernetes.schema.list_fields import check_list_fields
from iacrl.domains.kubernetes.structure import items_of, manifests_of
from iacrl.domains.kubernetes.yaml.reader import read
from iacrl.domains.kubernetes.yaml.text_limits import Unreadable
from iacrl.domains.programs import SecondOpinion
from iacrl.domains.verdict import LAYERS, Diagnostic, Verdict, layers_passed
from iacrl.errors import UserError

_CRD = "CustomResourceDefinition"
#: The server works on several texts while this process reads and writes others; texts with definitions mostly wait.
_AT_ONCE = 16


class KubernetesEngine:
    """Judges manifests by strict server-side dry runs: on its own kube-apiserver, or on the user's cluster.

    A context manager. Start one and use it for many texts, from any number of threads:

        with KubernetesEngine() as engine:
            verdict = engine.validate(text)

    Its own server runs on loopback with a fresh certificate, a random token and nothing stored. It creates the CRDs of
    a text for the text's other objects, and deletes them afterwards. On a cluster it never creates anything.
    `docs/kubernetes-engine.md` explains how it works, and what a dry run cannot know.

    Args:
        assets: The directory of `kube-apiserver` and `etcd`; by default the one that `KUBEBUILDER_ASSETS` names, else
            the PATH.
        context: A context of the user's kubeconfig: use its cluster instead.

    Attributes:
        name: The judge's name, with the server's version once that is known.
        version: The server's version, such as `1.37.2`; empty until it is known.

    Raises:
        UserError: The programs are not installed.
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
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            served = cluster(self._kubectl, self._context) if self._context else local_server(self._programs)
            self.connections = stack.enter_context(served)
            self._kinds: Kinds = served_kinds(self.connections)
            self._definitions = Definitions(self.connections)
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
        """Return the API server's verdict on a text.

        Raises:
            UserError: It is a directory.
        """
        if isinstance(source, Path):
            raise UserError(f"{source}: is a directory; the API server judges the texts in it, not the directory.")
        return self.validate_together((source,))[0]

    def validate_together(self, texts: Sequence[str]) -> list[Verdict]:
        """Judge texts that are applied together: they share their definitions.

        Returns:
            The verdicts, in order.
        """
        read_as = self.minor if self.minor in VERSIONS else DEFAULT_VERSION
        parts = [_read(text, read_as) for text in texts]
        self._ask_all([part for part in parts if part.sound])
        return [self._verdict(part) for part in parts]

    def _verdict(self, part: _Part) -> Verdict:
        found = place(part.text, part.found) if isinstance(part.found, Findings) else part.found
        return Verdict("kubernetes", found, layers_passed(LAYERS, found), tuple(part.unchecked), judge=self.name)

    def judge(self, texts: Sequence[str]) -> list[SecondOpinion]:
        """Return the server's results for the texts, in order."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(self._opinion, texts))

    def _opinion(self, text: str) -> SecondOpinion:
        verdict = self.validate(text)
        return SecondOpinion(None if verdict.unchecked and verdict.valid else verdict.valid, verdict.diagnostics)

    def _ask_all(self, parts: list[_Part]) -> None:
        """Judge the objects of texts that are applied together, the definitions of custom kinds first."""
        definitions = [one for part in parts for one in part.manifests if self._defines(one)]
        count = sum(len(part.manifests) for part in parts)
        if self._context or not definitions or count == len(definitions):
            self._ask_each(parts, self._kinds)
            return
        with self._definitions.created(definitions) as (kinds, unchecked):
            for part in parts:
                part.unchecked.extend(unchecked[id(one)] for one in part.manifests if id(one) in unchecked)
                part.manifests[:] = [one for one in part.manifests if not self._defines(one)]
            known = {**kinds, **self._kinds}
            for part in parts if unchecked else ():  # the server may just have been too slow
                late = [one for one in part.manifests if (one.api_version, one.kind) not in known]
                part.unchecked.extend(
                    f"{one.kind} {one.name}: the server does not serve its definition" for one in late
                )
                part.manifests[:] = [one for one in part.manifests if one not in late]
            self._ask_each([part for part in parts if part.sound], known)

    def _ask_each(self, parts: list[_Part], kinds: Kinds) -> None:
        for part in parts:
            part.unchecked.extend(words for one in part.manifests for words in self._ask(one, kinds))

    def _defines(self, manifest: Manifest) -> bool:
        return manifest.kind == _CRD and (manifest.api_version, _CRD) in self._kinds

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
        wanted = DRY_RUN if resource.kept else FOR_REAL
        path = resource.path(manifest.values.get("metadata"))
        answer = self.connections.call("POST", f"{path}{wanted}", manifest.values)
        if why := report(manifest, answer, own=not self._context):
            yield f"{what}: {why}"
        elif answer.status in {200, 201} and not self._context:
            report_node_ports(manifest)


class _Part(NamedTuple):
    """One text under validation: its findings, or why it cannot be read."""

    text: str
    found: Findings | tuple[Diagnostic, ...]
    manifests: list[Manifest]
    unchecked: list[str]

    @property
    def sound(self) -> bool:
        """Whether it has no findings so far."""
        return isinstance(self.found, Findings) and not self.found.errors


def _read(text: str, version: str) -> _Part:
    try:
        documents = read(text)
    except Unreadable as problem:
        return _Part(text, (Diagnostic(problem.code, "error", problem.message, "syntax", problem.range),), [], [])
    findings = Findings()
    return _Part(text, findings, list(_taken_apart(manifests_of(documents, findings, version))), [])


def _taken_apart(manifests: list[Manifest]) -> Iterator[Manifest]:
    """Yield the objects. Those of a typed list come one by one, because kubectl splits every list.

    kubectl itself checks the list's own fields, by the OpenAPI of its kind. No server ever sees them.
    """
    for one in manifests:
        if one.kind.endswith("List") and isinstance(one.values.get("items"), list):
            check_list_fields(one)
            for item in items_of(one):
                item.values = {"apiVersion": item.api_version, "kind": item.kind, **item.values}
                yield item
        else:
            yield one
