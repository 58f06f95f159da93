"""What a file of weights says that it holds, read without its weights.

The library checks that the tensors fit into the file, one after another. But it takes headers of 100 MB, and each of a
million tensors without a number becomes an object.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final

from safetensors import SafetensorError, safe_open

from iacrl.errors import UserError, first_line
from iacrl.files import parse_json, read_text, refuse_special, require_object

#: Bytes of a header. A model of 90,000 tensors has 12 MB.
_LONGEST: Final = 32_000_000
_MOST_TENSORS: Final = 200_000


def shapes_in(file: Path) -> dict[str, tuple[int, ...]]:
    """Return the shape of each tensor in a safetensors file.

    Raises:
        UserError: The file is missing, cut off, or not what its header says; or its header is larger than a model's.
    """
    refuse_special(file)
    try:
        with file.open("rb") as content:
            (length,) = struct.unpack("<Q", content.read(8))
        if length > _LONGEST:
            raise UserError(f"{file}: its header claims {length:,} bytes, and no model's has more than {_LONGEST:,}.")
        with safe_open(str(file), framework="pt") as weights:
            names = list(weights.keys())
            if len(names) > _MOST_TENSORS:
                raise UserError(f"{file}: claims {len(names):,} tensors, and no model has more than {_MOST_TENSORS:,}.")
            return {name: tuple(weights.get_slice(name).get_shape()) for name in names}
    except (OSError, struct.error, SafetensorError) as error:
        raise UserError(f"{file}: these weights cannot be read: {first_line(error)}") from error


def check_weights_in(folder: Path) -> None:
    """Refuse a model's folder with such a file, or with an index that names files elsewhere.

    Raises:
        UserError: As for `shapes_in`; or the index is not one.
    """
    for file in sorted(folder.glob("*.safetensors")):
        shapes_in(file)
    for index in sorted(folder.glob("*.index.json")):
        found = require_object(parse_json(read_text(index), index), str(index)).get("weight_map")
        if not isinstance(found, dict):
            raise UserError(f"{index}: weight_map is missing: expected a file for each weight. Is the file damaged?")
        for name in sorted(set(map(str, found.values()))):
            if name in ("", "..") or name != Path(name).name:
                raise UserError(f"{index}: names the file {name[:200]!r}, which is not in this folder.")
