"""Files: a kill during a write leaves either the old content or the new. Errors while reading name `FILE:LINE`."""

from __future__ import annotations

import errno
import io
import itertools
import json
import os
import stat
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TextIO

from iacrl import nested_json
from iacrl.errors import DISK_ERRORS, UserError

if TYPE_CHECKING:
    from gzip import GzipFile

#: What a write says of a full disk, of the user's quota, and of a limit on file size.
FULL_DISK: Final = DISK_ERRORS - {errno.EIO}
#: The longest text or row that is read, in characters.
LARGEST: Final = 64_000_000
#: The longest file of tasks, in characters; it is read whole.
LARGEST_TASKS: Final = 1_000_000_000
#: Where devices are, standard output and the pipes of a shell's `>(command)` too.
_DEVICES: Final = (Path("/dev"), Path("/dev/fd"))
_SPECIAL: Final = "{}: is a device, a socket or a pipe; name a file."
#: The most digits of a whole number. One of 309 digits may be larger than any float, so arithmetic with it fails.
_MOST_DIGITS: Final = 300


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write `content` to a file next to `path`, flush it to the disk and rename it to `path`."""
    with replacing(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def write_named(path: Path, content: str | bytes) -> None:
    """Write to a file that the user names, as `write_atomically`; a device or a pipe is written to, not replaced.

    Only for names of the command line: in a folder from somebody, a pipe would wait for ever.
    """
    if path.parent in _DEVICES or (os.path.lexists(path) and not path.is_file()):
        with _named(path), path.open("ab") as file:  # it may be standard output, with what was written there before
            file.write(content.encode() if isinstance(content, str) else content)
    else:
        write_atomically(path, content)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Yield a file next to `path`; at the end flush it to the disk and rename it to `path`, on an error delete it.

    Raises:
        UserError: The path is or leads to a device, a socket or a pipe. As root, a rename would replace /dev/null.
    """
    import tempfile  # it brings `random`, and most commands only read

    if path.parent in _DEVICES:  # standard output may be an ordinary file
        raise UserError(_SPECIAL.format(path))
    refuse_special(path)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with _named(path), os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        share(Path(name))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Add the file name to a disk error: the system names the file on opening, but not on writing."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno in DISK_ERRORS:
            error.filename = str(path)
        raise


def share(path: Path) -> None:
    """Give a file, or a folder with all that is in it, the permissions that the user's umask gives to new ones.

    Libraries write weights, and `tempfile` folders, for their owner alone.
    """
    mask = os.umask(0o077)
    os.umask(mask)
    for each in (path, *path.rglob("*")) if path.is_dir() else (path,):
        if not each.is_symlink():
            each.chmod((0o777 if each.is_dir() else 0o666) & ~mask)


def is_disk_full(error: BaseException) -> bool:
    """Say whether a write failed because there is no room (see `FULL_DISK`)."""
    return isinstance(error, OSError) and error.errno in FULL_DISK


def free_bytes(place: Path) -> int:
    """Return the free space on the disk of a path; the path need not exist yet."""
    import shutil  # it brings three compressors

    there = place.resolve()
    while not there.exists():
        there = there.parent
    return shutil.disk_usage(there).free


def require_folder(path: Path) -> None:
    """Refuse to write to a folder that does not exist. Call it before doing work that would then be lost.

    Raises:
        UserError: The parent folder of `path` does not exist.
    """
    if not path.parent.is_dir():
        raise UserError(f"{path}: there is no folder {path.parent}; make it, or name another place.")


def write_json(path: Path, value: Any) -> None:
    """Write one JSON document atomically, readable by people."""
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    write_atomically(path, text.encode("utf-8", "replace"))  # half of a surrogate pair, as in `append_rows`


def append_rows(path: Path, rows: Iterable[Mapping[str, Any]], *, sync: bool = False) -> None:
    """Append JSON lines in a single write, so that a kill never leaves half a line before a complete one.

    Args:
        path: The file; it is created if it does not exist.
        rows: What to append.
        sync: Return only when the rows are on the disk.
    """
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    data = text.encode("utf-8", "replace")  # half of a surrogate pair in what a model wrote must not end a training
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        with _named(path):
            while data:
                data = data[os.write(handle, data) :]
            if sync:
                os.fsync(handle)
    finally:
        os.close(handle)


def drop_half_row(path: Path) -> int:
    """Repair the end of a JSON-lines file that a kill or a full disk cut off during a write. No complete line is lost.

    Returns:
        The bytes of an incomplete last line, which is dropped; 0 if there is no file.

    Raises:
        UserError: The file is a link, a device, a socket or a pipe. It may be from anybody, and a link leads anywhere.
    """
    if path.is_symlink():
        raise UserError(f"{path}: is a link, and what it leads to would be changed. Put the file itself there.")
    refuse_special(path)
    if not path.exists():
        return 0
    content = path.read_bytes()
    start = content.rfind(b"\n") + 1
    tail = content[start:]
    try:
        json.loads(tail or b"{}")
    except ValueError:  # not JSON, or cut off inside a character
        os.truncate(path, start)
        return len(tail)
    if tail:
        with path.open("ab") as file:  # only the line end is missing
            file.write(b"\n")
    return 0


