"""Write `src/iacrl/domains/kubernetes/schema/packs/*.json.z` from the schemas that kubernetes-validate bundles.

    python scripts/compile_kubernetes_schemas.py

One file per Kubernetes minor version, holding what validation needs and nothing else: 100 MB of JSON become 400 KB,
and the first verdict of a process need not parse a megabyte of descriptions.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import kubernetes_validate

SOURCE = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"
TARGET = Path(__file__).parents[1] / "src/iacrl/domains/kubernetes/schema/packs"

KEPT = ("$ref", "additionalProperties", "items", "properties", "required", "type")
INTEGER_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
#: The bundled schemas write these as "one of string and number, each nullable", which refuses null by matching twice.
UNIONS: dict[str, dict[str, Any]] = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"type": ["string", "number", "null"]},
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {
        "type": ["string", "integer", "null"],
        "minimum": INTEGER_RANGES["int32"][0],
        "maximum": INTEGER_RANGES["int32"][1],
    },
}


#: Objects that mean something with every field left out, so that null may stand for them in a list.
MEANINGFUL_WHEN_EMPTY = ("NetworkPolicyEgressRule", "NetworkPolicyIngressRule")


def slim(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with only the keywords that decide."""
    kept = {name: schema[name] for name in KEPT if name in schema}
    if "properties" in kept:
        kept["properties"] = {name: slim(inner, definitions) for name, inner in kept["properties"].items()}
    for name in ("items", "additionalProperties"):
        if isinstance(kept.get(name), dict):
            kept[name] = slim(kept[name], definitions)
    if "$ref" in kept.get("items", {}):
        # The API server reads a null in a list as an object without fields, and then misses its name.
        target = kept["items"]["$ref"].rpartition("/")[2]
        if definitions[target].get("type") == ["object", "null"] and not target.endswith(MEANINGFUL_WHEN_EMPTY):
            kept["items"]["type"] = "object"
    if schema.get("format") in INTEGER_RANGES:
        kept["minimum"], kept["maximum"] = INTEGER_RANGES[schema["format"]]
    if schema.get("format") == "date-time":
        kept["format"] = "date-time"
    return kept


def compile_version(folder: Path) -> dict[str, Any]:
    """Return `{"kinds": {apiVersion: {kind: definition}}, "definitions": {definition: JSON text}}`."""
    definitions = json.loads((folder / "_definitions.json").read_text())["$defs"]
    kinds: dict[str, dict[str, str]] = {}
    for name, schema in definitions.items():
        served = schema.get("x-kubernetes-group-version-kind", [])
        # Options such as DeleteOptions belong to every group: they are no objects of their own.
        if len(served) == 1 and "metadata" in schema.get("properties", {}):
            group, version, kind = served[0]["group"], served[0]["version"], served[0]["kind"]
            kinds.setdefault(f"{group}/{version}" if group else version, {})[kind] = name
    slimmed = {name: UNIONS.get(name) or slim(schema, definitions) for name, schema in definitions.items()}
    return {
        "kinds": kinds,
        "definitions": {name: json.dumps(schema, separators=(",", ":")) for name, schema in sorted(slimmed.items())},
    }


def main() -> None:
    """Write one pack per version."""
    TARGET.mkdir(exist_ok=True)
    for folder in sorted(SOURCE.glob("v*-local-strict")):
        major, minor, _ = folder.name.removeprefix("v").split(".", 2)
        pack = json.dumps(compile_version(folder), separators=(",", ":"), sort_keys=True)
        (TARGET / f"{major}.{minor}.json.z").write_bytes(zlib.compress(pack.encode(), 9))


if __name__ == "__main__":
    main()
