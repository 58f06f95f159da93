"""Writes YAML as people do: block style, keys in the given order, quotes only where needed."""

from __future__ import annotations

import re
from typing import Any

import yaml

#: Numbers of any base, with exponents, in base 60 (`12:30`), and dates.
_NUMBER_LIKE = re.compile(r"[-+]?[.\d][\d_.:eE+-]*|0[xXoObB][\da-fA-F_]+")


class YamlWriter(yaml.SafeDumper):
    """Writes each value in full (no anchors), and strings that look like another type in double quotes."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write the value out each time."""
        return True


def write_yaml(value: Any, writer: type[YamlWriter] = YamlWriter) -> str:
    """Return a value as one YAML document."""
    return yaml.dump(value, Dumper=writer, sort_keys=False, default_flow_style=False, width=4096, allow_unicode=True)


def _write_string(writer: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    if "\n" in text:
        return writer.represent_scalar("tag:yaml.org,2002:str", text, style="|")
    tag = writer.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    plain = tag == "tag:yaml.org,2002:str" and not _looks_typed(text)
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else '"')


def _looks_typed(text: str) -> bool:
    """Return whether some YAML reader, 1.1 or 1.2, would not read the bare text as a string."""
    return text.lower() in ("", "y", "n") or _NUMBER_LIKE.fullmatch(text) is not None


YamlWriter.add_representer(str, _write_string)
YamlWriter.add_multi_representer(list, YamlWriter.represent_list)