def _decompressed(stored: BinaryIO) -> GzipFile:
    from gzip import GzipFile  # its imports take long

    return GzipFile(fileobj=stored)


@contextmanager
def open_text(path: Path, *, newline: str | None = None) -> Iterator[TextIO]:
    """Open a text file for reading; a `.gz` file is decompressed. `newline` is as for `open`.

    Raises:
        UserError: The file does not exist, or is a device, a socket or a pipe. Or reading shows that it is not UTF-8,
            or not compressed.
    """
    if not _is_stream(path):
        refuse_special(path)
    try:
        with (
            path.open("rb") as stored,
            io.TextIOWrapper(
                _decompressed(stored) if path.suffix == ".gz" else stored,
                encoding="utf-8-sig",  # editors on Windows write a byte order mark
                newline=newline,
            ) as file,
        ):
            yield file
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file.") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start}).") from None
    except (EOFError, zlib.error) as error:
        raise UserError(f"{path}: damaged: {error}.") from None
    except OSError as error:
        if error.errno is None:  # of gzip
            raise UserError(f"{path}: {error}.") from None
        raise


def refuse_special(path: Path) -> None:
    """Refuse what may never end or never begin, such as /dev/zero or a named pipe, before it is opened.

    Raises:
        UserError: The path is or leads to a device, a socket or a pipe.
    """
    with suppress(OSError):  # opening it gives the reason
        kind = path.stat().st_mode
        if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
            raise UserError(_SPECIAL.format(path))


def refuse_special_in(folder: Path) -> None:
    """Refuse a folder that holds such a path: libraries open any file whose name they know.

    Raises:
        UserError: As for `refuse_special`.
    """
    for path in folder.iterdir() if folder.is_dir() else ():
        refuse_special(path)


def _is_stream(path: Path) -> bool:
    """Say whether a path is what a user means by /dev/stdin or a shell's `<(command)`: a pipe or a terminal there."""
    if path.parent not in _DEVICES:
        return False
    with suppress(OSError):
        kind = path.stat().st_mode
        if stat.S_ISCHR(kind):
            with path.open("rb", buffering=0) as file:
                return file.isatty()
        return stat.S_ISFIFO(kind)
    return False


def read_text(path: Path, largest: int = LARGEST) -> str:
    """Return the text of a file that a person wrote, or that belongs to a run.

    Raises:
        UserError: As for `open_text`; or it has more than `largest` characters.
    """
    with open_text(path) as file:
        text = file.read(largest + 1)
    if len(text) > largest:
        raise UserError(f"{path}: is larger than {largest // 1_000_000} million characters.")
    return text


def lines_of(file: TextIO, path: Path) -> Iterator[str]:
    """Yield the lines of a file. A compressed file of a few megabytes can hold one line of gigabytes.

    Raises:
        UserError: A line is too long.
    """
    for number in itertools.count(1):
        line = file.readline(LARGEST + 1)
        if len(line) > LARGEST:
            raise UserError(f"{path}:{number}: the line is longer than {LARGEST // 1_000_000} million characters.")
        if not line:
            return
        yield line


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield `(line number, row)` of a JSON-lines file; blank lines are skipped.

    Raises:
        UserError: The file does not exist or is not UTF-8, or a line is not a JSON object; the message names the line.
    """
    with open_text(path) as file:
        yield from parse_rows(lines_of(file, path), path)


def parse_rows(lines: Iterable[str], path: Path, *, first: int = 1) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield `(line number, row)` of the lines of a JSON-lines file, counted from `first`; blank lines are skipped.

    Raises:
        UserError: A line is not a JSON object; the message names it by `path` and its number.
    """
    for number, line in enumerate(lines, start=first):
        text = line.rstrip()
        if text:
            yield number, require_object(parse_json(text, path, line=number), f"{path}:{number}")


def load_json(text: str | bytes) -> Any:
    """Return what a JSON text holds, as `json.loads`, but without numbers that are too large for a float.

    Raises:
        ValueError: It is not JSON that can be read.
        RecursionError: It is nested too deeply.
    """
    return nested_json.loads(text, parse_int=_whole_number)


def _whole_number(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def parse_json(text: str, path: Path, *, line: int | None = None) -> Any:
    """Return what a JSON text holds.

    Args:
        text: A whole file, or one line of it.
        path: The file, for the message.
        line: The line number in the file, if `text` is one line.

    Raises:
        UserError: It is not JSON.
    """
    try:
        return load_json(text)
    except json.JSONDecodeError as error:
        raise UserError(f"{path}:{line or error.lineno}: not JSON: {error.msg} at column {error.colno}.") from None
    except (RecursionError, ValueError) as error:  # nested too deeply, or a number of thousands of digits
        place = f"{path}:{line}" if line else path
        raise UserError(f"{place}: not JSON that can be read: {error}.") from None


def require_object(value: Any, place: str) -> dict[str, Any]:
    """Return a JSON value that is an object.

    Raises:
        UserError: It is something else; the message begins with `place`.
    """
    if not isinstance(value, dict):
        raise UserError(f"{place}: expected a JSON object, found {type(value).__name__}.")
    return value
