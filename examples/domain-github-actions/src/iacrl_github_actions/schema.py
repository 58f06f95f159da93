"""The JSON Schema of workflows, as the package check-jsonschema ships it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema_rs


def errors(workflow: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield what the schema refuses: the path to the value, and a message."""
    for error in _schema().iter_errors(workflow):
        yield tuple(error.instance_path), error.message


@cache
def _schema() -> jsonschema_rs.Draft7Validator:
    package = Path(
        find_spec("check_jsonschema").origin
    ).parent  # found and not imported: its command line is not needed
    vendored = package / "builtin_schemas" / "vendor" / "github-workflows.json"
    return jsonschema_rs.Draft7Validator(json.loads(vendored.read_text(encoding="utf-8")))
