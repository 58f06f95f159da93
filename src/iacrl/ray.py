"""Judging the rows of a Ray data set: `dataset.map_batches(iacrl.ray.Validator, concurrency=8)`.

It needs `pip install 'iacrl[ray]'`. Each actor loads the validators once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from iacrl.domains.base import Options
from iacrl.errors import UserError
from iacrl.sources.bulk import RowJudge
from iacrl.sources.judged import fast_judges


class Validator:
    """A callable class for `ray.data.Dataset.map_batches`.

    Args:
        strict: Treat warnings as errors.
        options: The options of the domains, such as `{"kubernetes": {"version": "1.33"}}`.

    Raises:
        UserError: A domain does not have this option, or not this value of it.
    """

    def __init__(self, strict: bool = False, options: Mapping[str, Options] | None = None) -> None:
        self._rows = RowJudge(fast_judges(options or {}), strict)

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Return a batch with the verdicts on its texts.

        Args:
            batch: Columns `id`, `domain` and `text`, and any others.

        Returns:
            The batch with the columns `valid` (bool), `codes` (of the findings, separated by spaces) and `verdict`
            (JSON, a row as `iacrl validate --jsonl` writes it).

        Raises:
            UserError: A column is missing, or the domain of a row is unknown.
        """
        rows = zip(*(_plain(batch, name) for name in ("id", "domain", "text")), strict=True)
        judged = [
            self._rows.judge({"id": identity, "domain": domain, "text": text}, f"row {identity!r}")
            for identity, domain, text in rows
        ]
        return {
            **batch,
            "valid": [valid for _, valid in judged],
            "codes": [" ".join(finding["code"] for finding in row["diagnostics"]) for row, _ in judged],
            "verdict": [json.dumps(row) for row, _ in judged],
        }


def _plain(batch: Mapping[str, Any], name: str) -> list[Any]:
    """Return a column as Python's own values: JSON cannot hold numpy numbers."""
    if name not in batch:
        raise UserError(f"The data set has no column {name!r}; it needs `id`, `domain` and `text`.")
    column = batch[name]
    return list(column.tolist() if hasattr(column, "tolist") else column)
