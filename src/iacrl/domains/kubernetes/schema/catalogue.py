"""JSON Schemas of custom kinds, as catalogues have them: one file for each version, `GROUP/KIND_VERSION.json`.

Such a file is a part of a CustomResourceDefinition, converted. It does not contain the kind's spelling, its scope or
its subresources, and rules, defaults and marks of Kubernetes may be missing. So an object that only a catalogue
describes is checked, and reported as not checked in full. A definition always wins over a catalogue.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from iacrl import nested_json
from iacrl.domains.kubernetes.schema.api_schemas import DEFAULT_VERSION
from iacrl.domains.kubernetes.schema.crd_schemas import CustomVersion
from iacrl.domains.kubernetes.schema.installed import GROUP, KIND, cannot_be_written, data_directories
from iacrl.errors import UserError
from iacrl.files import write_atomically

#: Why an object that only a catalogue describes is not checked in full.
PARTLY: Final = "only a JSON Schema is known, which may lack rules and defaults"
_NEWEST: Final = int(DEFAULT_VERSION.rpartition(".")[2])
_FOLDER: Final = "catalogue"
_STEM: Final = re.compile(r"([a-z0-9-]{1,63})_(v[0-9][a-z0-9]{0,62})", re.ASCII)
#: What no check needs.
_WORDS: Final = frozenset({"description", "title", "example", "examples", "externalDocs"})


def add_catalogued(content: bytes, name: str) -> list[str] | None:
    """Store a JSON Schema for later validations.

    Args:
        content: The file's content.
        name: Its path, which says whose schema it is.

    Returns:
        What can be checked from now on, such as `certificate cert-manager.io/v1`; None if it is no file of a catalogue.

    Raises:
        UserError: The content is not JSON or not a JSON Schema, or cannot be stored.
    """
    path = Path(name).absolute()
    group, found = path.parent.name, _STEM.fullmatch(path.stem)
    if path.suffix != ".json" or found is None or "." not in group or not GROUP.fullmatch(group):
        return None
    try:
        schema = nested_json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{name}: is not JSON: {error}.") from error
    if not isinstance(schema, dict) or isinstance(schema.get("kind"), str):
        return None
    if not isinstance(schema.get("properties"), dict) and schema.get("type") != "object":
        return None
    try:
        structural = _structural(schema)
        _version(structural).schema(_NEWEST)
    except (AttributeError, RecursionError, TypeError, ValueError) as error:
        raise UserError(f"{name}: is not a JSON Schema.") from error
    place = data_directories()[0] / _FOLDER / group
    try:
        place.mkdir(parents=True, exist_ok=True)
        write_atomically(place / path.name, json.dumps(structural))
    except OSError as error:
        raise cannot_be_written(place, error) from error
    return [f"{found[1]} {group}/{found[2]}"]


def catalogued(folder: Path, group: str, kind: str, version: str) -> CustomVersion | None:
    """Return a version of a kind that a catalogue describes; None if none does.

    Raises:
        UserError: The stored file is damaged.
    """
    stem = f"{kind.lower()}_{version}"  # a catalogue has no capitals
    if not (KIND.fullmatch(kind) and GROUP.fullmatch(group) and _STEM.fullmatch(stem)):
        return None
    file = folder / _FOLDER / group / f"{stem}.json"
    try:
        status = file.stat()
    except OSError:
        return None
    return _load(file, status.st_ino, status.st_mtime_ns)


def all_catalogued(folder: Path, kind: str = "*") -> Iterator[tuple[str, str, str]]:
    """Yield the group, kind and version of each schema, in order; of one kind if it is named."""
    for file in sorted((folder / _FOLDER).glob(f"*/{kind.lower()}_*.json")):
        if found := _STEM.fullmatch(file.stem):
            yield file.parent.name, found[1], found[2]


@lru_cache(maxsize=256)
def _load(file: Path, number: int, changed: int) -> CustomVersion:
    try:
        schema = nested_json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UserError(f"{file}: is damaged. Delete it, and add the schema again with `iacrl schema add`.") from error
    return _version(schema)


def _version(schema: dict[str, Any]) -> CustomVersion:
    """Return a version that drops the status of new objects: nearly every kind does."""
    return CustomVersion({"schema": {"openAPIV3Schema": schema}, "subresources": {"status": {}}})


def _structural(schema: Any, *, condition: bool = False) -> dict[str, Any]:
    """Return a schema in the form that definitions have. What that form cannot express is left out, and allowed.

    Args:
        schema: JSON Schema of any draft.
        condition: Whether it only adds a condition. Converters forbid unknown fields there too; Kubernetes does not.
    """
    if not isinstance(schema, dict) or "$ref" in schema:
        return {}
    made = {name: value for name, value in schema.items() if name not in _WORDS}
    kinds = made.get("type")
    if isinstance(kinds, list) and "null" in kinds:
        made["nullable"] = True
        made["type"] = next((kind for kind in kinds if kind != "null"), None) if len(kinds) == 2 else None
    for name in ("allOf", "anyOf", "oneOf"):
        inner = made.pop(name, None)
        if isinstance(inner, list):
            made[name] = [_structural(each, condition=True) for each in inner]
    for name in ("not", "items"):
        inner = made.pop(name, None)
        if isinstance(inner, dict):
            made[name] = _structural(inner, condition=condition or name == "not")
    fields = made.pop("properties", None)
    if isinstance(fields, dict):
        made["properties"] = {name: _structural(each, condition=condition) for name, each in fields.items()}
    rest = made.pop("additionalProperties", None)
    if isinstance(rest, dict):
        made["additionalProperties"] = _structural(rest, condition=condition)
    elif rest is False and not (
        condition or "patternProperties" in made or made.get("x-kubernetes-preserve-unknown-fields")
    ):
        made["additionalProperties"] = False
    elif made.get("type") == "object":  # JSON Schema allows what it does not name
        made["x-kubernetes-preserve-unknown-fields"] = True
    return made
