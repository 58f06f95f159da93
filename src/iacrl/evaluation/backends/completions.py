"""A file of completions: rows `{"task", "completion"[, "sample", "finish", "tokens"]}` from any program."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast, get_args

from iacrl.errors import UserError, did_you_mean
from iacrl.evaluation.backends import Reply, Request
from iacrl.evaluation.figures import DecodingSettings, Policy
from iacrl.files import read_rows
from iacrl.scoring.samples import Finish
from iacrl.tasks import Task
from iacrl.text import readable

#: The largest numbers of a row. Every sample up to the largest is asked of every task.
_MOST = {"tokens": 1_000_000_000, "sample": 9_999}
_FIELDS = frozenset({"task", "completion", "sample", "tokens", "finish"})


class CompletionsFile:
    """The completions of one model, sampled earlier by any means.

    Args:
        path: The JSONL file.
        label: The name of the model.
        tasks: The tasks of the evaluation.
        known: The ids of all tasks of the split. Rows for tasks that are not asked here are left out.

    Attributes:
        samples: The largest number of completions of a task.

    Raises:
        UserError: The file is empty, or a row is malformed, duplicate, or for an unknown task; the message names the
            line.
    """

    def __init__(self, path: Path, label: str, tasks: Sequence[Task], known: frozenset[str]) -> None:
        rows_digest = hashlib.sha256()
        left_out = 0
        self._answers: dict[tuple[str, int], Reply] = {}
        asked = {task.id: task for task in tasks}
        lines: dict[tuple[str, int], int] = {}
        for number, row in read_rows(path):
            place = f"{path}:{number}"
            rows_digest.update(json.dumps(row).encode() + b"\n")
            _refuse_misspelt(row, place)
            name, sample = _name(row, place), _whole(row, "sample", place) or 0
            if name not in known:
                raise UserError(
                    f"{place}: no task {name!r} is in the test split.{did_you_mean(name, asked)} Which tasks are "
                    "asked is decided by the configuration's `data` section (data.test=FILE)."
                )
            if (name, sample) in lines:
                raise UserError(
                    f"{place}: task {name!r}, sample {sample}, is on line {lines[name, sample]} already. Give the "
                    'completions of one task different numbers: "sample": 0, 1, ...'
                )
            lines[name, sample] = number
            if name not in asked:
                left_out += 1
                continue
            request = Request(asked[name], sample)
            tokens, finish = _whole(row, "tokens", place), _finish(row, place)
            self._answers[name, sample] = Reply(request, _text(row, place), tokens, finish)
        # --resume must not mix the answers of two files.
        identity = {"kind": "completions", "file": path.name, "digest": rows_digest.hexdigest()}
        self.policies = (Policy(label, identity),)
        if not lines:
            raise UserError(f'{path}: holds no completion. Each row is {{"task": ID, "completion": TEXT}}.')
        if not self._answers:
            raise UserError(f"{path}: none of its {left_out} completions is for a task that is asked here.")
        self.notes = (f"{path}: {left_out} rows are for tasks that are not asked here.",) if left_out else ()
        self.samples = 1 + max(sample for _, sample in self._answers)

    def answer(self, policy: str, decoding: DecodingSettings, requests: Sequence[Request]) -> Iterator[Sequence[Reply]]:
        """Yield the file's completions for the requests, all at once; see `Backend`."""
        wanted = [(request.task.id, request.sample) for request in requests]
        yield [self._answers[key] for key in wanted if key in self._answers]


def _name(row: Mapping[str, Any], place: str) -> str:
    if not isinstance(row.get("task"), str):
        raise UserError(f"{place}: field 'task' is {row.get('task')!r}: expected the id of a task.")
    return str(row["task"])


def _text(row: Mapping[str, Any], place: str) -> str:
    if not isinstance(row.get("completion"), str):
        raise UserError(f"{place}: field 'completion' is {row.get('completion')!r}: expected a string.")
    return readable(row["completion"])


def _whole(row: Mapping[str, Any], name: str, place: str) -> int | None:
    value = row.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST[name]):
        shown = f"{value!r:.60}" + ("…" if len(repr(value)) > 60 else "")
        raise UserError(f"{place}: field {name!r} is {shown}: expected a whole number from 0 to {_MOST[name]}.")
    return value


def _finish(row: Mapping[str, Any], place: str) -> Finish | None:
    found = row.get("finish")
    if found is not None and found not in get_args(Finish):
        raise UserError(f"{place}: field 'finish' is {found!r}: expected one of {', '.join(get_args(Finish))}.")
    return cast(Finish | None, found)


def _refuse_misspelt(row: Mapping[str, Any], place: str) -> None:
    """Refuse a field with nearly the name of one of ours; other fields may be for other programs."""
    for key in row.keys() - _FIELDS:
        if near := did_you_mean(key, _FIELDS - row.keys()):
            raise UserError(f"{place}: field {key!r} is unknown.{near}")
