"""Look for files that make a reader hang, or fail with anything but a UserError.

    python tools/fuzz_readers.py [--inputs 20000] [--minutes 60] [--seed 0] [--only NAME] [--keep FOLDER]

It mutates valid examples of every kind of file that may come from others: recipes, tasks, completions, intents, logs,
modules, manifests, templates, definitions and dumps of schemas, parts of run directories, settings of a repository,
baselines, spaces of sweeps. It changes bytes and slices of the text, and values of its data. Everything is read in this
process, and each reader gets the same processor time. If an input raises anything but a UserError, or takes more than
ten seconds of processor time, it is kept and reported. SIGTERM ends the run early, with its counts.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from reader_examples import Reader, adapter_readers, all_readers, make_run, some_tasks
from reader_mutations import mutated

from iacrl.errors import UserError

SLOW_S = 10.0
#: Inputs of one reader between two looks at the clock.
_EACH = 20


class TooSlowError(BaseException):
    """An input took too much processor time. Readers that catch every Exception do not catch it."""


def attack(reader: Reader, content: bytes, folder: Path) -> str | None:
    """Let a reader read a content. Return what went wrong, or None if it read it or raised a UserError.

    The folder holds the files beside it; see `prepare`.
    """
    (folder / reader.file).write_bytes(content)
    try:
        with _limited():
            reader.read(folder)
    except UserError as error:
        if len(str(error)) > 100_000:
            return f"a message of {len(str(error))} characters"
    except (Exception, TooSlowError):  # noqa: BLE001 - this is what the fuzzer looks for
        return traceback.format_exc()
    return None


def prepare(reader: Reader, folder: Path) -> None:
    """Write the files that lie beside the one that is changed."""
    for name, content in reader.beside.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def inputs_of(reader: Reader, draw: random.Random) -> Iterator[bytes]:
    """Yield changed examples of a reader, without end."""
    while True:
        yield mutated(reader.examples, draw, rows=reader.file.endswith(".jsonl"))


@contextmanager
def _limited() -> Iterator[None]:
    """Raise `TooSlowError` after `SLOW_S` seconds of processor time."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlowError(f"more than {SLOW_S:.0f} s of the processor")

    signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SLOW_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def fuzz(
    readers: Sequence[Reader], place: Path, given: argparse.Namespace
) -> tuple[Counter[str], dict[str, float], Counter[str]]:
    """Attack until the inputs or the minutes are over.

    Returns:
        The inputs and the seconds of processor time by reader, and the failures by kind.
    """
    until = time.monotonic() + given.minutes * 60
    counts: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    spent = {reader.name: 0.0 for reader in readers}
    folders = {reader.name: Path(tempfile.mkdtemp(dir=place)) / "run" for reader in readers}
    drawn = {reader.name: inputs_of(reader, random.Random(f"{given.seed} {reader.name}")) for reader in readers}
    for reader in readers:
        folders[reader.name].mkdir()
        prepare(reader, folders[reader.name])
    while counts.total() < given.inputs and time.monotonic() < until:
        reader = min(readers, key=lambda one: spent[one.name])
        started = time.process_time()
        for content, _ in zip(drawn[reader.name], range(_EACH), strict=False):
            wrong = attack(reader, content, folders[reader.name])
            counts[reader.name] += 1
            if wrong is not None:
                kind = f"{reader.name}: {' / '.join(wrong.strip().splitlines()[-3:])[-300:]}"
                failures[kind] += 1
                if failures[kind] == 1:
                    given.keep.mkdir(exist_ok=True, parents=True)
                    (given.keep / f"{len(failures)}-{reader.file.replace('/', '-')}").write_bytes(content)
                    print(f"{len(failures)}: {reader.name}, {reader.file}\n{wrong[-3000:]}", flush=True)
        spent[reader.name] += time.process_time() - started
    return counts, spent, failures


def main() -> int:
    """Run the fuzzer; return whether anything failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="readers whose name begins so")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-readers"), help="where inputs that fail are kept")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        warnings.simplefilter("ignore")  # peft's, about each unknown key
        os.environ["XDG_DATA_HOME"] = f"{name}/data"  # definitions and dumps are added there
        tasks = some_tasks(1)
        readers = [*all_readers(make_run(Path(name), tasks), tasks), *adapter_readers()]
        readers = [one for one in readers if one.name.startswith(given.only or "")]
        if not readers:
            parser.error(f"--only {given.only}: no reader has a name that begins so")
        signal.signal(signal.SIGTERM, lambda number, frame: setattr(given, "inputs", 0))
        counts, spent, failures = fuzz(readers, Path(name), given)
    for one in readers:
        print(f"{counts[one.name]:9,}  {1000 * spent[one.name] / max(1, counts[one.name]):7.2f} ms  {one.name}")
    print(f"{counts.total():,} inputs, {len(failures)} kinds of failure")
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
