"""Functions on paths and on the files beside the configuration.

A single text has no files beside it, so that reading one fails as it fails for Terraform. In a directory a file is
looked for, but its content is left unknown, and nothing outside the directory is touched.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from pathlib import Path

from iacrl.validators.terraform import types, values
from iacrl.validators.terraform.functions import CallError
from iacrl.validators.terraform.types import BOOL, STRING
from iacrl.validators.terraform.values import ANY, Value

_HASHES = frozenset({"filebase64sha256", "filebase64sha512", "filemd5", "filesha1", "filesha256", "filesha512"})
_ONLY_SOURCE = (
    "; this function works only with files that are distributed as part of the configuration source code, so if this "
    "file will be created by a resource in this configuration you must instead obtain this result from an attribute "
    "of that resource"
)


def call_on_file(name: str, arguments: Sequence[Value], directory: Path | None) -> Value:
    """Compute a call of one of these functions.

    Args:
        name: The function.
        arguments: Known, but for the second one of `templatefile`.
        directory: Where the configuration stands; None for a single text.

    Raises:
        CallError: The file is not there.
    """
    path: str = arguments[0].data
    if name == "basename":
        return values.string(_base(path))
    if name == "dirname":
        return values.string(posixpath.normpath(posixpath.dirname(path) or "."))
    if name in ("abspath", "pathexpand"):
        if name == "pathexpand" and not path.startswith("~"):
            return values.string(path)
        return values.unknown(STRING, not_null=True)
    if name == "fileset":
        # Beside a single text there is nothing; only the text itself stands in its directory.
        if directory is None and posixpath.normpath(path) != ".":
            return values.set_value(STRING, ())
        return values.unknown(types.set_of(STRING), not_null=True)
    exists = _exists(path, directory)
    if name == "fileexists":
        return values.unknown(BOOL, not_null=True) if exists is None else values.boolean(exists)
    if exists is False:
        if name in _HASHES:
            raise CallError(f"open {posixpath.normpath(path)}: no such file or directory")
        raise CallError(f'no file exists at "{path}"{_ONLY_SOURCE}', 0)
    return ANY if name == "templatefile" else values.unknown(STRING, not_null=True)


def _base(path: str) -> str:
    if not path:
        return "."
    return posixpath.basename(path.rstrip("/")) or "/"


def _exists(path: str, directory: Path | None) -> bool | None:
    """Whether the file is there; None where that depends on the machine and not on the configuration."""
    if directory is None:
        return False
    if "\0" in path:
        return False
    clean = posixpath.normpath(path)
    if clean.startswith(("/", "~", "..")):
        return None
    return (directory / clean).is_file()
