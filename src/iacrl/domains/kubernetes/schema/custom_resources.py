"""Custom resources: schemas from CustomResourceDefinitions, in the same text or added by the user beforehand.

Where there is no schema, an object is "not checked": neither valid nor invalid.
"""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules import object_rules as rules
from iacrl.domains.kubernetes.rules.field_rules import DUPLICATE_ITEM
from iacrl.domains.kubernetes.rules.metadata import check_metadata
from iacrl.domains.kubernetes.schema.crd_schemas import CustomSchema, repeated_items, schemas_in
from iacrl.domains.kubernetes.schema.schema_errors import report_schema_errors
from iacrl.domains.paths import path_text

CRD: Final = "CustomResourceDefinition"


def check_custom_resources(customs: list[Manifest], manifests: list[Manifest]) -> tuple[str, ...]:
    """Check custom resources by the definitions that are known; return a note for each kind without one."""
    known = _merge(schemas_in(each) for each in installed(data_directory()))
    known |= _merge(schemas_in(each.values) for each in manifests if each.kind == CRD and each.sound)
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


def _merge(parts: Any) -> dict[tuple[str, str], dict[str, CustomSchema]]:
    merged: dict[tuple[str, str], dict[str, CustomSchema]] = {}
    for part in parts:
        merged |= part
    return merged


def installed(folder: Path) -> tuple[dict[str, Any], ...]:
    """Return the definitions that the user has added."""
    if not folder.is_dir():
        return ()
    return _load(tuple(sorted((str(file), file.stat().st_mtime_ns) for file in folder.glob("*.json"))))


@lru_cache(maxsize=4)
def _load(files: tuple[tuple[str, int], ...]) -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(Path(file).read_text(encoding="utf-8")) for file, _ in files)
