"""A run's directory, which holds everything that terraform can see.

ROOT/text/      the configuration, copied
ROOT/p/         one socket for each provider
ROOT/stdout, ROOT/stderr, ROOT/plan
"""

from __future__ import annotations

import json
import os
import posixpath
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from iacrl import nested_json
from iacrl.errors import UserError
from iacrl.text import from_bytes, to_bytes

#: The name of the file that a single text is written to.
MAIN = "main.tf"

#: Directories that are never copied: git's, and terraform's own, whose list of modules may point anywhere.
_FOLDERS_LEFT_OUT = (".terraform", ".git")
#: Files that are never copied. States, because every plan here is a first plan. The versions that init chose. Tests,
#: because validate would judge them too.
_FILES_LEFT_OUT = re.compile(r"\.tfstate(\.|$)|^\.terraform\.lock\.hcl$|\.(tf|tofu)test\.(hcl|json)$")

#: A directory larger than this is a mistake (a checkout, a home directory), not a module.
_MAX_FILES, _MAX_BYTES = 2000, 50 << 20

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})")


@dataclass(frozen=True, slots=True)
class Workspace:
    """One run's directory.

    Attributes:
        root: Its outermost directory.
        files: The configuration's files of Terraform source, path within the directory to text.
        is_text: True for a single text, whose surroundings are unknown.
    """

    root: Path
    files: dict[str, str]
    is_text: bool

    @property
    def text(self) -> Path:
        """The directory of the configuration."""
        return self.root / "text"

    def rewrite(self, file: str, text: str) -> None:
        """Replace one file of the configuration."""
        self.files[file] = text
        self.add(file, text)

    def add(self, file: str, text: str) -> None:
        """Write a file that is not part of the configuration."""
        path = self.text / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(to_bytes(text))

    def source(self) -> str:
        """Return all source to search for words, with escapes and JSON decoded."""
        return "\n".join(_plain(name, text) for name, text in self.files.items())

    def words(self) -> frozenset[str]:
        """Return every word of the source."""
        return frozenset(_WORD.findall(self.source()))


@contextmanager
def workspace(parent: Path, configuration: str | Path) -> Iterator[Workspace]:
    """Make a run's directory from a text or from a copy of a directory; remove it at the end.

    Raises:
        UserError: The path is not a directory, contains no Terraform files, or contains far too much.
    """
    with TemporaryDirectory(dir=parent, ignore_cleanup_errors=True) as name:
        root = Path(name)
        (root / "p").mkdir()
        (root / "terraform.rc").touch()
        text = root / "text"
        if isinstance(configuration, str):
            here = Workspace(root, {}, is_text=True)
            here.rewrite(MAIN, configuration)
            yield here
        else:
            _copy(configuration, text, parent.resolve())
            files = {
                path.relative_to(text).as_posix(): from_bytes(path.read_bytes())
                for path in sorted(text.rglob("*"))
                if path.name.endswith((".tf", ".tf.json", ".tofu", ".tofu.json")) and path.is_file()
            }
            if not any("/" not in file for file in files):
                raise UserError(f"{configuration}: no .tf or .tf.json file there. Name a directory that is a module.")
            yield Workspace(root, files, is_text=False)


def _copy(source: Path, target: Path, ours: Path) -> None:
    """Copy a module's regular files, except those in the directory `ours`, which may be inside it.

    Links are not followed: they may lead out of the directory.
    """
    if not source.is_dir():
        raise UserError(f"{source}: not a directory. Pass a Path to a module's directory, or the text itself.")
    count = size = 0
    for folder, directories, names in os.walk(source):
        here = target / Path(folder).relative_to(source)
        here.mkdir()
        directories[:] = [
            name
            for name in directories
            if name not in _FOLDERS_LEFT_OUT
            and not (path := Path(folder) / name).is_symlink()
            and path.resolve() != ours
        ]
        for name in names:
            path = Path(folder) / name
            if path.is_symlink() or not path.is_file() or _FILES_LEFT_OUT.search(name):
                continue
            count, size = count + 1, size + path.stat().st_size
            if count > _MAX_FILES or size > _MAX_BYTES:
                raise UserError(
                    f"{source}: more than {_MAX_FILES} files or {_MAX_BYTES >> 20} MB. Name the module's own directory."
                )
            shutil.copyfile(path, here / name)


def _plain(name: str, text: str) -> str:
    if name.endswith(".json"):
        try:
            return json.dumps(nested_json.loads(text), ensure_ascii=False)
        except (ValueError, RecursionError):
            return text
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[2], 16)
    return chr(code) if code <= 0x10FFFF else ""


_CALL = re.compile(r"\b(?:core::)?(file\w*|templatefile|templatestring)\s*\(\s*([^,)]*)")
#: A relative path as written: plain words and slashes, optionally after `${path.module}/`.
_PLAIN_PATH = re.compile(r'"(?:\$\{path\.(?:module|root|cwd)\}/)?(?![/~])([\w./-]+)"\s*$')


def reasons_to_refuse(here: Workspace) -> list[str]:
    """Return why this configuration must not run without a sandbox, in words; nothing if it may.

    Every file of the directory counts, because templates call functions too.
    """
    reasons: dict[str, None] = {}
    for path in sorted(here.text.rglob("*")):
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if path.name.endswith(".json"):
            text = _decoded(text)
        for name, argument in _CALL.findall(text):
            if name == "templatestring" or not _stays_inside(argument):
                reasons[f"{name}({argument.strip()}): may read files, and this system offers no sandbox"] = None
    return list(reasons)


def _stays_inside(argument: str) -> bool:
    """Say whether an argument is a path that cannot leave the directory. Terraform removes `x/..` textually, too."""
    path = _PLAIN_PATH.match(argument)
    return path is not None and not posixpath.normpath(path[1]).startswith("..")


def _decoded(text: str) -> str:
    """Return JSON without escapes, which could hide a name."""
    try:
        return json.dumps(nested_json.loads(text), ensure_ascii=False).replace('\\"', '"')
    except (ValueError, RecursionError):
        return text.replace("\\u", "(")
