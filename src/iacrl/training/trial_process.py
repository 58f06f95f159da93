"""One trial of a sweep: its stages as processes of their own, with what they have measured so far."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from iacrl.config.recipes import Config
from iacrl.errors import UserError
from iacrl.files import read_rows, read_text, write_atomically
from iacrl.scoring.runtime.processes import die_with_parent

#: Seconds that a stopped stage has to save its checkpoint.
_PATIENCE = 120.0


@dataclass(slots=True)
class TrialProcess:
    """A trial while it runs. Each stage is `iacrl STAGE --config RECIPE`, so that memory is free after each.

    Attributes:
        folder: The trial's run, `<run.dir>/<run.name>`; it gets `recipe.yaml` and `log.txt`.
        stages: The stages that are still to train, in order.
        parent: The SFT run that GRPO continues, if the trial does not train its own.
        measured: The stage whose validation counts: the last one.
    """

    folder: Path
    stages: list[str]
    parent: Path | None
    measured: str
    process: subprocess.Popen[bytes] | None = field(default=None)

    @classmethod
    def start(cls, config: Config, stages: Sequence[str], parent: Path | None) -> TrialProcess:
        """Write the recipe of a trial and start its first stage."""
        folder = config.run.dir / config.run.name
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / "recipe.yaml", config.to_yaml())
        trial = cls(folder, list(stages), parent, stages[-1])
        trial.advance()
        return trial

    def advance(self) -> int | None:
        """Go on with the next stage if one has ended well.

        Returns:
            The exit status if the trial has ended: that of the stage that failed, or 0 after the last one. Else None.
        """
        status = None if self.process is None else self.process.poll()
        if self.process is not None and (status is None or status != 0 or not self.stages):
            return status
        stage = self.stages.pop(0)
        recipe = str(self.folder / "recipe.yaml")
        command = [sys.executable, "-P", "-m", "iacrl", stage, "--config", recipe, "--overwrite"]  # not from here: -P
        if stage == "grpo" and self.parent is not None:
            command += ["--parent", str(self.parent)]
        with (self.folder / "log.txt").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                preexec_fn=partial(die_with_parent, os.getpid(), signal.SIGTERM),  # a killed sweep trains nothing more
            )
        return None

    def measurements(self, by: str) -> list[tuple[int, float]]:
        """Return step and value of each measurement so far."""
        file = self.folder / self.measured / "validation.jsonl"
        try:
            return [(int(row["step"]), float(row[by])) for _, row in read_rows(file)] if file.is_file() else []
        except (UserError, KeyError, TypeError, ValueError):
            return []  # a line is being written

    def stop(self) -> None:
        """Stop the running stage; it keeps its checkpoint."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def last_words(self) -> str:
        """Return the last line of the log."""
        lines = [line for line in read_text(self.folder / "log.txt").splitlines() if line.strip()]
        return lines[-1] if lines else "it printed nothing"
