"""What the description of a base model claims, compared with its files before anything is built from it.

A base may be from anybody. A `config.json` or a GGUF header of a few bytes can claim 2^31 layers, and building them
would take the memory and the time of the machine before any weight is missed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from iacrl.errors import UserError
from iacrl.files import parse_json, read_text, refuse_special_in, require_object
from iacrl.training.safetensors_header import check_weights_in

#: Layers, or experts of a layer; each is built as an object. The deepest models have 1,000.
_MOST_PARTS: Final = 10_000
#: Elements of one array of a GGUF header. Vocabularies and merges have up to 600,000.
_MOST_ELEMENTS: Final = 4_000_000
#: Entries, or tensors, of a GGUF header. Models have 100 and 3,000; a sparse file has room for any number.
_MOST_ENTRIES: Final = 100_000
#: Bytes of one text of a GGUF header, such as a chat template.
_LONGEST_TEXT: Final = 16_000_000
#: A weight takes a bit at least.
_PER_BYTE: Final = 8

#: The scalar types of GGUF with their sizes, by number (ggml's docs/gguf.md); 8 is a string, 9 an array.
_SCALARS: Final = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
#: The smallest entries: a key of no characters with its type and one byte; a tensor without a name or dimensions.
_LEAST_ENTRY, _LEAST_TENSOR = 8 + 4 + 1, 8 + 4 + 4 + 8

#: The names of the sizes in a configuration, and the endings of those in a GGUF header.
_SIZES: Final = {
    "num_hidden_layers": ".block_count",
    "hidden_size": ".embedding_length",
    "intermediate_size": ".feed_forward_length",
    "vocab_size": ".vocab_size",
}


def check_folder(folder: Path) -> None:
    """Refuse a folder whose `config.json` claims more than its weights can hold. Without one, the loader says so.

    Raises:
        UserError: It does, or the file is not a JSON object. Or a file is none that a loader could read to its end, or
            its weights are not what they say.
    """
    refuse_special_in(folder)
    check_weights_in(folder)
    file = folder / "config.json"
    if not file.is_file():
        return
    config = require_object(parse_json(read_text(file), file), str(file))
    for name, value in _numbers(config):
        if ("layer" in name or "expert" in name) and value > _MOST_PARTS:
            raise UserError(f"{file}: {name} is {value:,}, and no model has so many. Is the file damaged?")
    weights = [path for ending in ("safetensors", "bin") for path in folder.glob(f"*.{ending}")]
    if weights:
        _check(file, config, sum(path.stat().st_size for path in weights))


def check_gguf(file: Path) -> None:
    """Refuse a GGUF file whose header claims more than the file can hold.

    Raises:
        UserError: It does, or it is cut off.
    """
    with file.open("rb") as content:
        size = file.stat().st_size
        try:
            found = dict(_Header(content, size).scalars())
        except (struct.error, _ClaimError) as error:
            raise UserError(f"model.id {file}: this GGUF file cannot be read: {error}.") from None
    for name, value in found.items():
        if name.endswith((".block_count", ".expert_count")) and value > _MOST_PARTS:
            raise UserError(f"model.id {file}: {name} is {value:,}, and no model has so many. Is the file damaged?")
    sizes = {  # the largest: only the reader knows which of several counts
        name: max((value for key, value in found.items() if key.endswith(ending)), default=0)
        for name, ending in _SIZES.items()
    }
    _check(file, sizes, size)


def _check(file: Path, config: Mapping[str, Any], stored: int) -> None:
    """Refuse sizes whose weights do not fit into the stored bytes."""
    layers, hidden, inner, vocabulary = (value if isinstance(value := config.get(name), int) else 0 for name in _SIZES)
    claimed = hidden * (layers * (hidden + inner) + vocabulary)
    if claimed > _PER_BYTE * stored:
        raise UserError(
            f"{file}: describes a model of at least {claimed:,} weights ({layers:,} layers), and its files have "
            f"{stored:,} bytes. Is one of them damaged?"
        )


def _numbers(config: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield every whole number, also of parts such as `text_config`."""
    waiting = [config]
    while waiting:
        for name, value in waiting.pop().items():
            if isinstance(value, dict):
                waiting.append(value)
            elif isinstance(value, int):
                yield str(name), value


class _ClaimError(Exception):
    """A header claims what the file cannot hold."""


@dataclass(slots=True)
class _Header:
    """The header of a GGUF file of `size` bytes, read in order."""

    content: BinaryIO
    size: int

    def scalars(self) -> Iterator[tuple[str, int]]:
        """Yield the name and value of each whole number in it."""
        magic, version, tensors, entries = self._read("<4sIQQ")
        if magic != b"GGUF" or version not in (2, 3):
            raise _ClaimError(f"its version is {version}")
        self._fits(tensors, _LEAST_TENSOR, "tensors", _MOST_ENTRIES)
        self._fits(entries, _LEAST_ENTRY, "entries", _MOST_ENTRIES)
        for _ in range(entries):
            name = self._text().decode("utf-8", "replace")
            (kind,) = self._read("<I")
            value = self._value(kind)
            if isinstance(value, int):
                yield name, value

    def _value(self, kind: int) -> int | None:
        if kind == _STRING:
            self._text()
            return None
        if kind != _ARRAY:
            (value,) = self._read(f"<{self._scalar(kind)}")
            return value if isinstance(value, int) else None
        inner, count = self._read("<IQ")
        if inner == _ARRAY:
            raise _ClaimError("it has an array of arrays")
        self._fits(count, 1, "elements of an array", _MOST_ELEMENTS)
        if inner != _STRING:
            if count == 1:  # transformers reads it as a number
                return self._value(inner)
            self._skip(count * struct.calcsize(self._scalar(inner)))
            return None
        self._fits(count, 8, "texts")
        for _ in range(count):
            self._text()
        return None

    def _scalar(self, kind: int) -> str:
        if kind not in _SCALARS:
            raise _ClaimError(f"it has a value of the unknown type {kind}")
        return _SCALARS[kind]

    def _text(self) -> bytes:
        (length,) = self._read("<Q")
        self._fits(length, 1, "bytes of a text", _LONGEST_TEXT)
        return self.content.read(length)

    def _read(self, form: str) -> tuple[Any, ...]:
        return struct.unpack(form, self.content.read(struct.calcsize(form)))

    def _skip(self, length: int) -> None:
        self._fits(length, 1, "bytes of an array")
        self.content.seek(length, 1)

    def _fits(self, count: int, least: int, what: str, most: int | None = None) -> None:
        if count * least > self.size - self.content.tell() or (most is not None and count > most):
            raise _ClaimError(f"it claims {count:,} {what} and has {self.size:,} bytes")
