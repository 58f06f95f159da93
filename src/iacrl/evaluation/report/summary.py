"""The numbers of a report: the content of `iacrl report --json`, and what every chart, table and card is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import iacrl
from iacrl.evaluation.figures import Evaluation
from iacrl.evaluation.report.curves import Curve, curves_of
from iacrl.evaluation.report.reading import Run

#: Raised when the form changes so that older readers would go wrong.
FORMAT = 1


@dataclass(frozen=True, slots=True)
class RunSummary:
    """The numbers of one run.

    Attributes:
        name: The run's name.
        notes: What is missing or broken, in words.
        stages: Stage to its manifest.
        families: Task family to its domain, for the families that were measured.
        curves: Every learning curve.
        evaluation: The content of `eval.json`; None where there is none.
    """

    name: str
    notes: tuple[str, ...]
    stages: Mapping[str, Mapping[str, Any]]
    families: Mapping[str, str]
    curves: tuple[Curve, ...]
    evaluation: Evaluation | None

    def curve(self, name: str, stage: str = "grpo") -> Curve | None:
        """Return a curve; None where the run has none of that name."""
        return next((curve for curve in self.curves if (curve.stage, curve.name) == (stage, name)), None)


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of one run, or of two side by side.

    Attributes:
        format: Of this form, `FORMAT`.
        iacrl: Version that wrote it.
        runs: One or two.
        warnings: Why the two must not be compared, in words.
    """

    format: int
    iacrl: str
    runs: tuple[RunSummary, ...]
    warnings: tuple[str, ...]


def summarize(runs: Sequence[Run]) -> Summary:
    """Return the numbers of the runs."""
    summaries = tuple(
        RunSummary(
            name=run.name,
            notes=run.notes,
            stages={name: stage.manifest for name, stage in run.stages.items()},
            families={sample.family: sample.domain for sample in run.samples if sample.family},
            curves=curves_of(run),
            evaluation=run.evaluation,
        )
        for run in runs
    )
    return Summary(FORMAT, iacrl.__version__, summaries, tuple(_differences(summaries)))


def _differences(runs: Sequence[RunSummary]) -> list[str]:
    """Return why the rates of the runs must not be held against each other."""
    protocols = [run.evaluation.protocol for run in runs if run.evaluation is not None]
    if len(protocols) < 2:
        return []
    first, second = protocols
    found = {
        "the tasks": first.tasks != second.tasks,
        "the form of the prompt": first.prompt != second.prompt,
        "the extractor": first.extractor != second.extractor,
        "the Kubernetes version": first.kubernetes_version != second.kubernetes_version,
        "the decodings": first.decodings != second.decodings,
    }
    names = " and ".join(run.name for run in runs)
    return [f"{names} differ in {what}: their rates must not be compared." for what, differs in found.items() if differs]
