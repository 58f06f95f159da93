"""Rewards of Acme. The entry point in pyproject.toml makes them known to iacrl by name."""

from __future__ import annotations

from collections.abc import Mapping

import iacrl

#: Every resource of Acme that takes tags has these.
REQUIRED = ("Team", "CostCentre")


@iacrl.reward
def tagged(task: iacrl.Task, verdict: iacrl.Judgement) -> float | None:
    """The share of required tags that the buckets and queues have. Abstains if there are none."""
    if verdict.document is None:
        return 0.0
    kinds = ("aws_s3_bucket", "aws_sqs_queue")
    found = [entity for entity in verdict.document.entities if entity.kind in kinds]
    if not found:
        return None
    tags = [entity.values.get("tags") for entity in found]
    present = sum(name in each for each in tags if isinstance(each, Mapping) for name in REQUIRED)
    return present / (len(REQUIRED) * len(found))
