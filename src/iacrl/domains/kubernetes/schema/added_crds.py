"""CustomResourceDefinitions that the user adds.

`add_crds` stores definitions in the user's data directory (or in `IACRL_DATA_DIR`). Every later validation uses them.
"""

from __future__ import annotations

import json
import re
from itertools import groupby
from typing import Any, Final

from iacrl.domains.kubernetes import validate_text
from iacrl.domains.kubernetes.schema.catalogue import add_catalogued, all_catalogued
from iacrl.domains.kubernetes.schema.custom_resources import CRD
from iacrl.domains.kubernetes.schema.installed import (
    cannot_be_written,
    data_directories,
    file_name,
    installed_definitions,
)
from iacrl.domains.kubernetes.schema.kind_browsing import brief_kind, show_kind
from iacrl.domains.kubernetes.yaml.reader import read
from iacrl.domains.kubernetes.yaml.text_limits import Unreadable
from iacrl.domains.programs import SchemaList, Schemas
from iacrl.errors import UserError
from iacrl.files import write_atomically

_TITLES: Final = ("group", "kind", "versions", "scope")
#: Every definition contains it. Files without it are skipped, because reading YAML is slow.
_DEFINES: Final = re.compile(rb"\bkind[\"']?\s*:\s*[\"']?CustomResourceDefinition\b")

_GROUP: Final = "apiextensions.k8s.io/"


def add_crds(content: bytes, name: str) -> list[str] | None:
    """Store each CustomResourceDefinition of a file for later validations.

    Args:
        content: YAML or JSON; objects that are not definitions are ignored.
        name: The file, for messages.

    Returns:
        What can be checked from now on, such as `Widget example.com/v1`; None if the content has no definition.

    Raises:
        UserError: The content cannot be read, or Kubernetes would refuse it; the message has a line for each mistake.
    """
    if not _DEFINES.search(content):
        return None
    try:
        text = content.decode()
        documents = read(text)
    except UnicodeDecodeError as error:
        raise UserError(f"Cannot read {name}: {error}.") from error
    except Unreadable as problem:
        raise UserError(f"{name}:{problem.range.start.line}: {problem.message}") from problem
    # Another apiVersion is an unknown kind, which is not judged and may have any form.
    definitions = [
        each
        for each in _flatten(documents)
        if each.get("kind") == CRD and str(each.get("apiVersion")).startswith(_GROUP)
    ]
    if not definitions:
        return None
    if problems := validate_text(text).errors:
        raise UserError("\n".join(f"{name}:{each.range.start.line}: {each.message}" for each in problems))
    folder = data_directories()[0]
    added: list[str] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for definition in definitions:
            spec = definition["spec"]
            target = folder / file_name(spec["group"], spec["names"]["kind"])
            write_atomically(target, json.dumps(definition))
            added += [f"{spec['names']['kind']} {spec['group']}/{version}" for version in _served(spec)]
    except OSError as error:
        raise cannot_be_written(folder, error) from error
    return added


def _listed() -> SchemaList:
    specs = sorted(
        (definition["spec"] for definition in installed_definitions(data_directories()[0])),
        key=lambda spec: (spec["group"], spec["names"]["kind"]),
    )
    rows = [
        {"group": spec["group"], "kind": spec["names"]["kind"], "versions": _served(spec), "scope": spec.get("scope")}
        for spec in specs
    ]
    for (group, kind), found in groupby(all_catalogued(data_directories()[0]), key=lambda one: one[:2]):
        rows.append({"group": group, "kind": kind, "versions": [one[2] for one in found], "scope": None})
    cells = [[row["group"], row["kind"], ", ".join(row["versions"]), row["scope"] or "not known"] for row in rows]
    return SchemaList(rows, [list(_TITLES), *cells] if rows else ())


def _add(content: bytes, name: str) -> list[str] | None:
    added = add_crds(content, name)
    if added is None:
        added = add_catalogued(content, name)
    return None if added is None else [f"Added {kind}" for kind in added]


def _served(spec: dict[str, Any]) -> list[str]:
    return [version["name"] for version in spec["versions"] if version.get("served")]


def _flatten(documents: list[Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for document in documents:
        if isinstance(document, dict):
            items = document.get("items")
            found += _flatten(items) if document.get("kind") == "List" and isinstance(items, list) else [document]
    return found


SCHEMAS = Schemas(
    _listed,
    _add,
    taken="a CustomResourceDefinition as YAML or JSON, as `kubectl get crd NAME -o yaml` prints it; "
    "a JSON Schema in a file GROUP/KIND_VERSION.json",
    show=show_kind,
    brief=brief_kind,
)
