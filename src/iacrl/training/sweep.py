"""`iacrl sweep`: trials of a recipe with other settings, chosen by Optuna, compared by the validation of training."""

from __future__ import annotations

import os
import socket
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import optuna
from optuna.trial import FrozenTrial, Trial, TrialState

from iacrl.config.recipes import Config, load_config
from iacrl.errors import Interrupted, UserError, first_line
from iacrl.files import refuse_special, write_atomically
from iacrl.runs.directory import stage_path
from iacrl.runs.lock import run_lock
from iacrl.runs.progress import say
from iacrl.text import shortened
from iacrl.training.search_space import Space, holds, override, plain_space, stages_of, suggest
from iacrl.training.trial_process import TrialProcess

Stage = Literal["sft", "grpo"]
Measure = Literal["score", "passed", "valid"]

#: Seconds between two looks at the running trials.
_POLL = 0.5
#: Seconds that a sweep waits for another one that is opening the same study.
_OPENING_S = 60.0
#: So many failed trials in a row end the sweep: the recipe itself is at fault.
_MOST_FAILED = 3
#: What a database holds: the kind of each thing, its name, its table, and the SQL that created it.
_SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master"


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a sweep tries.

    Attributes:
        config_name, overrides: The recipe, as for `load_config`.
        config: The same, resolved.
        space: The settings to search.
        stage: The stage whose validation counts.
        by: Which of its figures.
        trials: How many trials to finish, those of earlier calls included.
        jobs: How many run at once.
    """

    config_name: str
    overrides: tuple[str, ...]
    config: Config
    space: Space
    stage: Stage
    by: Measure
    trials: int
    jobs: int

    @property
    def folder(self) -> Path:
        """Where the trials' runs and the study are: they are runs of iacrl like all others."""
        return self.config.run.dir / f"{self.config.run.name}-sweep"


def run_sweep(sweep: Sweep) -> list[FrozenTrial]:
    """Run the trials that are missing, and return all finished ones, the best first.

    Raises:
        UserError: The study was started with another recipe or space, GRPO has no parent, or trials fail.
        Interrupted: Ctrl-C or SIGTERM; finished trials are kept.
    """
    stages = stages_of(sweep.space, sweep.stage)
    parent = stage_path(sweep.config, "sft") if stages == ("grpo",) else None
    if parent is not None and not (parent / "adapter").is_dir():
        raise UserError(f"Every trial would continue {parent}, which is not there. Run `iacrl sft` first.")
    sweep.folder.mkdir(parents=True, exist_ok=True)
    with run_lock(sweep.folder / "study.db", wait_s=_OPENING_S):  # two at once would both create the tables
        study = _open_study(sweep)
    running: dict[int, tuple[Trial, TrialProcess]] = {}
    failed = 0
    try:
        while True:
            left = sweep.trials - len(_finished(study)) - len(running)
            while left > 0 and len(running) < sweep.jobs:
                trial = study.ask()
                running[trial.number] = (trial, _start(trial, sweep, stages, parent))
                left -= 1
            if not running:
                return _ranked(study)
            time.sleep(_POLL)
            for number, (trial, process) in list(running.items()):
                state = _look(study, trial, process, sweep.by)
                if state is None:
                    continue
                del running[number]
                failed = failed + 1 if state == TrialState.FAIL else 0
                if failed == _MOST_FAILED:
                    raise UserError(
                        f"{failed} trials in a row failed; the last: {process.last_words()} ({process.folder}/log.txt)"
                    )
    except KeyboardInterrupt:
        done = len(_finished(study))
        raise Interrupted(
            f"Interrupted. {done} of {sweep.trials} trials are finished. Continue with the same command."
        ) from None
    finally:
        for trial, process in running.values():
            process.stop()
            study.tell(trial, state=TrialState.FAIL)


