"""The table of runs: one row for each recipe and stage, over all seeds; the best row; settings in which runs differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Literal

from iacrl.errors import UserError, did_you_mean
from iacrl.evaluation.run_records import RunRecord

#: The statuses of a row with figures that do not change any more.
_FINISHED = ("complete", "measured")


@dataclass(frozen=True, slots=True)
class RowFigure:
    """A figure of a row.

    Attributes:
        value: The figure of the only run, or the mean over the runs.
        low, high: The 95 % interval of the only run, or the lowest and the highest run.
        kind: Which of the two. A range over seeds is no interval: it says nothing about other tasks.
    """

    value: float
    low: float
    high: float
    kind: Literal["interval", "range"]


@dataclass(frozen=True, slots=True)
class RunRow:
    """One row of the table: one run, or several of one recipe that differ in the seed.

    Attributes:
        runs: The runs' names, by seed.
        seeds: Their seeds.
        steps: Optimizer steps, if equal in all.
        protocol, tasks: Digests of what the figures are about; empty without figures.
        figures: `pass@1`, `valid` and `score`; empty without figures.
    """

    label: str
    stage: str
    status: str
    started: str
    base: str
    parent: str
    steps: int | None
    runs: tuple[str, ...]
    seeds: tuple[int | None, ...]
    protocol: str
    tasks: str
    figures: Mapping[str, RowFigure]


def rows_of(records: Sequence[RunRecord], decoding: str, *, each: bool = False) -> list[RunRow]:
    """Return the rows of a table, oldest first.

    Args:
        decoding: The decoding of the figures.
        each: One row for each run, also where runs differ only in the seed.
    """
    groups: dict[object, dict[object, RunRecord]] = {}
    for record in records:
        found = record.figures(decoding)
        shared = (record.stage, record.base, record.recipe, "" if found is None else found.protocol)
        together = record.recipe and record.seed is not None and record.status in _FINISHED and not each
        members = groups.setdefault(shared if together else id(record), {})
        if record.seed in members:  # the newest run of a seed counts; an older one is a row by itself
            older = members[record.seed]
            groups[id(older)] = {older.seed: older}
        members[record.seed] = record
    rows = [_row(list(members.values()), decoding) for members in groups.values()]
    return sorted(rows, key=lambda row: (row.started, row.label))


def _row(records: list[RunRecord], decoding: str) -> RunRow:
    records = sorted(records, key=lambda record: -1 if record.seed is None else record.seed)
    first = records[0]
    steps = {record.steps for record in records}
    measured = [found for record in records if (found := record.figures(decoding)) is not None]
    return RunRow(
        label=first.label if len(records) == 1 else f"{first.label} and {len(records) - 1} more",
        stage=first.stage,
        status=first.status,
        started=max(record.started for record in records),
        base=first.base,
        parent=first.parent if len(records) == 1 else "",
        steps=steps.pop() if len(steps) == 1 else None,
        runs=tuple(record.name for record in records),
        seeds=tuple(record.seed for record in records),
        protocol=measured[0].protocol if measured else "",
        tasks=measured[0].tasks if measured else "",
        figures={name: _figure([one.figures[name] for one in measured]) for name in measured[0].figures}
        if measured
        else {},
    )


def _figure(found: Sequence[Any]) -> RowFigure:
    if len(found) == 1:
        return RowFigure(found[0].value, found[0].low, found[0].high, "interval")
    values = [one.value for one in found]
    return RowFigure(fmean(values), min(values), max(values), "range")


def ranked(rows: Sequence[RunRow], by: str, *, tasks: str = "") -> list[RunRow]:
    """Return the finished rows that were measured alike, the best first.

    A recipe with several seeds counts with their mean: the luckiest seed of many says little about a recipe.

    Args:
        by: One of `MEASURES`.
        tasks: The beginning of the digest of the tasks, if runs were measured on different ones.

    Raises:
        UserError: No row has figures, or they are of different tasks or were judged differently.
    """
    measured = [row for row in rows if row.figures and row.status in _FINISHED and row.tasks.startswith(tasks)]
    if not measured:
        raise UserError(f"No finished run was measured{f' on tasks {tasks}' if tasks else ''}. Run `iacrl eval`.")
    asked = sorted({row.tasks for row in measured})
    if len(asked) > 1:
        told = "\n".join(f"  --tasks {one[:12]}: {', '.join(_labels(measured, one))}" for one in asked)
        raise UserError(f"These runs were measured on different tasks; choose those of one:\n{told}")
    if len({row.protocol for row in measured}) > 1:
        told = ", ".join(row.label for row in measured)
        raise UserError(
            f"These runs ({told}) were asked with other prompts, or judged by other rules. `iacrl rescore` judges them "
            "alike; runs with other prompts must be measured again."
        )
    return sorted(measured, key=lambda row: -row.figures[by].value)


def _labels(rows: Sequence[RunRow], tasks: str) -> list[str]:
    return [row.label for row in rows if row.tasks == tasks]


def find_record(records: Sequence[RunRecord], name: str) -> RunRecord:
    """Return the record of a run's stage (`tiny-cpu/sft`), or of a run's last stage (`tiny-cpu`).

    Raises:
        UserError: There is none; the message names the nearest.
    """
    wanted = name.rstrip("/")
    found = [record for record in records if record.label == wanted]
    found = found or [record for record in records if record.name == wanted]
    if not found:
        known = [*(record.label for record in records), *(record.name for record in records)]
        raise UserError(f"There is no run {name!r}.{did_you_mean(name, known)} `iacrl runs list` names them.")
    trained = [record for record in found if record.status != "measured"]
    return (trained or found)[-1]


def differing_settings(records: Sequence[RunRecord]) -> Iterator[tuple[str, list[Any]]]:
    """Yield each setting in which the runs differ, with its value in each; None where a stage does not have it."""
    for name in sorted({name for record in records for name in record.settings}):
        values = [record.settings.get(name) for record in records]
        if any(value != values[0] for value in values):
            yield name, values
    seeds = [record.seed for record in records]
    if any(seed != seeds[0] for seed in seeds):
        yield "run.seed", seeds
