"""Custom resources: schemas from CustomResourceDefinitions, in the same text or added by the user beforehand.

`add_crd` puts a definition into the user's data directory (`IACRL_DATA_DIR` names another one), from where every later
validation takes it. Where there is no schema, an object is "not checked": neither valid nor invalid.
"""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from iacrl.domains.kubernetes.findings import Manifest
from iacrl.domains.kubernetes.rules import structure as rules
from iacrl.domains.kubernetes.rules.metadata import check_metadata
from iacrl.domains.kubernetes.rules.schema import DUPLICATE_ITEM
from iacrl.domains.kubernetes.schema.crd_schemas import CustomSchema, repeated_items, schemas_in
from iacrl.domains.kubernetes.schema.schema_errors import report_schema_errors
from iacrl.domains.kubernetes.yaml.limits import Unreadable
from iacrl.domains.kubernetes.yaml.reader import read
from iacrl.domains.paths import path_text
from iacrl.domains.programs import SchemaList, Schemas
from iacrl.errors import UserError

_CRD = "CustomResourceDefinition"


def check_custom_resources(customs: list[Manifest], manifests: list[Manifest]) -> tuple[str, ...]:
    """Check custom resources by the definitions that are known; return a note for each kind without one."""
    known = _merge(schemas_in(each) for each in _installed(data_directory()))
    known |= _merge(schemas_in(each.values) for each in manifests if each.kind == _CRD and each.sound)
    unchecked: dict[str, None] = {}
    for manifest in customs:
        note = f"{manifest.kind} {manifest.api_version}"[:200]
        versions = known.get((manifest.group, manifest.kind))
        if versions is None:
            check_metadata(manifest, builtin=False, named=False)
            unchecked[f"{note}: no schema"] = None
            manifest.judged = False
        elif manifest.api_version.rpartition("/")[2] not in versions:
            instead = " or ".join(f"{manifest.group}/{version}" for version in versions)
            message = f"{manifest.kind} is not served by {manifest.api_version!r}. Write {instead}."
            manifest.report(rules.WRONG_API_VERSION, message, "apiVersion")
        else:
            schema = versions[manifest.api_version.rpartition("/")[2]]
            reasons = _check(manifest, schema)
            unchecked |= dict.fromkeys(f"{note}: {why}" for why in reasons)
            manifest.judged = not reasons
        if manifest.findings.full:
            break
    return tuple(unchecked)


def _check(manifest: Manifest, schema: CustomSchema) -> tuple[str, ...]:
    if schema.validator is None:
        return ("its schema cannot be compiled",)
    if schema.validator.is_valid(manifest.values):
        manifest.sound = True
        check_metadata(manifest, builtin=False, named=True)
        if schema.has_lists:
            for steps, identity in repeated_items(schema.source, manifest.values):
                manifest.report(DUPLICATE_ITEM, f"{path_text(steps)} is a duplicate: {identity}.", *steps)
    else:
        report_schema_errors(manifest, schema.validator, schema.schema)
    return ("CEL rules",) if schema.has_rules else ()


def data_directory() -> Path:
    """Return where a user's own definitions lie."""
    from platformdirs import user_data_path

    chosen = os.environ.get("IACRL_DATA_DIR")
    return (Path(chosen) if chosen else user_data_path("iacrl")) / "kubernetes"


def add_crd(content: bytes, name: str) -> list[str]:
    """Store each CustomResourceDefinition of a file for later validations.

    Args:
        content: YAML or JSON with at least one definition; other objects in it are passed over.
        name: The file, for messages.

    Returns:
        What can be checked from now on, such as `Widget example.com/v1`.

    Raises:
        UserError: The content cannot be read, or holds no definition, or one that Kubernetes would refuse.
    """
    from iacrl.domains.kubernetes.validation import validate_text

    try:
        text = content.decode()
        documents = read(text)
    except UnicodeDecodeError as error:
        raise UserError(f"Cannot read {name}: {error}.") from error
    except Unreadable as problem:
        raise UserError(f"{name}:{problem.range.start.line}: {problem.message}") from problem
    definitions = [each for each in _flatten(documents) if each.get("kind") == _CRD]
    if not definitions:
        raise UserError(f"{name} holds no {_CRD}. Save one with `kubectl get crd NAME -o yaml`.")
    problems = validate_text(text).errors
    if problems:
        first = problems[0]
        raise UserError(f"{name}:{first.range.start.line}: {first.message}")
    folder = data_directory()
    folder.mkdir(parents=True, exist_ok=True)
    added: list[str] = []
    for definition in definitions:
        target = folder / f"{definition['metadata']['name']}.json"
        part = target.with_suffix(".part")
        part.write_text(json.dumps(definition), encoding="utf-8")
        part.replace(target)
        added += _kinds(definition)
    return added


def _listed() -> SchemaList:
    kinds = [kind for definition in _installed(data_directory()) for kind in _kinds(definition)]
    return SchemaList(notes=[f"Added custom resources: {', '.join(kinds)}."] if kinds else [])


def _add(content: bytes, name: str) -> list[str] | None:
    return [f"Added {kind}" for kind in add_crd(content, name)] if name.endswith((".yaml", ".yml")) else None


def _kinds(definition: dict[str, Any]) -> list[str]:
    return [f"{kind} {group}/{version}" for (group, kind), found in schemas_in(definition).items() for version in found]


def _flatten(documents: list[Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for document in documents:
        if isinstance(document, dict):
            items = document.get("items")
            found += _flatten(items) if document.get("kind") == "List" and isinstance(items, list) else [document]
    return found


def _merge(parts: Any) -> dict[tuple[str, str], dict[str, CustomSchema]]:
    merged: dict[tuple[str, str], dict[str, CustomSchema]] = {}
    for part in parts:
        merged |= part
    return merged


def _installed(folder: Path) -> tuple[dict[str, Any], ...]:
    if not folder.is_dir():
        return ()
    return _load(tuple(sorted((str(file), file.stat().st_mtime_ns) for file in folder.glob("*.json"))))


@lru_cache(maxsize=4)
def _load(files: tuple[tuple[str, int], ...]) -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(Path(file).read_text(encoding="utf-8")) for file, _ in files)


SCHEMAS = Schemas(_listed, _add)
