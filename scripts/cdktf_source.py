"""Splits the TypeScript inside a cdktf provider package into the objects that it declares.

A PyPI package `cdktf-cdktf-provider-NAME` contains a JavaScript library generated from the provider's real schema. Each
compiled file ends in a source map that embeds its TypeScript. That text is regular enough to be read line by line. This
module reads what it says; `cdktf_schema` derives what it means.
"""

from __future__ import annotations

import base64
import json
import re
import tarfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

_SOURCE_MAP = "sourceMappingURL=data:application/json;base64,"
_DECLARATION = re.compile(r"^export (interface|class|function) (\w+)", re.M)
_BASE = re.compile(r" extends cdktf\.(ComplexObject|Terraform(?:Resource|DataSource|Provider)) ")
_COMMENT = re.compile(r"^  // (\w+) - computed: (true|false), optional: (true|false), required: (true|false)\n", re.M)
_PROPERTY = re.compile(r"  /\*\*\n((?:  ?\*(?!/).*\n)*)  \*/\n  readonly \w+(\??): ", re.M)
_LINK = re.compile(r"\{@link [^#}]*#(\w+) ")
_SYNTHESIS = re.compile(
    r"^ +(\w+): \{\n +value: (.*),\n +isBlock: (?:true|false),\n +type: \"(\w+)\",\n +storageClassType: \"(\w+)\",$",
    re.M,
)
_CATEGORIES = {"TerraformResource": "resource", "TerraformDataSource": "data", "TerraformProvider": "provider"}


class UnreadableError(Exception):
    """The package is not written as expected."""


@dataclass
class Synthesis:
    """An entry of a function that writes a configuration: the call, its `type` and its `storageClassType`."""

    call: str
    kind: str
    storage: str


@dataclass
class Entry:
    """An attribute that can be read: its marks, and the code of its getter."""

    name: str
    computed: bool
    optional: bool
    required: bool
    code: str = ""


@dataclass
class Property:
    """An attribute that can be set: the first line of its documentation, and all of it as one line."""

    description: str
    optional: bool
    documentation: str = ""


@dataclass
class Struct:
    """What the text says about one object. `single_item` marks the only item of a block that is limited to one."""

    entries: list[Entry] = field(default_factory=list)
    properties: dict[str, Property] = field(default_factory=dict)
    synthesis: dict[str, Synthesis] = field(default_factory=dict)
    single_item: bool = False


@dataclass
class Source:
    """One resource, data source or provider configuration."""

    category: str = ""
    type_name: str = ""
    root: Struct = field(default_factory=Struct)
    structs: dict[str, Struct] = field(default_factory=dict)


def read_archive(archive: BinaryIO) -> tuple[dict[str, Any], dict[str, str]]:
    """Read the library's archive.

    Returns:
        Its package.json, and the TypeScript of each folder under `lib`: one resource, in one file or split in several.

    Raises:
        UnreadableError: A file has no embedded source.
    """
    manifest: dict[str, Any] = {}
    texts: defaultdict[str, str] = defaultdict(str)
    with tarfile.open(fileobj=archive, mode="r|gz") as members:
        for member in members:
            parts = Path(member.name).parts[1:]
            content = members.extractfile(member)
            if parts == ("package.json",) and content:
                manifest = json.loads(content.read())
            elif len(parts) > 2 and parts[0] == "lib" and parts[-1].endswith(".js") and content:
                text = content.read().decode()
                start = text.rfind(_SOURCE_MAP)
                if start < 0:
                    raise UnreadableError(f"{member.name}: no embedded source map")
                texts[parts[1]] += json.loads(base64.b64decode(text[start + len(_SOURCE_MAP) :]))["sourcesContent"][0]
    return manifest, texts


def read_source(text: str) -> Source:
    """Split one folder's TypeScript.

    Raises:
        UnreadableError: Its main class is incomplete.
    """
    source = Source()

    def struct(name: str) -> Struct:
        return source.structs.setdefault(name, Struct())

    for match, body in _sections(_DECLARATION, text):
        keyword, name = match[1], match[2]
        if keyword == "function" and name.endswith("ToHclTerraform"):
            struct_name = name.removesuffix("ToHclTerraform")
            struct(struct_name[0].upper() + struct_name[1:]).synthesis = _synthesis(body)
        elif keyword == "interface":
            struct(name).properties = _properties(body)
        elif base := _BASE.match(body):
            if base[1] == "ComplexObject":
                found = struct(name.removesuffix("OutputReference"))
                found.single_item = "super(terraformResource, terraformAttribute, false, 0);" in body
            else:
                found = source.root
                found.synthesis = _synthesis(body)
                found.properties = struct(_search(r"config: (\w+)", body, name)).properties
                source.category = _CATEGORIES[base[1]]
                source.type_name = _search(r'tfResourceType = "([\w-]+)"', body, name)
            found.entries = [
                Entry(comment[1], comment[2] == "true", comment[3] == "true", comment[4] == "true", code)
                for comment, code in _sections(_COMMENT, body)
            ]
    return source


def _sections(pattern: re.Pattern[str], text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Yield each match with the text from its end to the next match."""
    matches = list(pattern.finditer(text))
    ends = [match.start() for match in matches[1:]] + [len(text)]
    for match, end in zip(matches, ends, strict=False):
        yield match, text[match.end() : end]


def _search(pattern: str, body: str, name: str) -> str:
    found = re.search(pattern, body)
    if not found:
        raise UnreadableError(f"{name}: no {pattern}")
    return found[1]


def _properties(body: str) -> dict[str, Property]:
    """Read an interface; the Terraform name is in the link to the documentation."""
    properties = {}
    for match in _PROPERTY.finditer(body):
        lines = [line.strip().removeprefix("*").strip() for line in match[1].splitlines()]
        if link := _LINK.search(match[1]):
            properties[link[1]] = Property(lines[0], match[2] == "?", " ".join(lines))
    return properties


def _synthesis(body: str) -> dict[str, Synthesis]:
    return {match[1]: Synthesis(match[2], match[3], match[4]) for match in _SYNTHESIS.finditer(body)}
