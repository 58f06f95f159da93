"""The file that holds one provider's schema: a small index, then the bodies in separately compressed chunks.

    iacrl-pack 1\\n  <length of the index, 4 bytes>  <index>  <chunk> <chunk> ...

Index and chunks are JSON compressed by zlib. Bodies form one sequence: the provider's own configuration; the resources,
data sources and ephemeral resources, each sorted by name; then the sub-blocks that several bodies share. A chunk holds
consecutive bodies. So reading one body inflates one chunk of about ten kilobytes, plus the chunks of the shared blocks
it names. Within a chunk:

- a block is `[attributes, blocks]`, or a number: the place in the sequence of a shared block; an open block is null;
- an attribute is `"FLAGS type"`, or `["FLAGS", type]` for a type that is not a plain word, or
  `["FLAGS", nesting, attributes]` for described objects; FLAGS are the first letters of its marks;
- a nested block is `[nesting, block, min, max]`, where the last elements are left out without a minimum and a maximum.

This module reads packs; `pack_encode` writes them.
"""

from __future__ import annotations

import bisect
import json
import zlib
from functools import lru_cache
from mmap import ACCESS_READ, mmap
from os import PathLike, fstat
from typing import Any, cast

from iacrl.domains.terraform.schema.provider_schema import (
    CATEGORIES,
    AttributeSchema,
    BlockSchema,
    NestedBlock,
    NestedObject,
    ProviderSchema,
)
from iacrl.errors import UserError

MAGIC = b"iacrl-pack 1\n"
#: How an attribute's marks are written.
MARK_LETTERS = {
    "required": "r",
    "optional": "o",
    "computed": "c",
    "sensitive": "s",
    "deprecated": "d",
    "write_only": "w",
}


@lru_cache(maxsize=4096)
def _plain_attribute(text: str) -> AttributeSchema:
    flags, _, type_name = text.partition(" ")
    return AttributeSchema(type_name, **_flags(flags))


def _flags(letters: str) -> dict[str, Any]:
    return {flag: True for flag, letter in MARK_LETTERS.items() if letter in letters}


def _read_attribute(raw: Any) -> AttributeSchema:
    if isinstance(raw, str):
        return _plain_attribute(raw)
    if len(raw) == 2:
        return AttributeSchema(raw[1], **_flags(raw[0]))
    return AttributeSchema(None, **_flags(raw[0]), nested=NestedObject(raw[1], _read_attributes(raw[2])))


def _read_attributes(raw: dict[str, Any]) -> dict[str, AttributeSchema]:
    return {name: _read_attribute(each) for name, each in raw.items()}


class _PackReader:
    """Reads bodies from an open pack's chunks, and caches the most recent chunks."""

    def __init__(self, path: str | PathLike[str], data: bytes | mmap, data_start: int, index: dict[str, Any]) -> None:
        self._path = path
        self._data = data
        self._starts: list[int] = index["starts"]
        self._offsets = [data_start]
        for size in index["sizes"]:
            self._offsets.append(self._offsets[-1] + size)
        position = 1
        self._firsts: dict[str, int] = {}
        for category in CATEGORIES:
            self._firsts[category] = position
            position += len(index[category])
        self._names: dict[str, list[str]] = {category: index[category] for category in CATEGORIES}
        self._chunk = lru_cache(maxsize=8)(self._load_chunk)
        self._block = lru_cache(maxsize=512)(self._load_block)

    def __call__(self, category: str, name: str) -> BlockSchema | None:
        """Return the body of one type, or of the provider's configuration."""
        if category == "provider":
            return self._block(0)
        names = self._names[category]
        place = bisect.bisect_left(names, name)
        if place == len(names) or names[place] != name:
            return None
        return self._block(self._firsts[category] + place)

    def _load_chunk(self, number: int) -> list[Any]:
        chunk = self._data[self._offsets[number] : self._offsets[number + 1]]
        return cast(list[Any], _inflate(chunk, self._path))

    def _load_block(self, position: int) -> BlockSchema:
        number = bisect.bisect_right(self._starts, position) - 1
        return self._read_body(self._chunk(number)[position - self._starts[number]])

    def _read_body(self, raw: list[Any] | None) -> BlockSchema:
        if raw is None:
            return BlockSchema(open=True)
        if len(raw) == 1:
            return BlockSchema(_read_attributes(raw[0]))
        return BlockSchema(_read_attributes(raw[0]), {name: self._read_nested(each) for name, each in raw[1].items()})

    def _read_nested(self, raw: list[Any]) -> NestedBlock:
        block = self._block(raw[1]) if isinstance(raw[1], int) else self._read_body(raw[1])
        return NestedBlock(raw[0], block, *raw[2:])


def open_pack(path: str | PathLike[str]) -> ProviderSchema:
    """Read a pack's index.

    The file is mapped, not read. Only the pages of requested chunks are loaded, and forked processes share them. If a
    pack is replaced meanwhile, the old one is still read.

    Raises:
        UserError: The file is not a pack, or is damaged.
        OSError: It cannot be read.
    """
    with open(path, "rb") as file:  # noqa: PTH123 - a first verdict does not import pathlib
        data = mmap(file.fileno(), 0, access=ACCESS_READ) if fstat(file.fileno()).st_size else b""
    start = len(MAGIC) + 4
    if data[: len(MAGIC)] != MAGIC:
        raise UserError(f"{path} is not a schema pack of this version of iacrl; remove it and add the schema again.")
    end = start + int.from_bytes(data[len(MAGIC) : start], "big")
    index = _inflate(data[start:end], path)
    return ProviderSchema(
        index["address"],
        index["version"],
        index["exact"],
        tuple(index["resource"]),
        tuple(index["data"]),
        tuple(index["ephemeral"]),
        _PackReader(path, data, end, index),
    )


def _inflate(data: bytes, path: str | PathLike[str]) -> Any:
    try:
        return json.loads(zlib.decompress(data))
    except (zlib.error, ValueError) as error:
        raise UserError(
            f"{path} is damaged; remove it and add the schema again, or reinstall iacrl if it came with it."
        ) from error
