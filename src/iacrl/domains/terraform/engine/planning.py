"""A plan for people: what the real program would create, with one line for each resource."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from iacrl.domains.programs import Planned
from iacrl.domains.terraform.engine.engine import TerraformEngine


def plan(source: str | Path, program: str | None) -> Planned:
    """Plan the creation of everything in a text or in a module's directory.

    Raises:
        UserError: The program is missing, or the path is not a module's directory.
    """
    with TerraformEngine(program) as engine:
        made = engine.plan(source)
    return Planned(made.verdict, made.json, () if made.json is None else tuple(_summary(made.json)))


def _summary(plan: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each resource that changes, with the number of its values that are unknown until apply."""
    actions: Counter[str] = Counter()
    for one in plan.get("resource_changes", ()):
        action = " and ".join(one["change"]["actions"])
        actions[action] += 1
        unknown = sum(value is True for value in (one["change"].get("after_unknown") or {}).values())
        yield f"{action:8} {one['address']}" + (f" ({unknown} known after apply)" if unknown else "")
    total = ", ".join(f"{count} to {action}" for action, count in actions.items()) or "nothing to do"
    yield f"Plan: {total}."
