"""The available provider schemas: the packs that ship with iacrl, and those that a user has added.

An added pack wins over a shipped one of the same address. Added packs live in the user's data directory
(`IACRL_DATA_DIR` names another), each at `schemas/HOST/NAMESPACE/NAME.pack`.

Packs are found by paths that are strings: `pathlib`, which takes as long to import as ten verdicts, only lists them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from iacrl.domains.data_folders import data_folders, data_state
from iacrl.domains.terraform.schema.packfile import open_pack
from iacrl.domains.terraform.schema.provider_schema import ProviderSchema
from iacrl.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

#: The directory of the shipped packs.
SHIPPED = os.path.join(os.path.dirname(__file__), "bundled")  # noqa: PTH118, PTH120 - see above
#: The directory of the shipped packs of older major versions, `NAME-MAJOR.pack`.
PAST = f"{SHIPPED}/past"
DEFAULT_HOST = "registry.terraform.io"
#: A file name cannot hold a longer address.
_LONGEST = 200
_PART = r"[0-9a-z](?:[-_.:0-9a-z]{0,198}[0-9a-z])?"  # it becomes the name of a file


#: Where a pack comes from: iacrl itself, or the user; `past` is an older major version, and also ships.
Origin = Literal["shipped", "past", "added"]


class Pack(NamedTuple):
    """One pack that can be used: where it comes from, and its schema."""

    origin: Origin
    path: Path
    schema: ProviderSchema


def find_provider(provider: str) -> ProviderSchema | None:
    """Return the schema of a provider, or None if no pack covers it.

    Args:
        provider: A source address (`hashicorp/aws`, `registry.terraform.io/hashicorp/aws`) or a bare local name
            (`aws`), which finds the provider of that name in any namespace that a pack has.

    Results are cached for the life of the process, so all its verdicts use the same schemas. Only packs that the
    process adds itself are seen later.

    Raises:
        UserError: The pack is damaged.
    """
    return _find(provider, data_state())


@lru_cache(maxsize=256)
def _find(provider: str, state: object) -> ProviderSchema | None:
    """Find a provider; the state of the data folders is part of the key only."""
    if len(provider) > _LONGEST:
        return None
    if "/" in provider:
        try:
            address = full_address(provider)
        except UserError:
            return None
        candidates = [
            *(added_path(address, one) for one in data_directories()),
            f"{SHIPPED}/{address.rsplit('/', 1)[-1]}.pack",
        ]
    elif not re.fullmatch(_PART, provider):
        return None
    else:
        address = None
        added = [path for one in data_directories() for path in _files_in(one, f"*/*/{provider}.pack")]
        candidates = [*added, f"{SHIPPED}/{provider}.pack"]
    for path in candidates:
        schema = _opened(path)
        if schema is not None and address in (None, schema.address):
            return schema
    return None


def forget_found() -> None:
    """Look for packs again from now on."""
    _find.cache_clear()


@lru_cache(maxsize=256)
def past_versions(address: str) -> tuple[ProviderSchema, ...]:
    """Return the schemas of a provider's older major versions that ship with iacrl, newest first.

    Args:
        address: A full source address.
    """
    name = address.rsplit("/", 1)[-1]
    found = [path for path in os.listdir(PAST) if path.rpartition("-")[0] == name]  # noqa: PTH208 - see above
    found.sort(key=_major, reverse=True)
    schemas = [_opened(f"{PAST}/{path}") for path in found]
    return tuple(schema for schema in schemas if schema is not None and schema.address == address)


def _major(file: str) -> int:
    return int(file.rpartition("-")[2].removesuffix(".pack"))


def provider_for_type(type_name: str) -> str:
    """Return the local name of a type's provider, if the configuration does not name one.

    Terraform's rule: the part before the first underscore (`aws_s3_bucket` is of `aws`).
    """
    return type_name.partition("_")[0]


def available() -> list[Pack]:
    """Return every pack that is used, by address."""
    packs = {pack.schema.address: pack for pack in (*_packs("shipped"), *_packs("added"))}
    return [packs[address] for address in sorted(packs)]


def past_packs() -> list[Pack]:
    """Return the packs of older major versions that ship with iacrl, by name."""
    return list(_packs("past"))


def _packs(origin: Origin) -> Iterator[Pack]:
    from pathlib import Path

    directories, pattern = {
        "shipped": ([SHIPPED], "*.pack"),
        "past": ([PAST], "*.pack"),
        "added": (data_directories()[::-1], "*/*/*.pack"),
    }[origin]
    for path in (path for directory in directories for path in _files_in(directory, pattern)):
        schema = _opened(path)
        if schema is not None:
            yield Pack(origin, Path(path), schema)


def _files_in(directory: str, pattern: str) -> list[str]:
    from pathlib import Path

    return sorted(map(str, Path(directory).glob(pattern)))


def data_directories() -> list[str]:
    """Return the directories of the added packs, in search order."""
    return [f"{folder}/schemas" for folder in data_folders()]


def added_path(address: str, directory: str | None = None) -> str:
    """Return the path of the added pack of a full address: in this directory, or where it would be added."""
    host, namespace, name = address.split("/")
    return f"{directory or data_directories()[0]}/{host.replace(':', '_')}/{namespace}/{name}.pack"


def full_address(source: str) -> str:
    """Return a provider's source with its host and namespace: `hashicorp/aws` becomes `registry.terraform.io/...`.

    OpenTofu's registry serves the same providers under the same names, so it is treated as Terraform's.

    Raises:
        UserError: This is not a source address.
    """
    parts = source.lower().split("/")
    if not 1 <= len(parts) <= 3 or not all(re.fullmatch(_PART, part) for part in parts):
        raise UserError(f"{source!r} is not the address of a provider, such as hashicorp/aws.")
    host, namespace, name = (*(DEFAULT_HOST, "hashicorp")[: 3 - len(parts)], *parts)
    return f"{DEFAULT_HOST if host == 'registry.opentofu.org' else host}/{namespace}/{name}"


def _opened(path: str) -> ProviderSchema | None:
    """Open a pack, or return the one opened before if the file is unchanged; None if there is no file."""
    try:
        state = os.stat(path)  # noqa: PTH116
    except (FileNotFoundError, NotADirectoryError):
        return None
    return _open_once(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=128)
def _open_once(path: str, modified: int, size: int) -> ProviderSchema:
    return open_pack(path)
