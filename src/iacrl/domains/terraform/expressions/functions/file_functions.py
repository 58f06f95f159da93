"""Functions on paths and on the files next to the configuration.

A single text has no files next to it, so reading one fails as in Terraform. Files in the directory are read. Outside of
it, only their existence is checked, and their content is left unknown. A document knows nothing of any file.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.conversion import ConversionError
from iacrl.domains.terraform.cty.types import BOOL, NUMBER, STRING, Type
from iacrl.domains.terraform.cty.values import UNKNOWN, Value
from iacrl.domains.terraform.expressions.functions.arguments import UNREAD, CallError, Unread
from iacrl.seen_files import content_of, is_outside

_Kind = Literal["file", "directory", "absent", "outside"]

_NO_USER = "cannot expand user-specific home dir"
_MAX_PATH = 1000
_HASHES = frozenset({"filebase64sha256", "filebase64sha512", "filemd5", "filesha1", "filesha256", "filesha512"})
_ONLY_SOURCE = (
    "; this function works only with files that are distributed as part of the configuration source code, so if this "
    "file will be created by a resource in this configuration you must instead obtain this result from an attribute "
    "of that resource"
)


class _AbsolutePath(Value):
    """A path on the machine: not known, but certainly neither a number nor true or false."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(STRING, UNKNOWN, 1, False)
        self.not_null = True

    def retyped(self, type: Type) -> Value:
        """Return it as another type.

        Raises:
            ConversionError: A path cannot have that type.
        """
        if type in (NUMBER, BOOL):
            raise ConversionError(f"a {type.kind} is required")
        return super().retyped(type)


def call_on_file(name: str, arguments: Sequence[Value], directory: Path | Unread | None) -> Value:
    """Compute a call of one of these functions.

    Raises:
        CallError: The file does not exist, or is not what the function needs.
    """
    path: str = arguments[0].data
    if name == "basename":
        return values.string(_base(path))
    if name == "dirname":
        return values.string(posixpath.normpath(posixpath.dirname(path) or "."))
    if name in ("abspath", "pathexpand"):
        if name == "pathexpand":
            if not path.startswith("~"):
                return values.string(path)
            if _is_of_user(path):
                raise CallError(_NO_USER)
        return _AbsolutePath()
    if name == "fileset":
        # A single text has no other files: its directory contains only the text itself.
        if directory is None and posixpath.normpath(path) != ".":
            return values.set_value(STRING, ())
        return values.unknown(types.set_of(STRING), not_null=True)
    if name == "fileexists":
        return _file_exists(path, directory)
    if name == "file":
        text = read_text(path, directory)
        return values.unknown(STRING, not_null=True) if text is None else values.string(text)
    _look(path, directory, name in _HASHES)
    return values.unknown(STRING, not_null=True)


def read_text(path: str, directory: Path | Unread | None) -> str | None:
    """Return the content of a file; None if it is outside the directory or too long to compute with.

    Raises:
        CallError: The file does not exist, or is not text.
    """
    found = _look(path, directory, False)
    if found is None or found.stat().st_size > values.MAX_TEXT:
        return None
    try:
        return content_of(found).decode()
    except UnicodeDecodeError:
        raise CallError(
            f'contents of "{path}" are not valid UTF-8; use the filebase64 function to obtain the Base64 encoded '
            "contents or the other file functions (e.g. filemd5, filesha256) to obtain file hashing results instead"
        ) from None
    except OSError:
        return None


def _file_exists(path: str, directory: Path | Unread | None) -> Value:
    if _is_of_user(path):
        raise CallError(f"failed to expand ~: {_NO_USER}")
    kind, _ = _locate(path, directory)
    if kind == "directory":
        raise CallError(f'"{path}" is a directory, not a file')
    return values.unknown(BOOL, not_null=True) if kind == "outside" else values.boolean(kind == "file")


def _look(path: str, directory: Path | Unread | None, hashes: bool) -> Path | None:
    """Return where a file is; None if that depends on the machine rather than on the configuration."""
    if _is_of_user(path):
        raise CallError(f"failed to expand ~: {_NO_USER}", None if hashes else 0)
    kind, found = _locate(path, directory)
    clean = posixpath.normpath(path)
    if kind == "directory":
        problem = f"read {clean}: is a directory"
        raise CallError(problem) if hashes else CallError(f"failed to read file: {problem}", 0)
    if kind == "absent":
        if hashes:
            raise CallError(f"open {clean}: no such file or directory")
        raise CallError(f'no file exists at "{path}"{_ONLY_SOURCE}', 0)
    return found


def _is_of_user(path: str) -> bool:
    """Say whether a path leads to a named user's home (`~joe/x`), which Terraform never looks up."""
    return path.startswith("~") and path[1:2] not in ("", "/", "\\")


def _base(path: str) -> str:
    if not path:
        return "."
    return posixpath.basename(path.rstrip("/")) or "/"


def _locate(path: str, directory: Path | Unread | None) -> tuple[_Kind, Path | None]:
    """Say what is at a path, and where a file inside the directory is."""
    clean = posixpath.normpath(path)
    if directory is UNREAD:
        return "outside", None
    if directory is None:
        return "directory" if clean in (".", "~") else "absent", None
    if "\0" in path or len(path) > _MAX_PATH:
        return "absent", None
    here = directory.resolve()
    try:
        found = (here / Path(clean).expanduser()).resolve()
        if not found.is_relative_to(here):
            # The existence of the machine's own files is checked, but their content is not part of the configuration.
            return ("outside", None) if is_outside(found) or found.exists() else ("absent", None)
        if found.is_file():
            return "file", found
        return "directory" if found.is_dir() else "absent", None
    except (OSError, RuntimeError):  # a loop of links, no home directory, or a name that is too long
        return "absent", None
