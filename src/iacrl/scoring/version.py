"""The version of everything that decides a score."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from iacrl.domains.base import Domain
from iacrl.domains.registry import all_domains

#: What a score is made by: what all domains share, the check of intents, and the scoring itself.
_FOLDERS = ("domains", "intent", "scoring")

#: Files and folders within these, and within a domain's own package, that decide no score: the audit, the processes
#: that scoring runs in, records of what was scored, second judges, and what tasks and audits need.
_NO_JUDGES = frozenset(
    (
        *("__pycache__", "audit", "runtime", "samples.py", "template.py", "version.py"),
        *("engine", "rego", "second_judge.py", "hack_texts.py", "mutations.py", "iac_eval.py"),
    )
)


@cache
def judging_version() -> str:
    """Return the SHA-256 of every source file that decides a score, and of every schema at hand, a user's own included.

    A version number would name many verdicts while the code is worked on. Computed once for a process.
    """
    digest = hashlib.sha256()
    for place in _places():
        for path in _files(place):
            digest.update(str(path.relative_to(place.parent)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _places() -> Iterator[Path]:
    package = Path(__file__).parent.parent
    yield from (package / name for name in _FOLDERS)
    for domain in all_domains():
        own = _home(domain)
        if not own.is_relative_to(package):
            yield own
        yield from domain.sources()


def _home(domain: Domain) -> Path:
    """Return the folder of the package that a domain's validator is in, or its file where it is a module alone."""
    module = sys.modules[domain.validate.__module__]
    file = Path(module.__file__ or "")
    return file.parent if module.__package__ else file


def _files(place: Path) -> list[Path]:
    """Return the files at a place that judge, in one order."""
    if place.is_file():
        return [place]
    files = (path for path in place.rglob("*") if path.is_file())
    return sorted(path for path in files if not _NO_JUDGES.intersection(path.relative_to(place).parts))
