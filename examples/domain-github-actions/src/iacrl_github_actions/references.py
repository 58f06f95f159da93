"""Checks that a schema cannot express: jobs that wait for others, and the keys of a matrix."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

Jobs = Mapping[str, Mapping[str, Any]]
Found = Iterator[tuple[str, tuple[str, ...]]]
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")
_KEY = re.compile(r"\bmatrix\.([A-Za-z_][\w-]*)")


def _needed(job: Mapping[str, Any]) -> list[str]:
    needs = job.get("needs", [])
    return [needs] if isinstance(needs, str) else needs


def needs(jobs: Jobs) -> Found:
    """Yield each job that another job waits for, but that does not exist."""
    for name, job in jobs.items():
        for needed in _needed(job):
            if needed not in jobs:
                yield f"Job {name!r} needs {needed!r}, which is not a job of this workflow.", (name, "needs")


def cycles(jobs: Jobs) -> Found:
    """Yield each job that waits for itself, directly or through others."""
    for name, job in jobs.items():
        reached, waiting = set[str](), _needed(job)
        while waiting:
            reached |= {*waiting}
            waiting = [one for each in waiting if each in jobs for one in _needed(jobs[each]) if one not in reached]
        if name in reached:
            yield f"Job {name!r} waits for itself.", (name, "needs")


def matrices(jobs: Jobs) -> Found:
    """Yield each key of a matrix that an expression reads and the job does not define. Skip computed matrices."""
    for name, job in jobs.items():
        matrix = (job.get("strategy") or {}).get("matrix", {})
        rows = matrix.get("include", []) if isinstance(matrix, dict) else None
        if isinstance(rows, list):
            defined = {*matrix} | {key for row in rows for key in row}
            read = {key for text in _EXPRESSION.findall(json.dumps(job)) for key in _KEY.findall(text)}
            for key in sorted(read - defined):
                yield f"Job {name!r} reads matrix.{key}, which its matrix does not define.", (name,)
