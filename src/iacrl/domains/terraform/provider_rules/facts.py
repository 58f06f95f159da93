"""The file of facts next to a provider's pack: what the real provider was found to refuse.

    iacrl-facts 1\\n  <length of the index, 4 bytes>  <index>  <chunk> <chunk> ...

Index and chunks are JSON compressed by zlib, as in packs. The facts of a type are `[values, combinations, partial]`:

- `values` maps the dotted path of an argument to a list of conditions `[kind, ...]`; `conditions` describes each kind;
- `combinations` is a list of `[kind, argument, others]`; `combination_rules` describes each kind;
- `partial` is true if the provider judges a block or collection that also has unknown parts. Types of the plugin
  framework do; types of the older plugin SDK do not.

`tools/provider_facts` asks a provider and writes the file.
"""

from __future__ import annotations

import bisect
import json
import os
import zlib
from functools import lru_cache
from typing import Any, NamedTuple

from iacrl.domains.terraform.schema.packs import SHIPPED
from iacrl.domains.terraform.schema.provider_schema import ProviderSchema
from iacrl.errors import UserError

MAGIC = b"iacrl-facts 1\n"
#: The owners of providers that have such a file.
_NAMESPACES = ("hashicorp", "cloudflare", "datadog", "integrations")
#: A path of names, from the resource's body inwards.
Path = tuple[str, ...]
#: A condition on a value: a kind and its arguments.
Condition = list[Any]


class TypeFacts(NamedTuple):
    """What is known of one type.

    Attributes:
        values: Conditions by argument.
        combinations: Kind, argument and the other arguments.
        partial: Whether known values are judged if the same block or collection has unknown ones.
        names: Every name on the path to an argument with a condition. Other names need not be kept.
    """

    values: dict[Path, list[Condition]]
    combinations: list[tuple[str, Path, list[Path]]]
    partial: bool
    names: frozenset[str]


class ProviderFacts:
    """The facts of one provider, each chunk read when a type in it is first asked for.

    Attributes:
        asked: The provider version that was asked.
        values_from: The source of the newest values, and its version.
    """

    def __init__(self, path: str) -> None:
        with open(path, "rb") as file:  # noqa: PTH123 - a first verdict does not import pathlib
            self._data = file.read()
        start = len(MAGIC) + 4
        if self._data[: len(MAGIC)] != MAGIC:
            raise UserError(f"{path} holds no facts of this version of iacrl; reinstall iacrl.")
        end = start + int.from_bytes(self._data[len(MAGIC) : start], "big")
        index = _inflate(self._data[start:end], path)
        self._path = path
        self.asked: str = index["asked"]
        self.values_from: str = index["values_from"]
        self._names: list[str] = index["names"]
        self._starts: list[int] = index["starts"]
        self._offsets = [end]
        for size in index["sizes"]:
            self._offsets.append(self._offsets[-1] + size)
        self._chunk = lru_cache(maxsize=8)(self._load_chunk)
        self._made: dict[str, TypeFacts | None] = {}

    def of(self, category: str, name: str) -> TypeFacts | None:
        """Return the facts of a type, or None if nothing is known."""
        key = f"{category} {name}"
        if key not in self._made:
            place = bisect.bisect_left(self._names, key)
            found = place < len(self._names) and self._names[place] == key
            self._made[key] = self._read(place) if found else None
        return self._made[key]

    def _read(self, place: int) -> TypeFacts:
        number = bisect.bisect_right(self._starts, place) - 1
        values, combinations, partial = self._chunk(number)[place - self._starts[number]]
        by_path = {_path(dotted): conditions for dotted, conditions in values.items()}
        together = [(kind, _path(argument), [_path(one) for one in others]) for kind, argument, others in combinations]
        paths = [*by_path, *(path for _, one, others in together for path in (one, *others))]
        return TypeFacts(by_path, together, partial, frozenset(name for path in paths for name in path))

    def _load_chunk(self, number: int) -> list[Any]:
        chunk: list[Any] = _inflate(self._data[self._offsets[number] : self._offsets[number + 1]], self._path)
        return chunk


def _path(dotted: str) -> Path:
    return tuple(dotted.split("."))


def _inflate(data: bytes, path: str) -> Any:
    try:
        return json.loads(zlib.decompress(data))
    except (zlib.error, ValueError) as error:
        raise UserError(f"{path} is damaged; reinstall iacrl.") from error


def facts_of(schema: ProviderSchema) -> ProviderFacts | None:
    """Return the facts that ship for a provider, or None."""
    return _facts(schema.address)


@lru_cache(maxsize=64)
def _facts(address: str) -> ProviderFacts | None:
    registry, namespace, name = address.split("/")
    if registry != "registry.terraform.io" or namespace not in _NAMESPACES:
        return None
    path = f"{SHIPPED}/{name}.facts"
    return ProviderFacts(path) if os.path.exists(path) else None  # noqa: PTH110 - see above
