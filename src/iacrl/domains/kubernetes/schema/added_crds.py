"""CustomResourceDefinitions that the user adds.

`add_crd` puts a definition into the user's data directory (`IACRL_DATA_DIR` names another one), from where every later
validation takes it.
"""

from __future__ import annotations

import json
from typing import Any

from iacrl.domains.kubernetes.schema.crd_schemas import CustomVersion, schemas_in
from iacrl.domains.kubernetes.schema.custom_resources import CRD, data_directory, installed_kinds
from iacrl.domains.kubernetes.validation import validate_text
from iacrl.domains.kubernetes.yaml.reader import read
from iacrl.domains.kubernetes.yaml.text_limits import Unreadable
from iacrl.domains.programs import SchemaList, Schemas
from iacrl.errors import UserError


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
    try:
        text = content.decode()
        documents = read(text)
    except UnicodeDecodeError as error:
        raise UserError(f"Cannot read {name}: {error}.") from error
    except Unreadable as problem:
        raise UserError(f"{name}:{problem.range.start.line}: {problem.message}") from problem
    definitions = [each for each in _flatten(documents) if each.get("kind") == CRD]
    if not definitions:
        raise UserError(f"{name} holds no {CRD}. Save one with `kubectl get crd NAME -o yaml`.")
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
    kinds = _named(installed_kinds(data_directory()))
    return SchemaList(notes=[f"Added custom resources: {', '.join(kinds)}."] if kinds else [])


def _add(content: bytes, name: str) -> list[str] | None:
    return [f"Added {kind}" for kind in add_crd(content, name)] if name.endswith((".yaml", ".yml")) else None


def _kinds(definition: dict[str, Any]) -> list[str]:
    return _named(schemas_in(definition))


def _named(kinds: dict[tuple[str, str], dict[str, CustomVersion]]) -> list[str]:
    return [f"{kind} {group}/{version}" for (group, kind), found in kinds.items() for version in found]


def _flatten(documents: list[Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for document in documents:
        if isinstance(document, dict):
            items = document.get("items")
            found += _flatten(items) if document.get("kind") == "List" and isinstance(items, list) else [document]
    return found


SCHEMAS = Schemas(_listed, _add)
