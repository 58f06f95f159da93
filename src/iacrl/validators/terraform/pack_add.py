"""Add the providers that `terraform providers schema -json` prints to the ones at hand."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

from iacrl.errors import UserError
from iacrl.validators.terraform.pack_encode import encode
from iacrl.validators.terraform.packfile import open_pack
from iacrl.validators.terraform.packs import Pack, added_path, full_address
from iacrl.validators.terraform.schema_json import read_document


def add(file: Path) -> list[Pack]:
    """Add every provider of a file that holds what `terraform providers schema -json` prints.

    All or nothing: the whole file is read before the first pack is written, and each pack is written aside and moved.

    Raises:
        UserError: The file is something else; the message names the place.
        OSError: The file cannot be read, or the data directory cannot be written.
    """
    try:
        schemas = read_document(json.loads(file.read_bytes()))
        packs = {added_path(full_address(schema.address)): schema for schema in schemas}
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(f"{file} is not JSON as `terraform providers schema -json` prints it: {error}.") from error
    except UserError as error:
        raise UserError(f"{file}: {error}") from error
    if not packs:
        raise UserError(f"{file} holds no provider: run `terraform init` in a directory that requires one first.")
    for path, schema in packs.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            aside.write_bytes(encode(replace(schema, address=full_address(schema.address))))
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
    return [Pack("added", path, open_pack(path)) for path in packs]
