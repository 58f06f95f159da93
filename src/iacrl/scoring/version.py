"""The version of everything in iacrl that decides a verdict."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import iacrl
from iacrl.domains.kubernetes.schema.custom_resources import data_directory as custom_resources
from iacrl.domains.terraform.schema.packs import data_directory as packs

#: What a score is made by: the validators with their schemas, the check of intents, and the scoring itself.
_FOLDERS = ("domains", "intent", "scoring")
_SUFFIXES = frozenset({".py", ".pack", ".z", ".json"})


@cache
def judging_version() -> str:
    """Return the SHA-256 of iacrl's judging source files and of every schema at hand, a user's own included.

    A version number would name many verdicts while the code is worked on. Computed once for a process.
    """
    package = Path(iacrl.__file__).parent
    digest = hashlib.sha256()
    for folder in (*(package / name for name in _FOLDERS), Path(packs()), Path(custom_resources())):
        for path in sorted(folder.rglob("*")):
            if path.suffix in _SUFFIXES and path.is_file():
                digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
