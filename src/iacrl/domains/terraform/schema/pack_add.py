"""Add the providers that `terraform providers schema -json` prints to the ones at hand."""

from __future__ import annotations

import json
import os
from pathlib import Path

from iacrl.domains.terraform.schema.json_form import read_document
from iacrl.domains.terraform.schema.pack_encode import encode
from iacrl.domains.terraform.schema.packfile import open_pack
from iacrl.domains.terraform.schema.packs import Pack, added_path, forget_found, full_address
from iacrl.errors import UserError


def add(content: bytes, origin: str) -> list[Pack]:
    """Add every provider in `content`, which is what `terraform providers schema -json` printed.

    Everything is read before the first pack is written, and each pack is written aside and moved into its place.

    Raises:
        UserError: The content is something else; the message names `origin`, where it came from, and the place.
        OSError: The data directory cannot be written.
    """
    try:
        schemas = read_document(json.loads(content))
        packs = {Path(added_path(full_address(schema.address))): schema for schema in schemas}
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
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
