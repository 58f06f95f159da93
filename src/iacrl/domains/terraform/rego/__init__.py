"""Rego policies over Terraform plans, or over any other JSON document.

    with iacrl.TerraformEngine() as engine:
        plan = engine.plan(text)
    if plan.json is not None and iacrl.domains.terraform.rego.holds(policy, plan.json): ...

Policies are of either syntax (`allow { ... }` or `allow if { ... }`). They are evaluated by regopy, which needs no OPA.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from iacrl.errors import UserError
from iacrl.extras import require

__all__ = ["PolicyError", "evaluate", "holds"]

#: Seconds. The policies of published benchmarks take a few hundredths.
TIMEOUT_S = 10.0

#: Rules that list what is wrong, by the convention of conftest and Gatekeeper.
_COMPLAINTS = frozenset(("deny", "violation"))


class PolicyError(UserError):
    """The policy itself cannot be evaluated: it says nothing about the document."""


def evaluate(policy: str, document: Any, *, query: str = "data", timeout_s: float = TIMEOUT_S) -> Any:
    """Return the value of a query, as JSON data: by default every package with the values of its rules.

    Args:
        policy: The source of one Rego module.
        document: What the policy sees as `input`.
        timeout_s: Seconds after which the evaluation is killed.

    Raises:
        PolicyError: The policy does not parse or fails to evaluate, or takes too long.
        UserError: regopy is not installed.
    """
    require("A policy", "rego", ("regopy",))
    request = json.dumps({"policy": policy, "document": document, "query": query})
    worker = Path(__file__).with_name("rego_worker.py")
    try:
        run = subprocess.run(
            [sys.executable, "-I", str(worker)],
            input=request.encode(),
            capture_output=True,
            timeout=timeout_s,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PolicyError(f"The policy was not evaluated within {timeout_s:g} s.") from None
    said = run.stderr.decode(errors="replace").strip()
    try:
        answer = json.loads(run.stdout)
    except ValueError:
        raise PolicyError(f"The policy ended its evaluation (status {run.returncode}): {said[-2000:]}") from None
    if "error" in answer:
        raise PolicyError(f"The policy cannot be evaluated: {said or answer['error']}")
    return answer["value"]


def holds(policy: str, document: Any, *, timeout_s: float = TIMEOUT_S) -> bool:
    """Return whether a document satisfies a policy.

    It does when no rule of the policy is false, no `deny` or `violation` lists anything, and anything is defined at
    all: a rule that is undefined, as `allow` is without a default, allows nothing.

    Raises:
        PolicyError: See `evaluate`.
    """
    value = evaluate(policy, document, timeout_s=timeout_s)
    leaves = list(_leaves(value))
    complained = any(name in _COMPLAINTS and leaf is not None for name, leaf in leaves)
    return bool(leaves) and not complained and not any(leaf is False for _, leaf in leaves)


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every plain value in nested data with the name of the rule that it belongs to.

    A rule that lists nothing yields None: it is defined.
    """
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, name if name in _COMPLAINTS else key)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, name)
    else:
        yield name, value
    if name in _COMPLAINTS and not value and value is not False:
        yield name, None
