"""A baseline: the known findings of a repository when it was written. They are not reported.

A finding is recognized by its file, code and message, not by its line, so code may move. The baseline counts equal
findings in a file; as many are known. Syntax errors are never known: nothing else in such a file was judged.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from iacrl.domains.ranges import Position
from iacrl.domains.verdict import Diagnostic, layers_passed
from iacrl.errors import UserError
from iacrl.files import parse_json, require_folder, write_json
from iacrl.sources.judged import Judged
from iacrl.sources.reading import read_bytes
from iacrl.text import readable_values

_VERSION: Final = 1
#: Places in messages (`main.tf:3,1-10`, `line 7`), which change when code moves.
_PLACE: Final = re.compile(r"(?<=[:,])\d+(?:[,:-]\d+)*|(?<=\blines )\d+|(?<=\bline )\d+")


class Known(NamedTuple):
    """One finding in a baseline; the path is relative to the baseline's folder."""

    path: str
    code: str
    message: str


def read_baseline(file: Path) -> Counter[Known]:
    """Return how often each finding is known.

    Raises:
        UserError: The file does not exist or is not a baseline.
    """
    if not file.exists():
        raise UserError(f"{os.path.relpath(file)}: there is no such baseline; --write-baseline makes it.")
    try:
        text = read_bytes(str(file)).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{file}: not UTF-8 text ({error.reason} at byte {error.start}).") from None
    content: Any = readable_values(parse_json(text, file))
    known: Counter[Known] = Counter()
    try:
        if content["version"] != _VERSION:
            raise UserError(f"{file}: is of version {content['version']!r}; write it again with --write-baseline.")
        for path, codes in content["findings"].items():
            for code, messages in codes.items():
                for message, number in messages.items():
                    known[Known(path, code, message)] += int(number)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError):  # `1e999` is infinity
        raise UserError(f"{file}: is not a baseline; write it again with --write-baseline.") from None
    return known


def without_known(file: Path, found: Iterable[Judged]) -> tuple[list[Judged], int]:
    """Return the sources without the findings in a baseline, and how many findings of the baseline are gone.

    Raises:
        UserError: The baseline cannot be read.
    """
    sources = list(found)
    left = read_baseline(file)
    decided: dict[tuple[str, Position, str], bool] = {}
    remaining = []
    for source in sources:
        kept = tuple(one for one in source.verdict.diagnostics if not _take(file, source, one, left, decided))
        layers = layers_passed(source.verdict.layers, kept)
        remaining.append(replace(source, verdict=source.verdict._replace(diagnostics=kept, layers=layers)))
    gone = sum(number for known, number in left.items() if _is_of(known.path, file, sources))
    return remaining, gone


def write_baseline(file: Path, found: Sequence[Judged]) -> int:
    """Write the findings. The file keeps its findings of other sources, unless their files are gone.

    Returns:
        How many findings it now contains.

    Raises:
        UserError: The folder does not exist, or the file there is not a baseline.
    """
    require_folder(file)
    known = read_baseline(file) if file.exists() else Counter()
    kept = {
        one: number
        for one, number in known.items()
        if (file.parent / one.path).exists() and not _is_of(one.path, file, found)
    }
    seen: dict[tuple[str, Position, str], Known] = {}
    for source in found:
        for one in source.verdict.diagnostics:
            if one.layer != "syntax":
                seen[_identity(source, one)] = _known(file, source, one)
    table: dict[str, dict[str, dict[str, int]]] = {}
    counts = Counter(kept) + Counter(seen.values())
    for known_one, number in sorted(counts.items()):
        table.setdefault(known_one.path, {}).setdefault(known_one.code, {})[known_one.message] = number
    content: Mapping[str, Any] = {"version": _VERSION, "findings": table}
    write_json(file, content)
    return counts.total()


def _take(
    file: Path,
    source: Judged,
    finding: Diagnostic,
    left: Counter[Known],
    decided: dict[tuple[str, Position, str], bool],
) -> bool:
    """Return whether a finding is known. A finding that two modules share counts once."""
    if finding.layer == "syntax":
        return False
    identity = _identity(source, finding)
    if identity not in decided:
        known = _known(file, source, finding)
        decided[identity] = left[known] > 0
        left[known] -= decided[identity]
    return decided[identity]


def _identity(source: Judged, finding: Diagnostic) -> tuple[str, Position, str]:
    return source.path_of(finding.range.file), finding.range.start, finding.message


def _known(file: Path, source: Judged, finding: Diagnostic) -> Known:
    path = _relative(file, source.path_of(finding.range.file))
    return Known(path, finding.code, _PLACE.sub("#", finding.message))


def _relative(file: Path, path: str) -> str:
    there = Path(path)
    return Path(os.path.relpath(there.parent.resolve() / there.name, file.parent.resolve())).as_posix()


def _is_of(path: str, file: Path, found: Sequence[Judged]) -> bool:
    """Return whether a file was judged: it is a source, or in the directory of one."""
    names = {_relative(file, source.name) for source in found}
    return path in names or Path(path).parent.as_posix() in names
