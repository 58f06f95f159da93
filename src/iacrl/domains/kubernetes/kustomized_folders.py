"""Which other folders a kustomization builds on: it may name any on this machine, and its output has their lines."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import yaml

from iacrl.errors import UserError
from iacrl.seen_files import content_of
from iacrl.text import from_bytes
from iacrl.yaml_text import UNREADABLE

#: What kustomize reads in a folder.
KUSTOMIZATIONS: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
#: The most folders that one kustomization builds on, and the most characters of all their kustomizations.
_MOST: Final = 1_000
_LONGEST: Final = 1_000_000
#: Tags of values that need none. kustomize decodes what is `!!binary`.
_PLAIN: Final = frozenset(
    f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "timestamp", "merge", "value")
)


def kustomized_folders(directory: Path) -> Iterator[tuple[str, Path]]:
    """Yield the folders that a resolved directory's kustomization names, then those that these name, and so on.

    Every value counts, wherever it is. kustomize also reads `Resources`, and the second of two keys `resources`.

    Yields:
        The value, and the resolved folder. Its own kustomization is read when the next one is asked for.

    Raises:
        UserError: A kustomization cannot be read, or there are too many of them.
    """
    seen, waiting, size = {directory}, [directory], 0
    while waiting:
        here = waiting.pop()
        texts = _texts(here)
        size += sum(map(len, texts.values()))
        if size > _LONGEST:
            raise UserError(f"its kustomizations are larger than {_LONGEST // 1_000_000} million characters")
        for name in sorted(_values(texts)):
            folder = _kustomized(here, name)
            if folder is None or folder in seen:
                continue
            yield name, folder
            if len(seen) == _MOST:
                raise UserError(f"it builds on more than {_MOST} kustomizations")
            seen.add(folder)
            waiting.append(folder)


def _kustomized(here: Path, name: str) -> Path | None:
    """Return the folder that a value leads to, if it has a kustomization. An absolute path is refused by kustomize."""
    if not name or "\0" in name or name.startswith("/"):
        return None
    try:
        folder = Path(os.path.normpath(here / name)).resolve()  # `link/..` is the folder of the link
        return folder if any(os.path.lexists(folder / mark) for mark in KUSTOMIZATIONS) else None
    except (OSError, RuntimeError):  # a loop of links
        return None


def _texts(folder: Path) -> dict[str, str]:
    """Return the kustomizations of a folder by their names; kustomize takes only one."""
    found: dict[str, str] = {}
    for mark in KUSTOMIZATIONS:
        try:
            found[mark] = from_bytes(content_of(folder / mark))
        except FileNotFoundError:
            continue
        except OSError as error:
            raise UserError(f"{mark} cannot be read: {error.strerror}") from None
    return found


def _values(texts: Mapping[str, str]) -> set[str]:
    """Return the keys and values of kustomizations as they are written: `12:30:45` is a number in YAML."""
    found: set[str] = set()
    for mark, text in texts.items():
        try:
            for event in yaml.parse(text, Loader=yaml.SafeLoader):
                if isinstance(event, yaml.ScalarEvent):
                    if event.tag not in (None, "!") and event.tag not in _PLAIN:
                        raise UserError(f"{mark} has a value with the tag {event.tag[:100]}")
                    found.add(event.value)
        except UNREADABLE as error:
            raise UserError(f"{mark} is not YAML: {str(error).splitlines()[0][:200]}") from None
    return found
