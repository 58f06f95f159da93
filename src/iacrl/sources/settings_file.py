"""Finding and reading the settings of a file: `[tool.iacrl]` in pyproject.toml, or `.iacrl.toml`.

As with ruff, only the nearest file above counts; in one folder `.iacrl.toml` wins. A pyproject.toml without the table
is skipped. Paths in a file are relative to its folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from iacrl.errors import UserError
from iacrl.seen_files import is_below, is_outside
from iacrl.sources.globs import Globs
from iacrl.sources.reading import read_bytes
from iacrl.sources.settings import Choice, Given, Settings
from iacrl.sources.settings_keys import KEYS, Mistakes, all_keys

OWN_FILE = ".iacrl.toml"
PROJECT_FILE = "pyproject.toml"


class SettingsFinder:
    """The settings of each folder, read when first asked for.

    Mistakes in files are collected; `refuse_mistakes` raises them all. Until then, a file with mistakes counts as
    empty.
    """

    def __init__(self, given: Given) -> None:
        self.given = given
        self._by_folder: dict[str, Settings] = {}
        self._by_file: dict[Path, Settings | None] = {}
        self._mistakes: list[str] = []

    def of(self, path: Path) -> Settings:
        """Return the settings for a file, a directory or standard input (`-`), with those of the command line."""
        folder = path.resolve() if path.is_dir() else path.parent.resolve()
        key = str(folder)
        if key not in self._by_folder:
            self._by_folder[key] = self.given.over(self._of_folder(folder))
        return self._by_folder[key]

    def excludes(self, path: Path) -> bool:
        """Return whether a file or directory is excluded by the settings of its folder."""
        here = path.parent.resolve() / path.name if path.name not in ("", "..") else path.resolve()
        return self.of(here.parent).excludes(here)

    def refuse_mistakes(self) -> None:
        """Raise the mistakes in the files that were read.

        Raises:
            UserError: There are mistakes; the message has a line for each.
        """
        if self._mistakes:
            raise UserError("\n".join(self._mistakes))

    def _of_folder(self, folder: Path) -> Settings:
        if self.given.isolated:
            return Settings()
        if self.given.config is not None:
            return self._read(self.given.config, required=True) or Settings()
        for above in (folder, *folder.parents):
            if is_outside(above):
                break
            for name in (OWN_FILE, PROJECT_FILE):
                if os.path.isfile(f"{above}/{name}") and (found := self._read(above / name)):  # noqa: PTH113 - is quick
                    return found
        return Settings()

    def _read(self, file: Path, *, required: bool = False) -> Settings | None:
        if file not in self._by_file:
            mistakes = Mistakes(os.path.relpath(file))
            self._by_file[file] = read_settings(file, mistakes, required=required)
            self._mistakes += mistakes.found
        return self._by_file[file]


def read_settings(file: Path, mistakes: Mistakes, *, required: bool = False) -> Settings | None:
    """Return the settings in a file; None if a pyproject.toml has none.

    Args:
        file: A pyproject.toml, or a file of these settings alone.
        mistakes: Collects the mistakes.
        required: Whether a pyproject.toml must have them.

    Raises:
        UserError: It cannot be read.
    """
    content = read_bytes(str(file))
    table: Any = {}
    if file.name == PROJECT_FILE and b"iacrl" not in content:
        table = None
    elif not required and not is_below(file, file.parent.resolve()):  # nobody named it, so anybody may have made it
        mistakes.add("a link", "leads out of its folder; name the file that it leads to with --config.")
    else:
        import tomllib

        try:
            table = tomllib.loads(content.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            mistakes.add(f"byte {error.start}", f"not UTF-8 ({error.reason}); save the file in that encoding.")
        except (ValueError, RecursionError) as error:  # not TOML, or a number of thousands of digits
            mistakes.add("not TOML", f"{error}.")
        if file.name == PROJECT_FILE and not mistakes.found:
            tool = table.get("tool")
            table = tool.get("iacrl") if isinstance(tool, dict) else None
    if table is None:
        if required:
            mistakes.add("tool.iacrl", "there is no such table.")
        return None
    return _settings(file, table, "tool.iacrl" if file.name == PROJECT_FILE else "", mistakes, named=required)


def _settings(file: Path, table: Any, prefix: str, mistakes: Mistakes, *, named: bool) -> Settings:
    """Return the settings in a table.

    Args:
        named: The user named the file. Another one may be from anybody, and names nothing outside of its folder.
    """
    given = all_keys().read(prefix, table, mistakes)
    folder = file.parent.resolve()
    schemas = [folder / name for name in given.get("schemas", ()) if name]
    baseline = folder / given["baseline"] if given.get("baseline") else None
    for key, places in {"schemas": schemas, "baseline": [baseline] if baseline else []}.items():
        for place in places:
            if not named and not is_below(place, folder):
                outside = f"{os.path.relpath(place)} is not in the folder of this file; name this file with --config."
                mistakes.add(f"{prefix}.{key}".lstrip("."), outside)
    for path in schemas:
        if not path.is_dir():
            mistakes.add(f"{prefix}.schemas".lstrip("."), f"there is no folder {os.path.relpath(path)}.")
    if mistakes.found:
        return Settings(file)
    names = {key.name for key in KEYS}
    select = given.get("select")
    return Settings(
        source=file,
        choices=(Choice(select, given.get("ignore", ())),),
        severity=given.get("severity", {}),
        exclude=(Globs(folder, given.get("exclude", ())),),
        per_file_ignores=tuple(_ignores(folder, given.get("per-file-ignores", {}))),
        strict=given.get("strict", False),
        fail_on=frozenset(given.get("fail-on", ())),
        security=given.get("security", False),
        schemas=tuple(schemas),
        baseline=baseline,
        options={name: options for name, options in given.items() if name not in names},
    )


def _ignores(folder: Path, table: dict[str, tuple[str, ...]]) -> Iterator[tuple[Globs, tuple[str, ...]]]:
    for pattern, codes in table.items():
        yield Globs(folder, (pattern,)), codes
