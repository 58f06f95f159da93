"""What the files of a run say about it: one record for each trained stage, and for each other measured model.

A run may be from anybody. Its files are read as data with limits, and nothing that they name is loaded or executed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from iacrl.errors import UserError
from iacrl.evaluation.figures import Estimate, Evaluation, PolicyResult, parse_evaluation
from iacrl.evaluation.run_store import MANIFEST, RunStore
from iacrl.files import load_json, parse_json, require_object
from iacrl.scoring.samples import DecodingName
from iacrl.yaml_text import read_yaml

#: The sections of a recipe that decide a stage. A seed and a place are in none of them.
_DECISIVE = {
    "sft": ("model", "lora", "data", "sft"),
    "grpo": ("model", "lora", "data", "domains", "sft", "grpo", "rewards"),
    "eval": ("model",),
}

#: The names of the figures, as `iacrl runs best --by` takes them.
MEASURES = ("pass@1", "valid", "score")


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one policy with one decoding.

    Attributes:
        protocol: Digest of what was asked and how it was judged. Only figures with the same digest can be compared.
        tasks: Digest of the tasks alone.
        figures: `pass@1`, `valid` and `score`, each with its 95 % interval.
    """

    decoding: DecodingName
    protocol: str
    tasks: str
    figures: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One trained stage, or one measured model that is not a stage of the same run.

    Attributes:
        name: The run's folder, relative to the root.
        stage: `sft` or `grpo`; for another measured model, its label.
        status: `complete`, `running`, `failed`, `interrupted` or another word of the manifest.
        started: Date and time in UTC, as in the manifest; empty if unknown.
        base: The base model's id, or the name of its directory; empty if unknown.
        parent: The run and stage that it continues; empty if there is none.
        steps: Optimizer steps that were logged; None if unknown.
        recipe: Digest of the settings that decide the result, without the seed; empty if they cannot be read.
        adapter: Digest of the adapter; empty if there is none.
        settings: Those settings, by their full names.
        measured: The figures, one entry for each decoding.
    """

    name: str
    stage: str
    status: str
    started: str
    seed: int | None
    base: str
    parent: str
    steps: int | None
    recipe: str
    adapter: str
    settings: Mapping[str, Any]
    measured: tuple[Measured, ...] = field(default=())

    @property
    def label(self) -> str:
        """The run with its stage, such as `tiny-cpu/grpo`."""
        return f"{self.name}/{self.stage}" if self.name else self.stage

    def figures(self, decoding: str) -> Measured | None:
        """Return the figures with a decoding; those of a file of completions, whose decoding is unknown, always."""
        return next((one for one in self.measured if one.decoding in (decoding, "given")), None)


def read_records(store: RunStore) -> tuple[list[RunRecord], list[str]]:
    """Return the records of all runs in a store, oldest first, and what could not be read, in words."""
    notes: list[str] = []
    stages: list[RunRecord] = []
    evaluations: list[tuple[RunRecord, Evaluation]] = []
    for folder in store.stages:
        try:
            record = _record(store, folder)
            if record.stage == "eval":
                evaluations += [(record, found) for found in _evaluation(store, folder)]
            else:
                stages.append(record)
        except (UserError, OSError) as error:
            notes.append(f"{folder}: left out, for it cannot be read: {str(error).rstrip('.')}.")
    found = [_with_figures(record, evaluations) for record in _with_parents(stages)]
    adapters = {record.adapter for record in stages if record.adapter}
    for record, evaluation in evaluations:
        found += _others(record, evaluation, adapters)
    return sorted(found, key=lambda record: (record.started, record.label)), notes


def _record(store: RunStore, folder: str) -> RunRecord:
    manifest = require_object(parse_json(store.read(_in(folder, MANIFEST)), Path(MANIFEST)), MANIFEST)
    stage = _text(manifest, "stage")
    settings: dict[str, Any] = {}
    if stage in _DECISIVE:
        try:
            config = read_yaml(store.read(_in(folder, "config.yaml")), "config.yaml")
        except FileNotFoundError:
            config = {}
        settings = dict(_decisive(_plain(config) if isinstance(config, dict) else {}, stage))
    place = PurePosixPath(folder)
    base = _text(manifest, "lineage", "base_model") or str(settings.get("model.id") or "")
    seed = manifest.get("seed")
    return RunRecord(
        name="" if str(place.parent) == "." else str(place.parent),
        stage=stage or place.name,
        status=_text(manifest, "status"),
        started=_text(manifest, "started"),
        seed=seed if isinstance(seed, int) else None,
        base=PurePosixPath(base).name if base.startswith(("/", ".")) else base,
        parent=_text(manifest, "parent", "adapter_digest"),
        steps=_steps(store, folder),
        recipe=_digest(settings) if settings else "",
        adapter=_text(manifest, "adapter_digest"),
        settings=settings,
    )


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Return what YAML holds as JSON can hold it: keys may be dates in YAML, and values bytes or sets."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | set):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _in(folder: str, name: str) -> str:
    return name if folder == "." else f"{folder}/{name}"


def _text(manifest: Mapping[str, Any], *path: str) -> str:
    value: Any = manifest
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""


def _decisive(config: Mapping[str, Any], stage: str) -> Iterator[tuple[str, Any]]:
    """Yield the decisive settings by their full names."""
    for section in _DECISIVE[stage]:
        values = config.get(section)
        for key, value in values.items() if isinstance(values, dict) else ():
            yield f"{section}.{key}", value


def _steps(store: RunStore, folder: str) -> int | None:
    """Return the last logged step; a last line that was cut off does not count."""
    try:
        lines = store.read(_in(folder, "metrics.jsonl")).splitlines()
    except (FileNotFoundError, UserError):
        return None
    for line in reversed(lines):
        try:
            step = load_json(line)["step"]
        except (ValueError, TypeError, KeyError, RecursionError):
            continue
        return step if isinstance(step, int) else None
    return None


def _evaluation(store: RunStore, folder: str) -> list[Evaluation]:
    """Return the figures of an evaluation; none if it is not finished."""
    try:
        return [parse_evaluation(store.read(_in(folder, "eval.json")), Path(folder) / "eval.json")]
    except FileNotFoundError:
        return []


def _with_parents(records: Sequence[RunRecord]) -> Iterator[RunRecord]:
    """Yield the records with their parents' names; a parent that is not here is named by its digest."""
    names = {record.adapter: record.label for record in records if record.adapter}
    for record in records:
        digest = record.parent.removeprefix("sha256:")[:12]
        yield replace(record, parent=names.get(record.parent, digest))


