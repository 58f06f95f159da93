"""Which pods a selector of a text selects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from iacrl.domains.document import Entity
from iacrl.domains.kubernetes.rules import names_labels
from iacrl.domains.kubernetes.rules.common import entries
from iacrl.domains.kubernetes.structure import POD_SPECS
from iacrl.domains.meaning import same_plain
from iacrl.domains.paths import find_all


def selects(selector: Any, target: Entity) -> bool:
    """Return whether a selector (plain labels or not) selects the pods of `target`; an empty one does not count."""
    labels, expressions = _parts(selector)
    carried = _pod_labels(target)
    return (
        bool(labels or expressions)
        and isinstance(carried, Mapping)
        and (not labels or _carries(carried, labels))
        and names_labels.selects({"matchExpressions": expressions}, carried)
    )


def selects_only(selector: Any, target: Entity, entities: Sequence[Entity]) -> bool:
    """Return whether a selector selects the pods of `target`, by a label of theirs, and of no other object of the text.

    Without the value of a label (`Exists`, `NotIn`, several values), it selects whatever else runs there.
    """
    return (
        selects(selector, target)
        and _names_a_value(selector)
        and not any(
            one.kind in POD_SPECS and not _is_same(one, target) and _shares_namespace(one, target)
            and selects(selector, one)
            for one in entities
        )
    )  # fmt: skip


def _parts(selector: Any) -> tuple[Any, Any]:
    """Return the labels and the expressions of a selector; that of a Service is plain labels."""
    if not isinstance(selector, Mapping):
        return None, None
    labels, expressions = selector.get("matchLabels"), selector.get("matchExpressions")
    if not isinstance(labels, Mapping) and not isinstance(expressions, list | tuple):
        labels = selector
    return labels, expressions


def _names_a_value(selector: Any) -> bool:
    labels, expressions = _parts(selector)
    return bool(labels) or any(
        each["operator"] == "In" and len(each["values"]) == 1 for _, each in entries(expressions)
    )


def _is_same(one: Entity, other: Entity) -> bool:
    return (one.kind, one.name) == (other.kind, other.name)


def _shares_namespace(one: Entity, other: Entity) -> bool:
    return _namespace(one) == _namespace(other)


def _namespace(entity: Entity) -> str:
    return next((str(found) for _, found in find_all(entity.values, "metadata.namespace") if found), "default")


def _pod_labels(target: Entity) -> Any:
    template = ".".join((*POD_SPECS.get(target.kind, ("spec", "template", "spec"))[:-1], "metadata.labels"))
    for path in (template, "metadata.labels"):
        for _, labels in find_all(target.values, path):
            if labels is not None:
                return labels
    return {}


def _carries(carried: Mapping[str, Any], labels: Any) -> bool:
    return isinstance(labels, Mapping) and all(
        key in carried and same_plain(carried[key], value) for key, value in labels.items()
    )
