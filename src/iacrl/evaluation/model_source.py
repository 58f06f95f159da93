"""Which model an evaluation measures, as the command line names it, and its back end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iacrl.config.of_run import load_config_of_run
from iacrl.config.recipes import NOT_NEEDED, Config, apply_override, build_config, load_config
from iacrl.errors import UserError, did_you_mean
from iacrl.evaluation.asked import Asked
from iacrl.evaluation.backends import Backend
from iacrl.evaluation.backends.completions import CompletionsFile
from iacrl.evaluation.figures import DecodingSettings
from iacrl.runs.directory import RunDirectory, run_at
from iacrl.runs.progress import say


@dataclass(frozen=True, slots=True)
class ModelSource:
    """Where completions come from. Without any of these: the base and the finished stages of the recipe's run.

    Attributes:
        model: A hub id, or the directory of a saved model, a finished run or a checkpoint. With `endpoint`, the
            model's name there; with `completions`, the model's label.
        endpoint: The URL of an OpenAI-compatible endpoint.
        completions: A file of completions.
    """

    model: str | None = None
    endpoint: str | None = None
    completions: Path | None = None

    @property
    def run(self) -> RunDirectory | None:
        """The finished run, if `model` is one, or the run of a checkpoint."""
        if self.model is None or self.endpoint is not None or self.completions is not None:
            return None
        return run_at(Path(self.model))

    @property
    def label(self) -> str:
        """The model's name in the figures."""
        if self.completions is not None:
            return self.model or self.completions.stem
        if self.run is not None:
            return f"{self.run.path.resolve().parent.name}-{self.run.label}"
        return self.model or ""


def resolve_config(source: ModelSource, name: str | None, overrides: Sequence[str], *, trust: bool = False) -> Config:
    """Return the configuration of an evaluation.

    Without a recipe it is a run's own configuration, or the defaults. A model that is not a stage of the recipe's run
    gets its own run name, made from the model's; `run.name=NAME` gives another.

    Args:
        trust: Whether code that a run's configuration names may be run; see `iacrl.config.of_run`.

    Raises:
        UserError: The configuration has mistakes, or belongs to a run and names code; or there is neither a recipe nor
            a model.
    """
    if name is not None and source == ModelSource():
        return load_config(name, overrides)
    if source == ModelSource():
        raise UserError("Nothing to measure: name a recipe (--config), a model (--model), or --completions.")
    # Quoted, for an override is YAML: a file may be called 1.jsonl or True.jsonl.
    own = [f"run.name={json.dumps(re.sub(r'[^A-Za-z0-9._-]+', '-', source.label).strip('-._') or 'model')}"]
    run = source.run
    if run is not None and name is None:
        return _written_here(load_config_of_run(run.path, [*own, *overrides], trust=trust), run, overrides)
    if run is None and source.model is not None and source.endpoint is None and source.completions is None:
        path = Path(source.model).expanduser()
        own.append(f"model.id={json.dumps(str(path.resolve()) if path.exists() else source.model)}")
    if name is not None:
        return load_config(name, [*own, *overrides], otherwise=NOT_NEEDED)
    raw: dict[str, Any] = {**NOT_NEEDED, "model": {"id": source.label}, "run": {}}
    return build_config(raw, [*own, *overrides], path=Path("defaults"))


def _written_here(config: Config, run: RunDirectory, overrides: Sequence[str]) -> Config:
    """Return the configuration with the usual `run.dir` if the run names a place elsewhere: it may be from anybody.

    Its own place, where it lies, is fine, and so is a folder of the working directory.
    """
    given: dict[str, Any] = {}
    for one in overrides:
        apply_override(given, one)
    place = config.run.dir
    elsewhere = place.is_absolute() or ".." in place.parts
    if "dir" in (given.get("run") or {}) or not elsewhere or place.resolve() == run.path.resolve().parent.parent:
        return config
    usual = config.run.model_copy(update={"dir": type(config.run).model_fields["dir"].default})
    return config.model_copy(update={"run": usual})


@contextmanager
def open_backend(source: ModelSource, config: Config, asked: Asked) -> Iterator[Backend]:
    """Yield the back end of a source, ready to answer.

    Raises:
        UserError: The model, the endpoint's URL or the file is invalid.
    """
    tasks = list(asked.tasks.values())
    if source.completions is not None:
        yield CompletionsFile(source.completions, source.label, tasks, asked.split)
    elif source.endpoint is not None:
        from iacrl.evaluation.backends.endpoint import Endpoint

        with Endpoint(source.endpoint, source.label, config.eval, seed=config.run.seed) as endpoint:
            yield endpoint
    else:
        from iacrl.evaluation.backends.local import open_local
        from iacrl.runs.directory import finished_stages

        run = source.run
        if run is not None:
            stages = {run.label: run}
        else:
            stages = {} if source.model is not None else finished_stages(config)
            if source.model is None and not stages:
                say(_alone(config))
        yield open_local(config, tasks, stages, base_label="base" if stages or source.model is None else source.label)


def _alone(config: Config) -> str:
    """Return the message for a run without a stage to measure in addition to the base."""
    runs = config.run.dir
    others = [path.name for path in runs.iterdir() if path.name != config.run.name] if runs.is_dir() else []
    near = did_you_mean(config.run.name, others)
    return f"{runs / config.run.name} holds no finished stage: the base model alone is measured.{near}"


def decodings_of(config: Config, backend: Backend) -> tuple[DecodingSettings, ...]:
    """Return how tokens are chosen: as configured, or unknown for a file of completions."""
    if isinstance(backend, CompletionsFile):
        return (DecodingSettings("given", None, backend.samples),)
    settings = {
        "greedy": DecodingSettings("greedy", 0.0, 1),
        "sampled": DecodingSettings("sampled", config.eval.temperature, config.eval.samples),
    }
    return tuple(settings[name] for name in dict.fromkeys(config.eval.decodings))
