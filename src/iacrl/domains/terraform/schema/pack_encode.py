"""Write a provider's schema as a pack; `packfile` describes the form and reads it."""

from __future__ import annotations

import json
import os
import zlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from iacrl.domains.terraform.schema.json_form import read_document
from iacrl.domains.terraform.schema.packfile import MAGIC, MARK_LETTERS, open_pack
from iacrl.domains.terraform.schema.packs import Pack, added_path, forget_found, full_address
from iacrl.domains.terraform.schema.provider_schema import (
    CATEGORIES,
    AttributeSchema,
    BlockSchema,
    NestedBlock,
    ProviderSchema,
)
from iacrl.errors import UserError
from iacrl.files import load_json

#: A chunk is closed when its JSON reaches this many characters. Larger ones compress better but take longer to read.
CHUNK = 20_000
#: Repeated sub-blocks of at least this many characters of JSON (without their own sub-blocks) are stored once.
SHARED = 120


def encode(schema: ProviderSchema) -> bytes:
    """Return the bytes of a pack. Equal schemas give equal bytes."""
    named = [schema.read(category, name) for category in CATEGORIES for name in schema.types(category)]
    texts = _Encoder([schema.provider_block, *(block for block in named if block is not None)]).texts
    chunks: list[bytes] = []
    starts: list[int] = []
    pending: list[str] = []
    for position, text in enumerate(texts):
        if not pending:
            starts.append(position)
        pending.append(text)
        if sum(map(len, pending)) >= CHUNK or position == len(texts) - 1:
            chunks.append(zlib.compress(f"[{','.join(pending)}]".encode(), 9))
            pending = []
    index: dict[str, Any] = {
        "address": schema.address,
        "version": schema.version,
        "exact": schema.exact,
        **{category: schema.types(category) for category in CATEGORIES},
        "starts": starts,
        "sizes": [len(chunk) for chunk in chunks],
    }
    head = zlib.compress(_dumps(index).encode(), 9)
    return b"".join((MAGIC, len(head).to_bytes(4, "big"), head, *chunks))


class _Encoder:
    """Turns blocks into JSON texts, with equal sub-blocks stored once."""

    def __init__(self, blocks: list[BlockSchema]) -> None:
        self._known: dict[int, int] = {}
        self._numbers: dict[str, int] = {}
        self._lengths: dict[int, int] = {}
        self._counts: Counter[int] = Counter()
        for block in blocks:
            self._count(block)
        self._places: dict[int, int] = {}
        self.texts: list[str] = [""] * len(blocks)
        for position, block in enumerate(blocks):
            self.texts[position] = _dumps(self._body(block))

    def _number(self, block: BlockSchema) -> int:
        """Return a number, the same for equal blocks."""
        if id(block) not in self._known:
            blocks = {name: [*_nesting(each), self._number(each.block)] for name, each in block.blocks.items()}
            content = _dumps([block.open, _attributes(block.attributes), blocks])
            self._known[id(block)] = self._numbers.setdefault(content, len(self._numbers))
            self._lengths[self._known[id(block)]] = len(content)
        return self._known[id(block)]

    def _count(self, block: BlockSchema) -> None:
        for nested in block.blocks.values():
            number = self._number(nested.block)
            self._counts[number] += 1
            if self._counts[number] == 1:
                self._count(nested.block)

    def _body(self, block: BlockSchema) -> Any:
        if block.open:
            return None
        blocks = {name: _trim(*_nesting(each), self._nested(each.block)) for name, each in block.blocks.items()}
        return [_attributes(block.attributes), blocks] if blocks else [_attributes(block.attributes)]

    def _nested(self, block: BlockSchema) -> Any:
        number = self._number(block)
        if self._counts[number] < 2 or self._lengths[number] < SHARED:
            return self._body(block)
        if number not in self._places:
            self._places[number] = len(self.texts)
            self.texts.append("")
            self.texts[self._places[number]] = _dumps(self._body(block))
        return self._places[number]


def _nesting(nested: NestedBlock) -> tuple[str, int, int | None]:
    return nested.nesting, nested.min_items, nested.max_items


def _trim(nesting: str, min_items: int, max_items: int | None, block: Any) -> list[Any]:
    if max_items is None:
        return [nesting, block, min_items] if min_items else [nesting, block]
    return [nesting, block, min_items, max_items]


def _attributes(attributes: Mapping[str, AttributeSchema]) -> dict[str, Any]:
    return {name: _attribute(each) for name, each in attributes.items()}


def _attribute(attribute: AttributeSchema) -> Any:
    flags = "".join(letter for flag, letter in MARK_LETTERS.items() if getattr(attribute, flag))
    if attribute.nested is not None:
        return [flags, attribute.nested.nesting, _attributes(attribute.nested.attributes)]
    return f"{flags} {attribute.type}" if isinstance(attribute.type, str) else [flags, attribute.type]


def _dumps(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def add(content: bytes, origin: str) -> list[Pack]:
    """Add every provider in `content`, the output of `terraform providers schema -json`.

    Everything is read before the first pack is written. Each pack is written to a temporary file and moved into place.

    Raises:
        UserError: The content has another format; the message names `origin`, its source, and the place.
        OSError: The data directory cannot be written.
    """
    try:
        schemas = read_document(load_json(content))
        packs = {Path(added_path(full_address(schema.address))): schema for schema in schemas}
    except (ValueError, RecursionError) as error:  # not JSON, not text, or a number of thousands of digits
        raise UserError(f"{origin} is not JSON as `terraform providers schema -json` prints it: {error}.") from error
    except UserError as error:
        raise UserError(f"{origin}: {error}") from error
    if not packs:
        raise UserError(f"{origin} holds no provider: run `terraform init` in a directory that requires one first.")
    for path, schema in packs.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            aside.write_bytes(encode(schema._replace(address=full_address(schema.address))))
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
    forget_found()
    return [Pack("added", path, open_pack(path)) for path in packs]
