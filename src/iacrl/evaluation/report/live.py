"""A report that follows a run: the page is made again when the run's files have changed."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from iacrl.errors import UserError, first_line
from iacrl.evaluation.figures import TRIVIAL_SAMPLES
from iacrl.evaluation.report.outputs import names_of
from iacrl.evaluation.report.page import live_page, waiting_page
from iacrl.evaluation.report.reading import STAGES, read_run
from iacrl.evaluation.report.summary import summarize

#: The files of a stage that a report reads.
_FILES = ("manifest.json", "config.yaml", "metrics.jsonl", "samples.jsonl", "eval.json", TRIVIAL_SAMPLES)

#: A page is made again after this many times the processor time that the last one took. Training needs the processor.
_REST = 9


class LiveReport:
    """The newest page of one run, or of two.

    Args:
        paths: Directories of runs. Their files may be missing, or be written at this moment.
        least_s: Seconds between two pages, at least.

    Raises:
        UserError: A directory does not exist, or a run is named twice.
    """

    def __init__(self, paths: Sequence[Path], *, least_s: float = 3.0) -> None:
        for path in paths:
            if not path.is_dir():
                raise UserError(f"{path}: there is no such directory. Name a run's directory, such as runs/tiny-cpu.")
        self._paths = paths
        self._names = names_of(paths)
        self._least_s = least_s
        self._lock = Lock()
        self._version = ""
        self._page = b""
        self._due = 0.0

    def version(self) -> str:
        """Return the version of the page that `page` would return now."""
        if self._page and time.monotonic() < self._due:
            return self._version
        return self._state()

    def page(self) -> bytes:
        """Return the page, made again if the files have changed and enough time has passed."""
        with self._lock:
            version = self.version()
            if version != self._version or not self._page:
                self._page, self._version = self._make(version), version
            return self._page

    def _make(self, version: str) -> bytes:
        before = time.process_time()
        try:
            runs = [read_run(path, name) for path, name in zip(self._paths, self._names, strict=True)]
            made = live_page(runs, summarize(runs), version)
        except Exception as error:  # noqa: BLE001 - not begun yet, replaced at this moment, or anybody's files
            made = waiting_page(" and ".join(self._names), first_line(error), version)
        self._due = time.monotonic() + max(self._least_s, _REST * (time.process_time() - before))
        return made

    def _state(self) -> str:
        """Return a digest of the times and sizes of all files that the page is made from."""
        digest = hashlib.sha256()
        for path in self._paths:
            for folder in (path, *(path / stage for stage in STAGES)):
                for name in _FILES:
                    try:
                        found = (folder / name).stat()
                    except OSError:
                        continue
                    digest.update(f"{folder.name}/{name} {found.st_size} {found.st_mtime_ns}\n".encode())
        return digest.hexdigest()[:16]
