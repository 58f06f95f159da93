"""`completions.jsonl`: every completion as it was sampled. Rows are only ever appended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iacrl.errors import UserError
from iacrl.evaluation.backends import Reply
from iacrl.files import append_rows, drop_half_row, read_rows
from iacrl.records import from_plain, to_plain
from iacrl.scoring.samples import DecodingName, Finish
from iacrl.tasks.prompt import Message


@dataclass(frozen=True, slots=True)
class Sampled:
    """One row: the completion and what identifies it.

    Attributes:
        turns: The messages after the prompt, for a turn of a repair.
        spent: Tokens generated for it, with those of the earlier turns; None if unknown, or if there are none.
    """

    policy: str
    decoding: DecodingName
    task: str
    sample: int
    completion: str
    tokens: int | None
    finish: Finish | None
    turns: tuple[Message, ...] = ()
    spent: int | None = None


class CompletionLog:
    """The completions of one evaluation, written to the disk as soon as they arrive.

    Raises:
        UserError: The path is a link or no file, or a line other than the last is not a completion. A last line that a
            kill or a full disk cut off is removed instead, and `repaired` says so. No complete line is lost.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.repaired = ""
        if lost := drop_half_row(path):
            self.repaired = (
                f"{path}: its last line was cut off after {lost} bytes and has been taken away; that completion is "
                "sampled again."
            )
        self._known = {(row.policy, row.decoding, row.task, row.sample) for row in self.rows()}

    def __contains__(self, key: tuple[str, DecodingName, str, int]) -> bool:
        """Say whether the completion with this policy, decoding, task and sample exists."""
        return key in self._known

    def __len__(self) -> int:
        return len(self._known)

    def rows(self) -> Iterator[Sampled]:
        """Yield the rows in the order of sampling."""
        for number, row in read_rows(self.path) if self.path.exists() else ():
            try:
                yield from_plain(Sampled, row)
            except ValueError as error:
                raise UserError(f"{self.path}:{number}: not a completion: {error}.") from None

    def add(self, policy: str, decoding: DecodingName, answers: Iterable[Reply]) -> None:
        """Append completions; return when they are on the disk."""
        rows = [
            Sampled(
                policy,
                decoding,
                one.request.task.id,
                one.request.sample,
                one.text,
                one.tokens,
                one.finish,
                one.request.turns,
                one.spent,
            )
            for one in answers
        ]
        append_rows(self.path, [_plain(row) for row in rows], sync=True)
        self._known.update((row.policy, row.decoding, row.task, row.sample) for row in rows)


def _plain(row: Sampled) -> Any:
    """Return the row without what only turns of a repair have."""
    return to_plain(row, exclude=() if row.turns or row.spent is not None else ("turns", "spent"))
