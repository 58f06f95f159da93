"""Which pods a selector of a text selects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iacrl.domains.document import Entity
from iacrl.domains.kubernetes.rules import names_labels
from iacrl.domains.meaning import same_plain
from iacrl.domains.paths import find_all


def selects(selector: Any, target: Entity) -> bool:
    """Return whether a selector (plain labels or not) selects the pods of `target`; an empty one does not count."""
    if not isinstance(selector, Mapping) or not selector:
        return False
    labels, expressions = selector.get("matchLabels"), selector.get("matchExpressions")
    if not isinstance(labels, Mapping) and not isinstance(expressions, list | tuple):
        labels = selector
    carried = _pod_labels(target)
    return (
        bool(labels or expressions)
        and isinstance(carried, Mapping)
        and (not labels or _carries(carried, labels))
        and names_labels.selects({"matchExpressions": expressions}, carried)
    )


def _pod_labels(target: Entity) -> Any:
    for path in ("spec.template.metadata.labels", "metadata.labels"):
        for _, labels in find_all(target.values, path):
            if labels is not None:
                return labels
    return {}


def _carries(carried: Mapping[str, Any], labels: Any) -> bool:
    return isinstance(labels, Mapping) and all(
        key in carried and same_plain(carried[key], value) for key, value in labels.items()
    )
