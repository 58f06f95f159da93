"""Writing Kubernetes objects as people write them: block style, keys in the given order, quotes where they matter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

#: Numbers of any base, with exponents, in sixties (`12:30`), and dates.
_NUMBER_LIKE = re.compile(r"[-+]?[.\d][\d_.:eE+-]*|0[xXoObB][\da-fA-F_]+")


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
    return text.lower() in ("", "y", "n") or _NUMBER_LIKE.fullmatch(text) is not None


_Writer.add_representer(str, _write_string)
_Writer.add_multi_representer(list, _Writer.represent_list)


def manifest(*objects: Mapping[str, Any]) -> str:
    """Return the objects as one YAML stream."""
    return "---\n".join(
        yaml.dump(item, Dumper=_Writer, sort_keys=False, default_flow_style=False, width=4096, allow_unicode=True)
        for item in objects
    )
