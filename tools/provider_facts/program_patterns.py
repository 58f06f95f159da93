"""The regular expressions in a provider's program. They are candidates until its answers confirm them.

A Go program passes a constant string to a function as an address relative to the instruction, and a length. If such a
pair leads to text that compiles as an expression, it is a candidate. One that no argument uses explains no answer.
"""

from __future__ import annotations

import mmap
import re
import struct
from pathlib import Path

import re2

#: `lea rax, [rip + offset]`; some instructions before or after it there is `mov ebx, length`.
_ADDRESS = re.compile(rb"\x48\x8d\x05(?=(....))", re.DOTALL)
_LENGTH = re.compile(rb"\xbb(?=(..)\x00\x00)", re.DOTALL)
_NEAR = 40
#: What nearly every expression contains, and few other texts.
_TELLING = re.compile(r"[\^$]|\[[^\]]+\]|\\[dwsSDW.]|[+*)]$|^--$")
_NOT_TELLING = re.compile(r"%(?:\[\d\])?[sqdvw]|^[^\^$\[\\(]* [^\^$\[\\(]* ")
_LONGEST = 700
_LOADED, _EXECUTABLE = 1, 1


def patterns_in(program: Path) -> list[str]:
    """Return the texts in an ELF program for 64-bit x86 that look like regular expressions and compile."""
    with program.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        segments = _segments(data)
        address, offset, size, _ = next(one for one in segments if one[3] & _EXECUTABLE)
        texts = set()
        for found in _ADDRESS.finditer(data, offset, offset + size):
            place = address + found.end() - offset + 4 + struct.unpack("<i", found[1])[0]
            near = data[found.start() - _NEAR : found.end() + 4 + _NEAR]
            for length in {int.from_bytes(one[1], "little") for one in _LENGTH.finditer(near)}:
                text = _text(data, segments, place, length)
                if text is not None and _is_likely(text):
                    texts.add(text)
    return sorted(texts)


def _is_likely(text: str) -> bool:
    return bool(_TELLING.search(text)) and not _NOT_TELLING.search(text) and compiled(text) is not None


def _segments(data: mmap.mmap) -> list[tuple[int, int, int, int]]:
    """Return address, offset, size and flags of the loaded parts of the file."""
    table, count = struct.unpack_from("<Q", data, 32)[0], struct.unpack_from("<H", data, 56)[0]
    headers = [struct.unpack_from("<IIQQQQQQ", data, table + 56 * number) for number in range(count)]
    return [(one[3], one[2], one[5], one[1]) for one in headers if one[0] == _LOADED]


def _text(data: mmap.mmap, segments: list[tuple[int, int, int, int]], address: int, length: int) -> str | None:
    if not 2 <= length <= _LONGEST:
        return None
    for start, offset, size, _ in segments:
        if start <= address < start + size - length:
            try:
                return bytes(data[offset + address - start : offset + address - start + length]).decode()
            except UnicodeDecodeError:
                return None
    return None


def compiled(pattern: str) -> re2._Regexp | None:  # type: ignore[name-defined]
    """Return a compiled pattern, or None if it is not valid."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error:
        return None
