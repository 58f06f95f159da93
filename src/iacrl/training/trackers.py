"""The loggers of `run.report_to`: where they write, and the table of completions that the trainer does not give them.

The trainer sends each line of metrics to them, with the parts of the rubric. The completions come from `samples.jsonl`,
which holds them with their verdicts and scores.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.integrations import TensorBoardCallback

from iacrl.config.recipes import Config
from iacrl.runs import launch
from iacrl.runs.directory import RunDirectory

#: The name of iacrl's runs in a logger that groups runs.
PROJECT = "iacrl"

#: The most completions of one table, and the most characters of one text in it.
_MOST_ROWS = 32
_MOST_CHARACTERS = 2_000

#: Shows the rows of one step's table.
Show = Callable[[Sequence[Mapping[str, Any]], int], None]


def tracker_callbacks(config: Config, run: RunDirectory) -> Iterator[TrainerCallback]:
    """Yield what a trainer needs beyond its own callbacks for the loggers of a configuration.

    TensorBoard's files go to `tensorboard/` in the run. The others have a place of their own.
    """
    shows: list[Show] = []
    if "tensorboard" in config.run.report_to and launch.is_first():
        writer = import_module("torch.utils.tensorboard").SummaryWriter(log_dir=str(run.path / "tensorboard"))
        yield TensorBoardCallback(tb_writer=writer)
        shows.append(lambda rows, step: writer.add_text("completions", as_text(rows), step))
    shows += [_table_of(name) for name in config.run.report_to if name != "tensorboard"]
    if shows:
        yield CompletionTable(run, shows)


def trainer_reports(config: Config) -> list[str]:
    """Return the loggers that the trainer itself sets up."""
    return [name for name in config.run.report_to if name != "tensorboard"]


class CompletionTable(TrainerCallback):
    """Shows the completions of each logged step, with their scores. SFT has none."""

    def __init__(self, run: RunDirectory, shows: Sequence[Show]) -> None:
        self._file = run.samples
        self._shows = shows
        self._read = 0

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Leave out what an earlier part of the run has shown."""
        self._read = self._file.stat().st_size if self._file.is_file() else 0

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Show what was sampled since the line before."""
        if not state.is_world_process_zero or not self._file.is_file():
            return
        with self._file.open("rb") as file:
            file.seek(self._read)
            lines = file.read().splitlines()
            self._read = file.tell()
        rows = [_row(json.loads(line)) for line in lines[-_MOST_ROWS:]]
        if rows:
            for show in self._shows:
                show(rows, state.global_step)


def _row(sample: Mapping[str, Any]) -> dict[str, Any]:
    prompt = "\n\n".join(message["content"] for message in sample["prompt"])
    codes = [found["code"] for found in sample["verdict"]["diagnostics"] if found["severity"] == "error"]
    return {
        "step": sample["step"],
        "task": sample["task"],
        "prompt": prompt[:_MOST_CHARACTERS],
        "completion": sample["completion"][:_MOST_CHARACTERS],
        "score": sample["score"],
        "passed": sample["passed"],
        "valid": sample["valid"],
        "errors": ", ".join(dict.fromkeys(codes)),
        **{f"reward/{name}": value for name, value in sample["parts"].items()},
    }


def _table_of(name: str) -> Show:
    """Return what shows a table in a logger that has tables: `trackio` or `wandb`, which have the same functions."""

    def show(rows: Sequence[Mapping[str, Any]], step: int) -> None:
        logger = import_module(name)  # the trainer has imported it already, and begun a run
        columns = list(dict.fromkeys(column for row in rows for column in row))
        data = [[row.get(column) for column in columns] for row in rows]
        logger.log({"completions": logger.Table(columns=columns, data=data)})

    return show


def as_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return a table as Markdown that shows each text exactly: every one is an indented block."""
    return "\n\n".join(_block(row) for row in rows)


def _block(row: Mapping[str, Any]) -> str:
    verdict = "passed" if row["passed"] else "valid, incomplete" if row["valid"] else row["errors"] or "not valid"
    score = "no score" if row["score"] is None else f"score {row['score']:.3f}"
    parts = ", ".join(
        f"{name.removeprefix('reward/')} {value:.2f}"
        for name, value in row.items()
        if name.startswith("reward/") and value is not None
    )
    texts = (f"    {line}" for text in (row["prompt"], row["completion"]) for line in (*text.split("\n"), "---"))
    return f"{score}, {verdict} ({parts})\n\n" + "\n".join(texts)
