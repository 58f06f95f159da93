"""The numbers of a report: what `iacrl report --format json` writes, and the source of every chart, table and card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal

import iacrl
from iacrl.evaluation.figures import Evaluation, PolicyResult
from iacrl.evaluation.report.charts import NEUTRAL
from iacrl.evaluation.report.costs import StageCost, stage_cost
from iacrl.evaluation.report.curves import Curve, curves_of
from iacrl.evaluation.report.outcomes import UnjudgedShare, unjudged_shares
from iacrl.evaluation.report.reading import Run

#: Where a stage's entry is: in its manifest or its configuration.
Entries = Literal["stages", "configs"]

#: Increased when the form changes in a way that breaks older readers.
FORMAT = 1


@dataclass(frozen=True, slots=True)
class RunSummary:
    """The numbers of one run.

    Attributes:
        name: The run's name.
        notes: What is missing or broken, in words.
        stages: Stage to its manifest.
        configs: Stage to its resolved configuration.
        families: Task family to its domain, for the families that were measured.
        curves: Every learning curve.
        evaluation: The content of `eval.json`; None if there is none.
        costs: What each stage took.
        unjudged: The shares of the evaluated completions that were not judged.
    """

    name: str
    notes: tuple[str, ...]
    stages: Mapping[str, Mapping[str, Any]]
    configs: Mapping[str, Mapping[str, Any]]
    families: Mapping[str, str]
    curves: tuple[Curve, ...]
    evaluation: Evaluation | None
    costs: tuple[StageCost, ...] = ()
    unjudged: tuple[UnjudgedShare, ...] = ()

    def curve(self, name: str, stage: str = "grpo") -> Curve | None:
        """Return a curve; None if the run has none of that name."""
        return next((curve for curve in self.curves if (curve.stage, curve.name) == (stage, name)), None)


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of one run, or of two side by side.

    Attributes:
        format: The version of this form, `FORMAT`.
        iacrl: The version that wrote it.
        runs: One or two.
        warnings: Reasons why the two must not be compared.
    """

    format: int
    iacrl: str
    runs: tuple[RunSummary, ...]
    warnings: tuple[str, ...]


def entry(run: RunSummary, stage: str, *path: str, source: Entries = "stages") -> Any:
    """Return one entry of a stage's manifest or configuration; None if there is none."""
    value: Any = (run.stages if source == "stages" else run.configs).get(stage)
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def is_local(model: str, digest: object = None) -> bool:
    """Whether a base model was loaded from files of this machine, so that its name says nothing to others.

    Args:
        digest: The lineage's `base_digest`. A directory such as models/base reads like a hub id; a hub id has a commit.
    """
    if isinstance(digest, str) and digest.startswith("sha256:"):
        return True
    return PurePath(model).is_absolute() or model.startswith((".", "~")) or model.count("/") > 1


def model_name(model: str, digest: object = None) -> str:
    """Return a base model's hub id, or the name of its directory."""
    return PurePath(model).name if is_local(model, digest) else model


def summarize(runs: Sequence[Run]) -> Summary:
    """Return the numbers of the runs."""
    summaries = tuple(_summary(run) for run in runs)
    return Summary(FORMAT, iacrl.__version__, summaries, tuple(_differences(summaries)))


def _summary(run: Run) -> RunSummary:
    completions = {"grpo": run.training_samples, "eval": run.samples}
    return RunSummary(
        name=run.name,
        notes=run.notes,
        stages={name: stage.manifest for name, stage in run.stages.items()},
        configs={name: stage.config for name, stage in run.stages.items()},
        families={sample.family: sample.domain for sample in run.samples if sample.family},
        curves=curves_of(run),
        evaluation=run.evaluation,
        costs=tuple(
            stage_cost(name, stage.manifest, stage.metrics, completions.get(name, ()))
            for name, stage in run.stages.items()
        ),
        unjudged=unjudged_shares((*run.samples, *run.trivial)),
    )


def _differences(runs: Sequence[RunSummary]) -> list[str]:
    """Return why the rates of the runs must not be compared."""
    protocols = [run.evaluation.protocol for run in runs if run.evaluation is not None]
    if len(protocols) < 2:
        return []
    first, second = protocols
    found = {
        "the tasks": first.tasks != second.tasks,
        "the form of the prompt": first.prompt != second.prompt,
        "the extractor": first.extractor != second.extractor,
        "the rubric": (first.rubric, first.gates) != (second.rubric, second.gates),
        "the options of the domains": first.options != second.options,
        "the decodings": first.decodings != second.decodings,
    }
    names = " and ".join(run.name for run in runs)
    return [
        f"{names} differ in {what}: their rates must not be compared." for what, differs in found.items() if differs
    ]


def label_of(run: RunSummary, policy: str, summary: Summary) -> str:
    """Return a policy's name, with the name of its run if there are two runs."""
    return policy if len(summary.runs) == 1 else f"{run.name} · {policy}"


def hues_of(summary: Summary) -> dict[str, int]:
    """Return the colour of each model, the same in all charts."""
    labels = dict.fromkeys(policy.label for _, evaluation in _evaluations(summary) for policy in evaluation.policies)
    return {label: number for number, label in enumerate(labels)}


def _evaluations(summary: Summary) -> Iterator[tuple[RunSummary, Evaluation]]:
    for run in summary.runs:
        if run.evaluation is not None:
            yield run, run.evaluation


def results_of(summary: Summary) -> Iterator[tuple[RunSummary, PolicyResult]]:
    """Yield the models, then the trivial policies of the first run, which are the same in the second."""
    found = [(run, evaluation.results) for run, evaluation in _evaluations(summary)]
    yield from ((run, result) for run, results in found for result in results if not result.trivial)
    yield from ((run, result) for run, results in found[:1] for result in results if result.trivial)


def row_label(run: RunSummary, result: PolicyResult, summary: Summary) -> str:
    """Return the name of a policy with one decoding."""
    return f"{result.policy} (trivial)" if result.trivial else label_of(run, result.label, summary)


def hue_of(result: PolicyResult, hues: dict[str, int]) -> int:
    """Return the colour of a policy; `hues` comes from `hues_of`."""
    return NEUTRAL if result.trivial else hues.get(result.policy, 0)