def _with_figures(record: RunRecord, evaluations: Sequence[tuple[RunRecord, Evaluation]]) -> RunRecord:
    """Return a stage with the newest figures of exactly its adapter in each decoding."""
    found: dict[DecodingName, Measured] = {}
    for _, evaluation in sorted(evaluations, key=lambda pair: pair[0].started):
        for policy in evaluation.policies:
            if record.adapter and policy.identity.get("adapter") == record.adapter:
                found |= {one.decoding: one for one in _figures(evaluation, policy.label)}
    return replace(record, measured=tuple(found.values()))


def _others(record: RunRecord, evaluation: Evaluation, adapters: set[str]) -> Iterator[RunRecord]:
    """Yield the measured models that are no stage in the store: bases, endpoints, files of completions."""
    for policy in evaluation.policies:
        if policy.identity.get("adapter") not in adapters:
            figures = tuple(_figures(evaluation, policy.label))
            yield replace(record, stage=policy.label, status="measured", parent="", measured=figures)


def _figures(evaluation: Evaluation, label: str) -> Iterator[Measured]:
    asked = evaluation.protocol
    judged = (asked.tasks, asked.prompt, asked.extractor, asked.rubric, asked.gates, asked.options)
    digest = _digest(judged)
    for result in evaluation.results:
        if result.policy == label and not result.trivial:
            yield Measured(result.decoding, digest, asked.tasks, _measures(result))


def _measures(result: PolicyResult) -> dict[str, Estimate]:
    overall = result.rates()
    return dict(zip(MEASURES, (overall.passed[1], overall.valid[1], overall.score), strict=True))
