"""Ask real API servers and this validator about the same texts, and print the differences by cause.

    python tools/kubernetes_differential.py --assets DIR... [--topics objects custom expressions] [--count 2000]

Each `DIR` contains `kube-apiserver` and `etcd`, as `setup-envtest use` installs them. The default is the directory in
`KUBEBUILDER_ASSETS`. The engine starts one server after the other, and each gets its own texts.
`objects` are manifests of built-in kinds, grown from the test corpus or `--bases FILE.jsonl` (rows {"text"}).
`custom` are definitions of custom kinds with an object each. `expressions` are rules, policies and selectors in CEL.
`--out FILE` saves the texts, and what the server said.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Protocol

from kubernetes_customs import Customs
from kubernetes_expressions import Expressions
from kubernetes_objects import Objects, bases_of

from iacrl.domains.kubernetes import validate_text
from iacrl.domains.kubernetes.engine import KubernetesEngine

BATCH = 250
TOPICS = ("objects", "custom", "expressions")
#: What the server's own cluster decides, not the text: its address families, its namespaces, its contents.
OF_THE_CLUSTER = re.compile(
    r"not configured (on|for) this cluster|IPv6 is not configured|could not retrieve namespace|"
    r"admin access to devices requires|\bpods \".*\" not found"
)


class Writer(Protocol):
    """What makes texts."""

    def batch(self, count: int) -> list[str]:
        """Return texts."""
        ...

    def learn(self, texts: list[str], valid: list[bool | None]) -> None:
        """Take note of which texts were accepted; None if the server gave no verdict."""
        ...


def writer(topic: str, server: KubernetesEngine, bases: list[Path], seed: int) -> Writer:
    """Return what makes the texts of a topic."""
    if topic == "objects":
        return Objects(server.connections.call("GET", "/openapi/v2").body["definitions"], bases_of(bases), seed)
    return Customs(seed) if topic == "custom" else Expressions(seed)


def cause_of(message: str) -> str:
    """Return a message without the parts that differ from case to case."""
    plain = re.sub(r'"[^"]*"|\[\d*\]', "", message)
    return re.sub(r"'[^']*'|\d+", "…", plain)[:90]


class Comparison:
    """Counts what differs, by cause and version."""

    def __init__(self) -> None:
        self.causes: dict[tuple[str, str, str], Counter[str]] = {}
        self.rows: list[dict[str, Any]] = []
        self.asked: Counter[tuple[str, str]] = Counter()
        self.differing: Counter[tuple[str, str]] = Counter()
        self.of_the_cluster = 0

    def ask(self, server: KubernetesEngine, topic: str, writing: Writer, count: int) -> None:
        """Ask the server about texts of a topic, and compare."""
        done = 0
        while done < count:
            texts = writing.batch(min(BATCH, count - done))
            opinions = server.judge(texts)
            writing.learn(texts, [one.valid for one in opinions])
            done += len(texts)
            for text, opinion in zip(texts, opinions, strict=True):
                if opinion.valid is not None:
                    said = opinion.diagnostics[0].message if opinion.diagnostics else ""
                    self._compare(server.minor, topic, text, opinion.valid, said)

    def _compare(self, version: str, topic: str, text: str, taken: bool, said: str) -> None:
        self.rows.append({"version": version, "topic": topic, "text": text, "valid": taken, "message": said})
        if OF_THE_CLUSTER.search(said):
            self.of_the_cluster += 1
            return
        self.asked[version, topic] += 1
        verdict = validate_text(text, version=version)
        if verdict.valid is taken and not (taken and verdict.unchecked):
            return
        self.differing[version, topic] += 1
        what = "refused" if not verdict.valid else "unchecked" if taken else "accepted"
        reason = said if what == "accepted" else (*verdict.unchecked, *(one.message for one in verdict.errors))[0]
        kind = "" if topic == "custom" else str(json.loads(text).get("kind"))
        self.causes.setdefault((topic, what, f"{kind} {cause_of(reason)}".strip()), Counter())[version] += 1

    def table(self) -> str:
        """Return the causes with their numbers by version, the most frequent first, and the agreement."""
        versions = sorted({version for version, _ in self.asked})
        lines = [f"{'topic':12} {'here':9} {' '.join(f'{each:>5}' for each in versions)}  cause"]
        for (topic, what, cause), counts in sorted(self.causes.items(), key=lambda item: -item[1].total()):
            lines.append(f"{topic:12} {what:9} {' '.join(f'{counts[each]:5}' for each in versions)}  {cause}")
        for (version, topic), asked in sorted(self.asked.items()):
            wrong = self.differing[version, topic]
            lines.append(
                f"Kubernetes {version}, {topic}: {wrong} of {asked} differ; agreement {1 - wrong / asked:.4f}."
            )
        return "\n".join([*lines, f"Left out, as the cluster's own: {self.of_the_cluster}."])


def main() -> int:
    """Compare, and print the table; the exit status is 1 if there is a difference."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--assets", type=Path, nargs="*", default=[Path(os.environ.get("KUBEBUILDER_ASSETS", ""))])
    parser.add_argument("--topics", nargs="*", choices=TOPICS, default=TOPICS)
    parser.add_argument("--count", type=int, default=2000, help="texts of each topic; a tenth of them for custom")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bases", type=Path, nargs="*", default=[])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    comparison = Comparison()
    for assets in options.assets:
        with KubernetesEngine(assets if assets.name else None) as server:
            for topic in options.topics:
                count = options.count // 10 if topic == "custom" else options.count
                comparison.ask(server, topic, writer(topic, server, options.bases, options.seed), count)
    if options.out:
        options.out.write_text("".join(json.dumps(row) + "\n" for row in comparison.rows))
    print(comparison.table())
    return 1 if comparison.causes else 0


if __name__ == "__main__":
    sys.exit(main())
