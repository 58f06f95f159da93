"""Write the values that providers take, as the descriptions of their cdktf packages list them.

    python scripts/described_values.py [NAME ...]

Needs iacrl itself, pip and a package index.

The generator of google's providers ends a description with `Possible values: ["A", "B"]`. It takes them from the same
list as the check (`verify.ValidateEnum`), so the list is the check, and a finding is an error. If the argument is
optional, the check also accepts an empty text.

The descriptions of the other providers are not known to be the check, so a finding is a warning. `described_sentences`
reads them. `known_meanings` adds arguments of these and of google's providers whose names say what they hold.
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
from compile_packs import PACKAGES, PROTOCOL_6, library_of
from described_sentences import conditions_in
from known_meanings import conditions_of
from provider_facts.write_facts import encode

from iacrl.domains.terraform.schema.packs import SHIPPED

#: Google's descriptions are generated from the checks. What the others say is not known to be a check. docker's lists
#: leave out values (plugins), and azuread has none.
_GENERATED = ("google", "google-beta")
_WRITTEN = ("azurerm", "cloudflare", "datadog", "github", "kubernetes", "time")
_LISTED = re.compile(r'Possible values: (\["[^\[\]]*"\])(?: |$)')
_DEFAULT = re.compile(r'Default value: "([^"]*)"')
_TEXTS = ("string", ["list", "string"], ["set", "string"])


class _Values(SchemaReader):
    """Walks the body of a resource."""

    def stated(self, name: str, struct: Struct, path: str = "", inside: tuple[str, ...] = ()) -> Iterator[Any]:
        """Yield the dotted path of each argument with conditions, and these."""
        for entry in self._entries(struct):
            inner, _ = self._inner(struct, entry)
            here = f"{path}.{entry.name}" if path else entry.name
            if inner is not None:
                if inner not in inside:
                    yield from self.stated(name, self._source.structs[inner], here, (*inside, inner))
            elif entry.name in struct.properties:
                type_ = self._attribute(struct, entry, inside)["type"]
                words = struct.properties[entry.name].documentation
                own = _generated(words, type_, entry.required) if name in _GENERATED else []
                if not own and name not in _GENERATED:
                    own = conditions_in(words, type_, entry.required)
                conditions = own or conditions_of(name, self._source.type_name, here, type_)
                if conditions:
                    yield here, conditions


def _generated(words: str, type_: Any, required: bool) -> list[list[Any]]:
    """Return the check that a generated description states."""
    found, default = _LISTED.search(words), _DEFAULT.search(words)
    values = json.loads(found[1]) if found and type_ in _TEXTS else []
    if not values or (default and default[1] not in values):
        return []
    return [["enum", *values, *([] if required else [""])]]


def described(name: str) -> tuple[str, dict[str, list[Any]]]:
    """Return a provider's version, and the facts by type."""
    with tempfile.TemporaryDirectory() as folder:
        manifest, texts = read_archive(library_of(name, Path(folder)))
    provider = manifest["cdktf"]["provider"]
    found = {}
    is_of_framework = provider["name"] in PROTOCOL_6
    for folder in sorted(texts):
        source = read_source(texts[folder])
        if source.category == "resource":
            values = dict(_Values(source, is_of_framework).stated(name, source.root))
            if values:
                found[f"resource {source.type_name}"] = [values, [], is_of_framework]
    return provider["version"], found


def main(names: list[str]) -> None:
    """Write the facts of the named providers, or of all."""
    for name in names or (*_GENERATED, *_WRITTEN):
        version, found = described(name)
        data = encode(version, f"cdktf-cdktf-provider-{name} {PACKAGES[name]}", found)
        (Path(SHIPPED) / f"{name}.facts").write_bytes(data)
        print(f"{name} {version}: {sum(len(one[0]) for one in found.values())} arguments, {len(data)} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
