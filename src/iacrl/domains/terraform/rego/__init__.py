"""Rego policies over Terraform plans, or over any other JSON document.

    with iacrl.TerraformEngine() as engine:
        plan = engine.plan(text)
    if plan.json is not None and iacrl.domains.terraform.rego.holds(policy, plan.json): ...

Policies may use either syntax (`allow { ... }` or `allow if { ... }`). regopy evaluates them, without OPA.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from iacrl.errors import UserError
from iacrl.extras import require

__all__ = ["PolicyError", "evaluate", "holds"]

#: Seconds. Policies of published benchmarks take a few hundredths.
TIMEOUT_S = 10.0

#: MiB. Those policies take less than 50.
MEMORY_MB = 512

#: Seconds between two checks of a policy's usage, and its clock limit in multiples of its processor time limit.
_LOOK_S, _PATIENCE = 0.05, 20.0

#: Rules that list violations, by the convention of conftest and Gatekeeper.
_COMPLAINTS = frozenset(("deny", "violation"))


class PolicyError(UserError):
    """The policy itself cannot be evaluated. This says nothing about the document."""


def evaluate(
    policy: str,
    document: Any,
    *,
    query: str = "data",
    timeout_s: float = TIMEOUT_S,
    memory_mb: int = MEMORY_MB,
) -> Any:
    """Return the value of a query as JSON data; by default every package with the values of its rules.

    Args:
        policy: The source of one Rego module.
        document: What the policy sees as `input`.
        timeout_s: Seconds of processor time after which the evaluation is killed. On systems that do not report it
            (other than Linux), seconds by the clock.
        memory_mb: Memory in MiB that it may use (enforced on Linux).

    Raises:
        PolicyError: The policy does not parse or fails to evaluate, or takes too long or too much memory.
        UserError: regopy is not installed.
    """
    require("A policy", "rego", ("regopy",))
    request = json.dumps({"policy": policy, "document": document, "query": query})
    worker = Path(__file__).with_name("rego_worker.py")
    process = subprocess.Popen(
        [sys.executable, "-I", str(worker)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={},
    )
    with process:
        try:
            output, told = _communicate(process, request.encode(), timeout_s, memory_mb)
        finally:
            process.kill()
    said = told.decode(errors="replace").strip()
    try:
        answer = json.loads(output)
    except ValueError:
        raise PolicyError(f"The policy ended its evaluation (status {process.returncode}): {said[-2000:]}") from None
    if "error" in answer:
        raise PolicyError(f"The policy cannot be evaluated: {said or answer['error']}")
    return answer["value"]


def _communicate(
    process: subprocess.Popen[bytes], request: bytes, timeout_s: float, memory_mb: int
) -> tuple[bytes, bytes]:
    """Return what the process writes to its standard output and error, unless it exceeds a limit.

    The interpreter reserves so much address space that a system limit would not work.
    """
    started = time.monotonic()
    unsent: bytes | None = request
    while True:
        try:
            return process.communicate(unsent, timeout=_LOOK_S)
        except subprocess.TimeoutExpired:
            unsent = None  # it is about to exit
            elapsed = time.monotonic() - started
            spent_s, resident = _usage_of(process.pid) or (elapsed, 0)
            if spent_s > timeout_s or elapsed > timeout_s * _PATIENCE:
                raise PolicyError(f"The policy was not evaluated within {timeout_s:g} s.") from None
            if resident > memory_mb << 20:
                raise PolicyError(f"The policy needs more than {memory_mb} MiB of memory.") from None


def _usage_of(pid: int) -> tuple[float, int] | None:
    """Return the seconds of processor time and the bytes that a process uses; None if the system does not say."""
    try:
        times = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return None
    return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK"), int(pages) * os.sysconf("SC_PAGE_SIZE")


def holds(policy: str, document: Any, *, timeout_s: float = TIMEOUT_S) -> bool:
    """Return whether a document satisfies a policy.

    It does if no rule of the policy is false, no `deny` or `violation` lists anything, and at least one rule is
    defined. An undefined rule, such as `allow` without a default, allows nothing.

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
