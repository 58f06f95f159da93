"""Write the values that google's providers take, as the descriptions of their cdktf packages list them.

    python scripts/described_values.py

Needs iacrl itself, pip and a package index. The generator of these providers ends a description with `Possible values:
["A", "B"]`. It takes them from the same list as the check (`verify.ValidateEnum`), so the list is the check. If the
argument is optional, the check also accepts an empty text. Lists that people wrote by hand have other words and are not
used.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent.parent / "tools"))

from cdktf_schema import SchemaReader
from cdktf_source import Struct, read_archive, read_source
from compile_packs import PACKAGES, library_of
from provider_facts.write_facts import encode

from iacrl.domains.terraform.schema.packs import SHIPPED

_PROVIDERS = ("google", "google-beta")
_LISTED = re.compile(r'Possible values: (\["[^\[\]]*"\])(?: |$)')
_DEFAULT = re.compile(r'Default value: "([^"]*)"')
_TEXTS = ("string", ["list", "string"], ["set", "string"])


class _Values(SchemaReader):
    """Walks the body of a resource."""

    def listed(self, struct: Struct, path: tuple[str, ...] = (), inside: tuple[str, ...] = ()) -> Iterator[Any]:
        """Yield the path of each argument whose description lists its values, with a condition."""
        for entry in self._entries(struct):
            inner, _ = self._inner(struct, entry)
            here = (*path, entry.name)
            if inner is not None:
                if inner not in inside:
                    yield from self.listed(self._source.structs[inner], here, (*inside, inner))
            elif entry.name in struct.properties and self._attribute(struct, entry, inside)["type"] in _TEXTS:
                words = struct.properties[entry.name].documentation
                found, default = _LISTED.search(words), _DEFAULT.search(words)
                values = json.loads(found[1]) if found else []
                if values and (default is None or default[1] in values):
                    yield ".".join(here), [["enum", *values, *([] if entry.required else [""])]]


def described(name: str) -> tuple[str, dict[str, list[Any]]]:
    """Return a provider's version, and the facts by type."""
    with tempfile.TemporaryDirectory() as folder:
        manifest, texts = read_archive(library_of(name, Path(folder)))
    found = {}
    for folder in sorted(texts):
        source = read_source(texts[folder])
        values = dict(_Values(source, False).listed(source.root)) if source.category == "resource" else {}
        if values:
            found[f"resource {source.type_name}"] = [values, [], False]
    return manifest["cdktf"]["provider"]["version"], found


def main() -> None:
    """Write the facts of each provider."""
    for name in _PROVIDERS:
        version, found = described(name)
        data = encode(version, f"cdktf-cdktf-provider-{name} {PACKAGES[name]}", found)
        (Path(SHIPPED) / f"{name}.facts").write_bytes(data)
        print(f"{name} {version}: {sum(len(one[0]) for one in found.values())} lists, {len(data)} bytes")


if __name__ == "__main__":
    main()
