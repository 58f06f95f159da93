"""Random definitions of custom kinds, each with an object that its schema allows or almost allows."""

from __future__ import annotations

import json
import random
from typing import Any

from kubernetes_expressions import definition

WORDS = ("a", "", "b c", "10.0.0.1", "1h", "2026-01-31", "2026-01-31T12:00:00Z", "YQ==", "a@b.c", "fd00::/8", "x" * 20)
FORMATS = ("date", "date-time", "duration", "ipv4", "cidr", "byte", "uuid", "email", "uri", "int32", "unknown")
NUMBERS = (0, 1, -1, 3, 2.5, 100, 2**31, -(2**40))


class Customs:
    """Writes a definition and an object of it into each text."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._number = 0

    def batch(self, count: int) -> list[str]:
        """Return texts. Each definition has its own group, so none waits for another."""
        return [self._text() for _ in range(count)]

    def learn(self, texts: list[str], valid: list[bool | None]) -> None:
        """Ignore them: nothing is grown from accepted texts."""

    def _text(self) -> str:
        self._number += 1
        group = f"g{self._number}.example.org"
        schema = self._schema(0)
        kettle = {"apiVersion": f"{group}/v1", "kind": "Kettle", "metadata": {"name": "k"}, "spec": self._value(schema)}
        defined = definition({"type": "object", "properties": {"spec": schema}}, group)
        return f"{json.dumps(defined)}\n---\n{json.dumps(kettle)}"

    def _schema(self, depth: int) -> dict[str, Any]:
        chance = self.random
        kind = (
            "object"
            if depth == 0
            else chance.choice(("object", "array", "string", "string", "integer", "number", "boolean"))
        )
        schema: dict[str, Any] = {"type": kind}
        if kind == "object" and (depth > 2 or chance.random() < 0.2):
            some = ({"additionalProperties": {"type": "string"}}, {"x-kubernetes-preserve-unknown-fields": True}, {})
            return schema | chance.choice(some)
        if kind == "object":
            names = chance.sample("abcdef", chance.randint(1, 4))
            schema["properties"] = {name: self._schema(depth + 1) for name in names}
            schema |= self._sometimes(required=chance.sample(names, 1), minProperties=1, maxProperties=3)
            schema |= self._sometimes(**{"x-kubernetes-map-type": "atomic"})
        elif kind == "array":
            schema["items"] = self._schema(depth + 1)
            schema |= self._sometimes(
                minItems=1, maxItems=2, **{"x-kubernetes-list-type": chance.choice(("set", "atomic"))}
            )
            schema |= self._sometimes(**{"x-kubernetes-preserve-unknown-fields": True})
        elif kind == "string":
            schema |= self._sometimes(
                format=chance.choice(FORMATS), pattern="^[a-z]*$", maxLength=5, minLength=1, enum=["a", "b c"]
            )
        elif kind in {"integer", "number"}:
            schema |= self._sometimes(
                minimum=0,
                maximum=10,
                exclusiveMinimum=True,
                multipleOf=2,
                format=chance.choice(("int32", "int64", "double")),
            )
        schema |= self._sometimes(nullable=True, description="what it is")
        if depth and chance.random() < 0.15:
            schema["default"] = self._value(schema)
        return schema

    def _sometimes(self, **fields: Any) -> dict[str, Any]:
        return {name: value for name, value in fields.items() if self.random.random() < 0.15}

    def _value(self, schema: dict[str, Any]) -> Any:
        chance = self.random
        if chance.random() < 0.04:
            return chance.choice((None, "a", 1, True, [], {}, {"z": 1}))
        kind = schema["type"]
        if kind == "object":
            fields = schema.get("properties", {})
            value = {
                name: self._value(inner)
                for name, inner in fields.items()
                if name in schema.get("required", ()) or chance.random() < 0.6
            }
            if (not fields and chance.random() < 0.5) or chance.random() < 0.04:
                value["y"] = chance.choice(("a", 1))
            return value
        if kind == "array":
            return [self._value(schema["items"]) for _ in range(chance.choice((0, 1, 1, 2, 3)))]
        if kind == "string":
            return chance.choice(schema["enum"]) if "enum" in schema else chance.choice(WORDS)
        if kind == "boolean":
            return chance.random() < 0.5
        return chance.choice([number for number in NUMBERS if kind == "number" or isinstance(number, int)])
