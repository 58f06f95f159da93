"""Write the facts about a provider next to its pack; `provider_rules.facts` describes the format and reads it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

from iacrl.domains.terraform.provider_rules.facts import MAGIC

#: A chunk is closed when its JSON reaches this many characters.
CHUNK = 24_000


def encode(asked: str, values_from: str, types: Mapping[str, list[Any]]) -> bytes:
    """Return the bytes of a file of facts. Types are keyed by category and name, as in `resource aws_vpc`."""
    names = sorted(types)
    chunks: list[bytes] = []
    starts: list[int] = []
    pending: list[str] = []
    for place, name in enumerate(names):
        if not pending:
            starts.append(place)
        pending.append(_dumps(types[name]))
        if sum(map(len, pending)) >= CHUNK or place == len(names) - 1:
            chunks.append(zlib.compress(f"[{','.join(pending)}]".encode(), 9))
            pending = []
    index = {
        "asked": asked,
        "values_from": values_from,
        "names": names,
        "starts": starts,
        "sizes": [len(chunk) for chunk in chunks],
    }
    head = zlib.compress(_dumps(index).encode(), 9)
    return b"".join((MAGIC, len(head).to_bytes(4, "big"), head, *chunks))


def decode(data: bytes) -> tuple[str, dict[str, list[Any]]]:
    """Return the version that was asked, and the facts by category and name."""
    start = len(MAGIC) + 4
    at = start + int.from_bytes(data[len(MAGIC) : start], "big")
    index = json.loads(zlib.decompress(data[start:at]))
    types: list[list[Any]] = []
    for size in index["sizes"]:
        types += json.loads(zlib.decompress(data[at : at + size]))
        at += size
    return index["asked"], dict(zip(index["names"], types, strict=True))


def _dumps(data: Any) -> str:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)
