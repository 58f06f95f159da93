"""Manifests of built-in kinds, grown and broken with the properties that a server's OpenAPI lists for each place."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

CORPUS = Path(__file__).parents[1] / "tests" / "fixtures" / "kubernetes" / "corpus.yaml"
MOST_PER_KIND = 60
LONGEST = 8000
#: Fields that the server sets, or that say where an object belongs.
LEFT_ALONE = frozenset({"apiVersion", "kind", "managedFields", "resourceVersion", "creationTimestamp", "selfLink"})
WORDS = (
    "", "a", "web", "a.b", "a-", "-a", "A", "a b", "x_y", "1", "true", "example.com/x", "a/b/c", "10.0.0.1", "::1",
    "10.0.0.1/8", "10.0.0.0/8", "*", "/", "/data", "../x", "1h", "5%", "150%", "100m", "1Gi", "Always", "None", "TCP",
    "https://example.com", "2026-01-31T12:00:00Z", "YQ==", "x" * 64, "x" * 254,
)  # fmt: skip
NUMBERS = (0, 1, 2, 3, 10, 80, 443, 600, 1000, 30000, 65535, 65536, -1, 2**31 - 1, 2**31, 2**32)
KEYS = ("app", "cpu", "memory", "storage", "pods", "example.com/gpu", "hugepages-2Mi", "requests.cpu", "a b", "")


class Objects:
    """Changes manifests by the schemas of one server; accepted manifests become bases too."""

    def __init__(self, definitions: dict[str, Any], bases: list[dict[str, Any]], seed: int) -> None:
        self.definitions = definitions
        self.random = random.Random(seed)
        self.kinds: dict[tuple[str, str], dict[str, Any]] = {}
        for definition in definitions.values():
            for served in definition.get("x-kubernetes-group-version-kind", ()):
                group, version = served["group"], served["version"]
                self.kinds[f"{group}/{version}" if group else version, served["kind"]] = definition
        self.pool: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for each in bases:
            self._add(each)

    def _add(self, manifest: dict[str, Any]) -> None:
        key = (str(manifest.get("apiVersion")), str(manifest.get("kind")))
        # The server answers reviews and never stores them. Lists are read by kubectl alone.
        if key in self.kinds and not key[1].endswith(("List", "Review")):
            known = self.pool.setdefault(key, [])
            known.append(manifest)
            if len(known) > MOST_PER_KIND:
                del known[self.random.randrange(len(known))]

    def batch(self, count: int) -> list[str]:
        """Return changed manifests, kinds drawn evenly."""
        kinds = sorted(self.pool)
        return [json.dumps(self.change(self.random.choice(self.pool[self.random.choice(kinds)]))) for _ in range(count)]

    def learn(self, texts: list[str], valid: list[bool | None]) -> None:
        """Use the accepted texts as bases."""
        for text, taken in zip(texts, valid, strict=True):
            if taken and len(text) < LONGEST:
                self._add(json.loads(text))

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