def _open_study(sweep: Sweep) -> optuna.Study:
    """Return the study in the sweep's folder, or a new one; trials of processes that are gone count as failed."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study, trials, stored = _stored_study(sweep.folder / "study.db", sweep.config.run.name)
    # A sweep that goes on, or a second process, must not draw the values of the first trials again.
    seed = sweep.config.run.seed + len(trials)
    study.sampler = optuna.samplers.TPESampler(seed=seed, constant_liar=True)
    started = {
        "recipe": sweep.config.to_yaml(),
        "space": plain_space(sweep.space),
        "stage": sweep.stage,
        "by": sweep.by,
    }
    before = stored.get("started")
    if before is None:
        study.set_user_attr("started", started)
    elif before != started:
        known = before if isinstance(before, dict) else {}
        other = ", ".join(name for name in started if known.get(name) != started[name])
        raise UserError(
            f"{sweep.folder} holds a sweep with another {other}. Continue it with the same command, or give this one "
            "another name with run.name=NAME."
        )
    if foreign := next((trial for trial in trials if not _is_of(sweep.space, trial)), None):
        raise UserError(
            f"{sweep.folder / 'study.db'}: trial {foreign.number} has values that this sweep does not try. Move the "
            "file away, or give this sweep another name with run.name=NAME."
        )
    for trial in study.get_trials(deepcopy=False, states=[TrialState.RUNNING]):
        if _is_gone(trial.user_attrs.get("by")):
            study.tell(trial.number, state=TrialState.FAIL)
    return study


def _is_of(space: Space, trial: FrozenTrial) -> bool:
    """Say whether a sweep of this space can have tried these values: a study may be from anybody."""
    ended = trial.state in (TrialState.COMPLETE, TrialState.PRUNED)
    if trial.state == TrialState.WAITING or (ended and trial.params.keys() != space.keys()):
        return False  # a trial that waits has values of its own, which are not drawn from the space
    return all(name in space and holds(space[name], value) for name, value in trial.params.items())


def _stored_study(file: Path, name: str) -> tuple[optuna.Study, list[FrozenTrial], dict[str, Any]]:
    """Return the study in a file, which is created if it does not exist, its trials, and what is stored with it.

    Raises:
        UserError: The file holds something else, or is damaged. Nothing is written to it.
    """
    refuse_special(file)
    try:
        _refuse_other_tables(file)
        study = optuna.create_study(
            storage=f"sqlite:///{file}",
            study_name=name,
            direction="maximize",
            load_if_exists=True,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=4),
        )
        if study.directions != [optuna.study.StudyDirection.MAXIMIZE]:
            raise ValueError("it looks for something else")
        return study, study.get_trials(deepcopy=False), study.user_attrs
    except Exception as error:  # it may be anybody's file, and SQLite, SQLAlchemy and Optuna each have their own errors
        raise UserError(
            f"{file}: is not a study that can be continued: {first_line(error)} "
            "Move it away, or give this sweep another name with run.name=NAME."
        ) from error


def _refuse_other_tables(file: Path) -> None:
    """Refuse a damaged database, or one with anything that Optuna does not create.

    Optuna would add its tables to another program's. A view or a trigger runs whenever Optuna reads or writes.
    """
    if not file.exists():
        return
    own = _own_schema()
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as database:
        for row in database.execute(_SCHEMA):
            if _as_compared(row) not in own:
                raise ValueError(
                    f"its {row[0]} {shortened(row[1], 100)!r} is not one of Optuna {optuna.__version__}; another "
                    "version of Optuna, or another program, wrote it."
                )
        ((damage,), *_) = database.execute("PRAGMA quick_check(1)")
        if damage != "ok":
            raise ValueError(damage)


def _own_schema() -> frozenset[tuple[str, ...]]:
    """Return the tables and indexes that this version of Optuna creates, as `_as_compared`."""
    storage = optuna.storages.RDBStorage("sqlite://")  # in memory
    try:
        with storage.engine.connect() as connection:
            return frozenset(_as_compared(row) for row in connection.exec_driver_sql(_SCHEMA))
    finally:
        storage.engine.dispose()


def _as_compared(row: Sequence[str | None]) -> tuple[str, ...]:
    """Return a row of `_SCHEMA` with single spaces in its SQL."""
    return tuple(" ".join((part or "").split()) for part in row)


def _is_gone(by: object) -> bool:
    """Say whether the sweep that started a trial, `HOST:PID`, was on this machine and has ended."""
    host, _, number = str(by).rpartition(":")
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return True
    except PermissionError:
        return False
    return int(number) == os.getpid()


def _start(trial: Trial, sweep: Sweep, stages: Sequence[str], parent: Path | None) -> TrialProcess:
    trial.set_user_attr("by", f"{socket.gethostname()}:{os.getpid()}")
    values = suggest(trial, sweep.space)
    say(f"Trial {trial.number}: {' '.join(override(name, value) for name, value in values.items())}")
    return TrialProcess.start(_config_of(trial.number, values, sweep), stages, parent)


def _config_of(number: int, values: dict[str, Any], sweep: Sweep) -> Config:
    own = [f"run.dir={sweep.folder}", f"run.name=trial-{number:03}"]
    return load_config(
        sweep.config_name, (*sweep.overrides, *(override(name, value) for name, value in values.items()), *own)
    )


def _look(study: optuna.Study, trial: Trial, process: TrialProcess, by: Measure) -> TrialState | None:
    """Report what a trial has measured, and return its state if it has ended, or is stopped as hopeless."""
    status = process.advance()  # before reading: what ended has measured everything
    measured = process.measurements(by)
    for step, value in measured[trial.user_attrs.get("reported", 0) :]:
        trial.report(value, step)
    trial.set_user_attr("reported", len(measured))
    if status is None:
        if not trial.should_prune():
            return None
        process.stop()
        study.tell(trial, state=TrialState.PRUNED)
        say(f"Trial {trial.number}: stopped at {by} {measured[-1][1]:.3f}, below the median of the others.")
        return TrialState.PRUNED
    if status != 0 or not measured:
        say(f"Trial {trial.number}: failed: {process.last_words()}")
        study.tell(trial, state=TrialState.FAIL)
        return TrialState.FAIL
    value = max(value for _, value in measured)
    study.tell(trial, value)
    say(f"Trial {trial.number}: {by} {value:.3f}")
    return TrialState.COMPLETE


def _finished(study: optuna.Study) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False, states=[TrialState.COMPLETE, TrialState.PRUNED])


def _ranked(study: optuna.Study) -> list[FrozenTrial]:
    """Return the finished trials: the complete ones by value, then those that were stopped."""
    return sorted(_finished(study), key=lambda trial: (trial.state != TrialState.COMPLETE, -(trial.value or 0.0)))


def write_best(sweep: Sweep, trials: Sequence[FrozenTrial], path: Path) -> None:
    """Write the recipe with the settings of the best trial; `iacrl STAGE --config` takes it.

    Raises:
        UserError: No trial was completed.
    """
    if not trials or trials[0].state != TrialState.COMPLETE:
        raise UserError("No trial was completed, so there is no best recipe.")
    best = trials[0]
    # A study may be from anybody: only what was searched is written into a recipe.
    values = [override(name, best.params[name]) for name in sweep.space if name in best.params]
    config = load_config(sweep.config_name, (*sweep.overrides, *values))
    complete = sum(trial.state == TrialState.COMPLETE for trial in trials)
    head = (
        f"# The best of {len(trials)} trials ({complete} complete) of {sweep.config_name}: {sweep.by} {best.value:.3f} "
        f"on validation tasks.\n# {' '.join(values)}\n"
    )
    write_atomically(path, head + config.to_yaml())
