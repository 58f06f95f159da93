"""Which providers' schemas are at hand: the packs that ship with iacrl, and those a user has added.

An added pack wins over a shipped one of the same address. Added packs live in the user's data directory
(`IACRL_DATA_DIR` names another), each at `schemas/HOST/NAMESPACE/NAME.pack`.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from iacrl.errors import UserError
from iacrl.validators.terraform.schema.packfile import open_pack
from iacrl.validators.terraform.schema.provider_schema import ProviderSchema

SHIPPED = Path(__file__).parent / "bundled"
DEFAULT_HOST = "registry.terraform.io"
_PART = re.compile(r"[0-9a-z](?:[-_.:0-9a-z]*[0-9a-z])?")


@dataclass(frozen=True, slots=True)
class Pack:
    """One pack that can be used: where it comes from, and its schema."""

    origin: Literal["shipped", "added"]
    path: Path
    schema: ProviderSchema


def find_provider(provider: str) -> ProviderSchema | None:
    """Return the schema of a provider, or None where no pack covers it.

    Args:
        provider: A source address (`hashicorp/aws`, `registry.terraform.io/hashicorp/aws`) or a bare local name
            (`aws`), which finds the provider of that name in whatever namespace a pack has it.

    What was found stays found for the life of the process, so that all its verdicts rest on the same schemas; only
    what the process adds itself is seen.

    Raises:
        UserError: The pack is damaged.
    """
    return _find(provider, os.environ.get("IACRL_DATA_DIR"))


@lru_cache(maxsize=256)
def _find(provider: str, chosen_directory: str | None) -> ProviderSchema | None:
    """Find a provider; `chosen_directory` is part of the key only."""
    if "/" in provider:
        try:
            address = full_address(provider)
        except UserError:
            return None
        candidates = [added_path(address), SHIPPED / f"{address.rsplit('/', 1)[-1]}.pack"]
    elif not _PART.fullmatch(provider):
        return None
    else:
        address = None
        candidates = [*sorted(data_directory().glob(f"*/*/{provider}.pack")), SHIPPED / f"{provider}.pack"]
    for path in candidates:
        schema = _opened(path)
        if schema is not None and address in (None, schema.address):
            return schema
    return None


def forget_found() -> None:
    """Look for packs anew from now on."""
    _find.cache_clear()


def provider_for_type(type_name: str) -> str:
    """Return the local name of the provider that a type belongs to where the configuration does not say.

    Terraform's rule: the part before the first underscore (`aws_s3_bucket` is of `aws`).
    """
    return type_name.partition("_")[0]


def available() -> list[Pack]:
    """Return every pack, by address; of two with the same address, the one that is used."""
    packs = {pack.schema.address: pack for pack in (*_packs("shipped"), *_packs("added"))}
    return [packs[address] for address in sorted(packs)]


def _packs(origin: Literal["shipped", "added"]) -> Iterator[Pack]:
    paths = SHIPPED.glob("*.pack") if origin == "shipped" else data_directory().glob("*/*/*.pack")
    for path in sorted(paths):
        schema = _opened(path)
        if schema is not None:
            yield Pack(origin, path, schema)


def data_directory() -> Path:
    """Return the directory of the added packs."""
    chosen = os.environ.get("IACRL_DATA_DIR")
    if not chosen and sys.platform == "linux":
        # What platformdirs answers on Linux, without its import: that takes 9 ms, ten times as long as reading a pack.
        home = os.environ.get("XDG_DATA_HOME", "").strip() or Path("~/.local/share").expanduser()
        chosen = str(Path(home) / "iacrl")
    elif not chosen:
        from platformdirs import user_data_dir

        chosen = user_data_dir("iacrl")
    return Path(chosen) / "schemas"


def added_path(address: str) -> Path:
    """Return where the added pack of a full address is kept."""
    host, namespace, name = address.split("/")
    return data_directory() / host.replace(":", "_") / namespace / f"{name}.pack"


def full_address(source: str) -> str:
    """Return a provider's source with its host and namespace: `hashicorp/aws` becomes `registry.terraform.io/...`.

    The registry of OpenTofu serves the same providers under the same names, and reads as Terraform's.

    Raises:
        UserError: This is no source address.
    """
    parts = source.lower().split("/")
    if not 1 <= len(parts) <= 3 or not all(map(_PART.fullmatch, parts)):
        raise UserError(f"{source!r} is not the address of a provider, such as hashicorp/aws.")
    host, namespace, name = (*(DEFAULT_HOST, "hashicorp")[: 3 - len(parts)], *parts)
    return f"{DEFAULT_HOST if host == 'registry.opentofu.org' else host}/{namespace}/{name}"


def _opened(path: Path) -> ProviderSchema | None:
    """Open a pack, or return the one opened before while the file is unchanged; None where there is no file."""
    try:
        state = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return _open_once(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=128)
def _open_once(path: Path, modified: int, size: int) -> ProviderSchema:
    return open_pack(path)
