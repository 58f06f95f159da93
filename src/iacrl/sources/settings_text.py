"""Settings as the text of a file: the output of `iacrl settings show`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from iacrl.sources.settings import Settings


def as_toml(settings: Settings) -> str:
    """Return the same settings as TOML; paths are absolute."""
    return "".join(f"{line}\n" for line in _lines(settings))


def _lines(settings: Settings) -> Iterator[str]:
    choice = settings.choices[-1] if settings.choices else None
    select = choice.select if choice is not None else None
    yield f"select = {_value(list(select) if select is not None else ['ALL'])}"
    yield f"ignore = {_value(list(choice.ignore) if choice is not None else [])}"
    yield f"exclude = {_value([pattern for globs in settings.exclude for pattern in globs.patterns])}"
    yield f"fail-on = {_value(sorted(settings.fail_on) or ['error'])}"
    yield f"strict = {_value(settings.strict)}"
    yield f"security = {_value(settings.security)}"
    yield f"schemas = {_value([_path(folder) for folder in settings.schemas])}"
    if settings.baseline is not None:
        yield f"baseline = {_value(_path(settings.baseline))}"
    yield from _table("severity", dict(settings.severity))
    yield from _table(
        "per-file-ignores", {globs.patterns[0]: list(codes) for globs, codes in settings.per_file_ignores}
    )
    for domain, options in settings.options.items():
        yield from _table(_name(domain), dict(options))


def _table(name: str, values: dict[str, Any]) -> Iterator[str]:
    if values:
        yield f"\n[{name}]"
        yield from (f"{_name(key)} = {_value(value)}" for key, value in values.items())


def _name(name: str) -> str:
    return name if name.replace("-", "").replace("_", "").isalnum() and name.isascii() else _value(name)


def _path(path: Path) -> str:
    return os.fsdecode(path)


def _value(value: Any) -> str:
    # A JSON string, number, boolean or array is also valid TOML.
    return json.dumps(value)
