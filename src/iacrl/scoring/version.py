"""The version of everything that decides a score."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from iacrl.domains.base import Domain
from iacrl.domains.registry import all_domains

#: The code that makes a score: what all domains share, the check of intents, and the scoring itself.
_FOLDERS = ("domains", "intent", "scoring")

#: Files and folders in these, and in a domain's own package, that do not decide a score: the audit, the processes that
#: scoring runs in, records of scores, second judges, and what tasks and audits need.
_NO_JUDGES = frozenset(
    (
        *("__pycache__", "audit", "runtime", "samples.py", "template.py", "version.py"),
        *("engine", "rego", "second_judge.py", "hack_texts.py", "mutations.py", "iac_eval.py"),
    )
)


@cache
def judging_version() -> str:
    """Return the SHA-256 of every source file that decides a score, and of every schema, including a user's own.

    During development a version number would stand for many different verdicts. Computed once per process.
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
    """Return the package folder of a domain's validator, or its file if it is a single module."""
    module = sys.modules[domain.validate.__module__]
    file = Path(module.__file__ or "")
    return file.parent if module.__package__ else file


def _files(place: Path) -> list[Path]:
    """Return the files at a place that judge, sorted."""
    if place.is_file():
        return [place]
    files = (path for path in place.rglob("*") if path.is_file())
    return sorted(path for path in files if not _NO_JUDGES.intersection(path.relative_to(place).parts))
