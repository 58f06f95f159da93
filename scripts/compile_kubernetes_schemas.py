"""Write `src/iacrl/domains/kubernetes/schema/packs/*.json.z` from the schemas that kubernetes-validate bundles.

    python scripts/compile_kubernetes_schemas.py

One file per Kubernetes minor version, with only what validation needs. 100 MB of JSON become 400 KB, and the first
verdict of a process need not parse a megabyte of descriptions.
"""

from __future__ import annotations

import json
import re
import zlib
from pathlib import Path
from typing import Any

import kubernetes_validate
from kubernetes_corrections import DECODED_BY_RULES, FREE_FORM, enforced, is_served

from iacrl.domains.kubernetes.schema.text_formats import BASE64, MICRO_TIME, QUANTITY, TIME

SOURCE = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"
TARGET = Path(__file__).parents[1] / "src/iacrl/domains/kubernetes/schema/packs"

KEPT = ("$ref", "additionalProperties", "items", "properties", "type")
INTEGER_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
#: Types that decode themselves. The bundled schemas describe them only in part.
DECODERS: dict[str, dict[str, Any]] = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"type": ["string", "number"], "pattern": QUANTITY},
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": {"type": "string", "pattern": TIME},
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": {"type": "string", "pattern": MICRO_TIME},
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {
        "type": ["string", "integer"],
        "minimum": INTEGER_RANGES["int32"][0],
        "maximum": INTEGER_RANGES["int32"][1],
    },
}


def slim(name: str, schema: dict[str, Any], minor: int) -> dict[str, Any]:
    """Return a schema with only the keywords that affect a verdict.

    No schema allows null: `zero_values` replaces it with the value that the API server's decoder uses.
    """
    kept = {keyword: schema[keyword] for keyword in KEPT if keyword in schema}
    if isinstance(kept.get("type"), list):
        types = [each for each in kept["type"] if each != "null"]
        kept["type"] = types[0] if len(types) == 1 else types
    if "properties" in kept:
        kept["properties"] = {field: slim(name, inner, minor) for field, inner in kept["properties"].items()}
    for keyword in ("items", "additionalProperties"):
        if isinstance(kept.get(keyword), dict):
            kept[keyword] = slim(name, kept[keyword], minor)
    if required := enforced(name, schema.get("required", []), minor):
        kept["required"] = required
    if schema.get("format") in INTEGER_RANGES:
        kept["minimum"], kept["maximum"] = INTEGER_RANGES[schema["format"]]
    if schema.get("format") == "byte" and not name.endswith(DECODED_BY_RULES):
        kept["pattern"] = BASE64
    return kept


def correct(definitions: dict[str, Any], kinds: dict[str, dict[str, str]]) -> None:
    """Close structs without fields. Require nothing in definitions that only `status` reaches: a create resets it."""
    for name, schema in definitions.items():
        bare = schema.get("type") == "object" and not {"properties", "additionalProperties"} & schema.keys()
        if bare and name.rpartition(".")[2] not in FREE_FORM:
            schema["additionalProperties"] = False
    roots = {name for served in kinds.values() for name in served.values()}
    states = {
        reference
        for root in roots
        for reference in references(definitions[root].get("properties", {}).get("status", {}))
    }
    wanted = reachable(definitions, roots, states)
    for name in reachable(definitions, states, set()) - wanted:
        definitions[name].pop("required", None)
    for root in roots:
        definitions[root]["required"] = [field for field in definitions[root].get("required", []) if field != "status"]


def references(schema: Any) -> set[str]:
    """Return the names of the definitions that a schema refers to directly."""
    return set(re.findall(r'"\$ref": "[^"]*/([^"/]+)"', json.dumps(schema)))


def reachable(definitions: dict[str, Any], starts: set[str], closed: set[str]) -> set[str]:
    """Return the definitions that `starts` refer to, directly or not, without going through `closed`."""
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name not in found and name not in closed:
            found.add(name)
            waiting += references(definitions[name])
    return found


def compile_version(folder: Path) -> dict[str, Any]:
    """Return `{"kinds": {apiVersion: {kind: definition}}, "definitions": {definition: JSON text}}`."""
    definitions = json.loads((folder / "_definitions.json").read_text())["$defs"]
    kinds: dict[str, dict[str, str]] = {}
    minor = int(folder.name.split(".")[1])
    for name, schema in definitions.items():
        served = schema.get("x-kubernetes-group-version-kind", [])
        # Options such as DeleteOptions belong to every group: they are not objects.
        if len(served) == 1 and "metadata" in schema.get("properties", {}):
            group, version, kind = served[0]["group"], served[0]["version"], served[0]["kind"]
            api_version = f"{group}/{version}" if group else version
            known = kinds.setdefault(api_version, {})  # the group exists even if none of its kinds is served
            if is_served(api_version, kind, minor):
                known[kind] = name
    slimmed = {name: DECODERS.get(name) or slim(name, schema, minor) for name, schema in definitions.items()}
    correct(slimmed, kinds)
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
