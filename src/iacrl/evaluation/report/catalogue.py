"""Every chart of a report, in its order."""

from __future__ import annotations

from collections.abc import Iterator

from iacrl.evaluation.report.charts import Chart
from iacrl.evaluation.report.learning_charts import learning_charts
from iacrl.evaluation.report.result_charts import result_charts, slice_charts
from iacrl.evaluation.report.summary import Summary


def charts_of(summary: Summary) -> Iterator[Chart]:
    """Yield the charts that the runs have values for."""
    yield from result_charts(summary)
    yield from learning_charts(summary)
    yield from slice_charts(summary)
