"""The JSON Schema of a configuration file, for editors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from iacrl.sources.code_names import all_codes, other_codes, selectors
from iacrl.sources.settings_keys import all_keys

#: The URL from which editors fetch it.
ADDRESS = "https://raw.githubusercontent.com/iacrl/iacrl/main/src/iacrl/sources/iacrl.schema.json"


def json_schema(codes: Iterable[str] | None = None) -> dict[str, Any]:
    """Return the schema of `.iacrl.toml` and of `[tool.iacrl]`.

    Args:
        codes: All codes. None: those of every available domain.
    """
    code: list[dict[str, Any]] = [{"enum": selectors(all_codes() if codes is None else codes)}]
    if others := other_codes():
        code.append({"type": "string", "pattern": f"^(?:{others})$"})
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": ADDRESS,
        "title": "iacrl",
        "description": "Settings of `iacrl validate` and `pytest --iacrl`: .iacrl.toml, or [tool.iacrl].",
        "definitions": {"code": {"description": "A code, or the beginning of some.", "anyOf": code}},
        **all_keys().schema(),
    }
