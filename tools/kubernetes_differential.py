"""Ask real API servers and this validator about the same manifests, and print by cause where they differ.

    KUBEBUILDER_ASSETS=DIR python tools/kubernetes_differential.py [--count 2000] [--seed 1] [--bases FILE.jsonl ...]

`DIR` holds `kube-apiserver` and `etcd`, as `setup-envtest use` installs them; the server's own version says which of
the bundled versions to judge by. Both run on loopback with fresh keys, in a temporary directory, and end with this
program. Bases are the manifests of the test corpus, or rows {"text"}. Each is grown and broken a little, by the
properties that the server's OpenAPI gives its places; what the server takes becomes a base, too. Nothing is ever
stored: every question is a strict dry run. `--out FILE` keeps the objects, and what the server said.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

from iacrl.domains.kubernetes import validate_text
from iacrl.domains.kubernetes.engine import KubernetesEngine

CORPUS = Path(__file__).parents[1] / "tests" / "fixtures" / "kubernetes" / "corpus.yaml"
BATCH = 500
MOST_PER_KIND = 60
#: Fields that the server sets, or that say where an object belongs.
LEFT_ALONE = frozenset({"apiVersion", "kind", "managedFields", "resourceVersion", "creationTimestamp", "selfLink"})
WORDS = (
    "", "a", "web", "a.b", "a-", "-a", "A", "a b", "x_y", "1", "true", "example.com/x", "a/b/c", "10.0.0.1", "::1",
    "10.0.0.1/8", "10.0.0.0/8", "*", "/", "/data", "../x", "1h", "5%", "150%", "100m", "1Gi", "Always", "None", "TCP",
    "https://example.com", "2026-01-31T12:00:00Z", "YQ==", "x" * 64, "x" * 254,
)  # fmt: skip
NUMBERS = (0, 1, 2, 3, 10, 80, 443, 600, 1000, 30000, 65535, 65536, -1, 2**31 - 1, 2**31, 2**32)
KEYS = ("app", "cpu", "memory", "storage", "pods", "example.com/gpu", "hugepages-2Mi", "requests.cpu", "a b", "")


class Grower:
    """Changes manifests by the schemas of one server."""

    def __init__(self, definitions: dict[str, Any], seed: int) -> None:
        self.definitions = definitions
        self.random = random.Random(seed)
        self.kinds: dict[tuple[str, str], dict[str, Any]] = {}
        for definition in definitions.values():
            for served in definition.get("x-kubernetes-group-version-kind", ()):
                group, version = served["group"], served["version"]
                self.kinds[f"{group}/{version}" if group else version, served["kind"]] = definition

    def change(self, manifest: dict[str, Any]) -> dict[str, Any]:
        """Return a copy with one to three places changed."""
        changed = copy.deepcopy(manifest)
        for _ in range(self.random.choice((1, 1, 2, 3))):
            places = list(self._places(changed, self.kinds[manifest["apiVersion"], manifest["kind"]]))
            holder, schema = self.random.choice(places)
            absent = [name for name in schema["properties"] if name not in holder and name not in LEFT_ALONE]
            present = [name for name in holder if name not in LEFT_ALONE]
            if absent and (not present or self.random.random() < 0.6):
                name = self.random.choice(absent)
                holder[name] = self._value(schema["properties"][name], 0)
            elif present:
                self._break(holder, self.random.choice(present), schema)
        return changed

    def _break(self, holder: dict[str, Any], name: str, schema: dict[str, Any]) -> None:
        way = self.random.choice(("drop", "null", "again", "again", "empty", "twice", "rename", "any"))
        if way == "drop":
            del holder[name]
        elif way == "null":
            holder[name] = None
        elif way == "again" and name in schema["properties"]:
            holder[name] = self._value(schema["properties"][name], 0)
        elif way == "empty":
            holder[name] = type(holder[name])() if holder[name] is not None else {}
        elif way == "twice" and isinstance(holder[name], list) and holder[name]:
            holder[name] = [*holder[name], copy.deepcopy(self.random.choice(holder[name]))]
        elif way == "rename":
            holder[name + "s"] = holder.pop(name)
        else:
            holder[name] = self.random.choice((*WORDS, *NUMBERS, True, [], {}, [None]))

    def _places(self, value: Any, schema: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        schema = self._resolved(schema)
        if isinstance(value, dict) and "properties" in schema:
            yield value, schema
            for name, inner in value.items():
                if name in schema["properties"]:
                    yield from self._places(inner, schema["properties"][name])
        elif isinstance(value, dict) and isinstance(schema.get("additionalProperties"), dict):
            for inner in value.values():
                yield from self._places(inner, schema["additionalProperties"])
        elif isinstance(value, list) and "items" in schema:
            for inner in value:
                yield from self._places(inner, schema["items"])

    def _value(self, schema: dict[str, Any], depth: int) -> Any:
        schema = self._resolved(schema)
        chance = self.random
        if "properties" in schema:
            names = [name for name in schema.get("required", ()) if chance.random() < 0.95]
            others = [name for name in schema["properties"] if name not in names and name not in LEFT_ALONE]
            names += chance.sample(others, min(len(others), chance.choice((0, 1, 2)) if depth < 4 else 0))
            return {name: self._value(schema["properties"][name], depth + 1) for name in names}
        kind = schema.get("type")
        if kind == "array":
            return [self._value(schema["items"], depth + 1) for _ in range(chance.choice((0, 1, 1, 1, 2)))]
        if kind == "object":
            inner = schema.get("additionalProperties")
            return {chance.choice(KEYS): self._value(inner, depth + 1)} if isinstance(inner, dict) else {}
        if kind in {"integer", "number"}:
            return chance.choice(NUMBERS)
        if kind == "boolean":
            return chance.random() < 0.5
        return chance.choice(schema["enum"]) if "enum" in schema and chance.random() < 0.9 else chance.choice(WORDS)

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            schema = self.definitions[schema["$ref"].rpartition("/")[2]]
        return schema


def bases_of(files: list[Path]) -> list[dict[str, Any]]:
    """Return the single manifests of the files, or of the test corpus."""
    texts = [json.loads(line)["text"] for file in files for line in file.read_text().splitlines()]
    documents = [each for text in texts or [CORPUS.read_text()] for each in yaml.safe_load_all(text)]
    return [each for each in documents if isinstance(each, dict) and isinstance(each.get("metadata"), dict)]


def path_of(server: KubernetesEngine, manifest: dict[str, Any]) -> str | None:
    """Return where an object is created; None where the server has no such kind, or never stores it."""
    return server.path_of(str(manifest.get("apiVersion")), str(manifest.get("kind")), manifest.get("metadata"))


def ask(server: KubernetesEngine, manifest: dict[str, Any]) -> tuple[bool, str]:
    """Return whether a strict dry run takes the object, and why not. A name that is taken is no objection."""
    path = path_of(server, manifest)
    if path is None:
        return False, f"no matches for kind {manifest.get('kind')!r} in {manifest.get('apiVersion')!r}"
    answer = server.ask(path, manifest)
    taken = answer.status in {200, 201, 409}
    return taken, "" if taken else f"{answer.status} {answer.message}"


def compare(
    server: KubernetesEngine, bases: list[dict[str, Any]], count: int, seed: int
) -> Iterator[tuple[Any, bool, str]]:
    """Yield changed manifests with what the server says: whether it takes them, and why not."""
    grower = Grower(server.connections.call("GET", "/openapi/v2").body["definitions"], seed)
    pool: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for each in bases:
        key = (str(each.get("apiVersion")), str(each.get("kind")))
        if key in grower.kinds and path_of(server, each) is not None:
            pool.setdefault(key, []).append(each)
    kinds, done = sorted(pool), 0
    with ThreadPoolExecutor(4) as threads:
        while done < count:
            batch = []
            for _ in range(min(BATCH, count - done)):
                key = grower.random.choice(kinds)
                batch.append((key, grower.change(grower.random.choice(pool[key]))))
            for (key, manifest), (taken, why) in zip(
                batch, threads.map(lambda each: ask(server, each[1]), batch), strict=True
            ):
                done += 1
                if (
                    taken
                    and len(json.dumps(manifest)) < 8000
                    and (manifest.get("apiVersion"), manifest.get("kind")) == key
                ):
                    pool[key].append(manifest)
                    if len(pool[key]) > MOST_PER_KIND:
                        del pool[key][grower.random.randrange(len(pool[key]))]
                yield manifest, taken, why


def cause_of(message: str) -> str:
    """Return a message without what differs from case to case."""
    plain = re.sub(r'^\d+ [^:]*: |"[^"]*"|\[\d*\]', "", message)
    return re.sub(r"'[^']*'|\d+", "…", plain)[:90]


def main() -> int:
    """Compare, and print the table; the status is 1 where there is a difference."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bases", type=Path, nargs="*", default=[])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    causes: Counter[tuple[str, str, str]] = Counter()
    rows: list[dict[str, Any]] = []
    with KubernetesEngine() as server:
        for manifest, taken, why in compare(server, bases_of(options.bases), options.count, options.seed):
            verdict = validate_text(json.dumps(manifest), version=server.minor)
            if verdict.valid is not taken:
                reason = f"{verdict.errors[0].code} {verdict.errors[0].message}" if taken else why
                causes[str(manifest.get("kind")), "refused" if taken else "accepted", cause_of(reason)] += 1
            rows.append({"object": manifest, "valid": taken, "message": why})
    if options.out:
        options.out.write_text("".join(json.dumps(row) + "\n" for row in rows))
    for (kind, what, cause), count in causes.most_common():
        print(f"{count:5} {what:8} {kind:32} {cause}")
    differing = sum(causes.values())
    print(f"Kubernetes {server.minor}: {differing} of {len(rows)} differ; agreement {1 - differing / len(rows):.4f}.")
    return 1 if causes else 0


if __name__ == "__main__":
    sys.exit(main())
