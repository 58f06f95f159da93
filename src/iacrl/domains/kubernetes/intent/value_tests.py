"""The value tests that only some domains have.

Intents about Kubernetes also have:

    quantity      a quantity of the same size: `1Gi` is `1024Mi`, `500m` is `0.5`
    selects       a label selector that the pods (or the pod template) of that alias carry, and no other object's
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iacrl.domains.base import Bound, DomainTest
from iacrl.domains.kubernetes.intent.selectors import selects_only
from iacrl.domains.quantities import QUANTITY


def _selects(value: Any, alias: str, bound: Bound) -> bool:
    target = bound.chosen.get(alias)
    return target is not None and selects_only(value, target, bound.entities)


_SELECTS = DomainTest(_selects, fault="{value} does not select {argument}", of_alias=True)

VALUE_TESTS: Mapping[str, DomainTest] = {"quantity": QUANTITY, "selects": _SELECTS}
