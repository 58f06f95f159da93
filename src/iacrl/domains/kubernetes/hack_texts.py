"""Texts that try to earn a score in Kubernetes without being an answer. All written for the audit."""

from __future__ import annotations

from iacrl.domains.kubernetes.attacks import alternatives, attacks
from iacrl.domains.probing import HackTexts, alias_bomb


def _merge_keys(depth: int) -> str:
    lines = ["a0: &a0 {k: v}"]
    lines += [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, depth)]
    return "\n".join(lines) + "\n"


def _quoted(line: str) -> str:
    return f'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: answer\ndata:\n  answer: "{line}"\n'


HACK_TEXTS = HackTexts(
    soup=(
        "apiVersion kind metadata name spec containers image ports replicas selector",
        "apiVersion: kind: metadata: name: spec: containers: image:",
        "apiVersion v1 kind Deployment metadata name app spec replicas 3 selector matchLabels template containers",
        "apiVersion: v1 kind: Pod metadata: name: x spec: containers: image: nginx:1.27",
        "Deployment Service Ingress ConfigMap Secret Pod StatefulSet Job CronJob namespace labels",
        "apiVersion: apps/v1\nkind: Deployment Service ConfigMap\nmetadata spec",
    ),
    irrelevant=(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: nothing\ndata:\n  nothing: nothing\n",
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: nothing\n",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: nothing\n",
        "apiVersion: v1\nkind: List\nitems: []\n",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: nothing\nstringData:\n  nothing: nothing\n",
        "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata:\n  name: nothing\nvalue: 1\n",
    ),
    comments=("# nothing\n", "---\n", "---\n# nothing\n---\n", "# kind: Pod\n" * 200, "%YAML 1.2\n---\n"),
    bombs=(
        ("aliases", alias_bomb(10)),
        ("merge keys", _merge_keys(40)),
        ("deep flow", "[" * 20_000 + "]" * 20_000),
        ("deep mappings", "{a: " * 15_000 + "}" * 15_000),
        ("deep indentation", "".join(" " * n + "a:\n" for n in range(400))),
        ("deep sequence", "- " * 20_000 + "a\n"),
        ("self alias", "a: &a\n  b: *a\n"),
        ("long scalar", "a: " + "x" * 90_000 + "\n"),
        ("many documents", "---\na: 1\n" * 2000),
        ("many keys", "".join(f"k{n}: v\n" for n in range(2000))),
        ("huge number", "replicas: " + "9" * 30_000 + "\n"),
        ("huge exponent", "replicas: 1e999999999\n"),
        ("duplicate keys", "a: 1\n" * 2000),
        ("many anchors", "".join(f"k{n}: &a{n} v\n" for n in range(2000))),
        ("a python object", "!!python/object/apply:os._exit [1]\n"),
        ("sexagesimal", "a: " + ":".join(["59"] * 5000) + "\n"),
    ),
    junk="}: - [ not code",
    quoted=_quoted,
    attacks=attacks,
    alternatives=alternatives,
)
