"""Writing Kubernetes objects as people write them: block style, keys in the given order, quotes where they matter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml


class _Writer(yaml.SafeDumper):
    """Writes each object in full (no anchors), strings that look like something else in double quotes."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _write_string(writer: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    if "\n" in text:
        return writer.represent_scalar("tag:yaml.org,2002:str", text, style="|")
    tag = writer.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    plain = tag == "tag:yaml.org,2002:str" and not _looks_typed(text)
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else '"')


def _looks_typed(text: str) -> bool:
    """Return whether some YAML reader, 1.1 or 1.2, would not take the bare text for a string."""
    return text == "" or text[0].isdigit() or text.lower() in ("y", "n") or text[0] in "*&!%@`'\"{[>|-?:#, "


_Writer.add_representer(str, _write_string)


def manifest(*objects: Mapping[str, Any]) -> str:
    """Return the objects as one YAML stream."""
    return "---\n".join(
        yaml.dump(item, Dumper=_Writer, sort_keys=False, default_flow_style=False, width=4096, allow_unicode=True)
        for item in objects
    )
