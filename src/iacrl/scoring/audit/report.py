"""An audit as text and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from iacrl.scoring.audit.audit import Audit
from iacrl.scoring.audit.findings import FAULTS, AuditFinding
from iacrl.terminal import printable
from iacrl.text import shortened

#: How many findings of a kind the text shows, and how much of a probe.
_SHOWN = 5
_LINES = 6
_WIDTH = 100


def to_json(audit: Audit) -> dict[str, Any]:
    """Return the whole audit as plain data."""
    return {
        "subject": audit.subject,
        "passed": audit.passed,
        "texts": sum(audit.groups.values()),
        "groups": dict(sorted(audit.groups.items())),
        "faults": {fault: _counts(audit)[fault] for fault in FAULTS},
        "findings": [_finding(found) for found in audit.findings],
        "monotone_share": audit.monotone_share,
        "latency_ms": dict(audit.latency_ms),
    }


def _finding(found: AuditFinding) -> dict[str, Any]:
    return {
        "fault": found.fault,
        "task": found.probe.task.id,
        "group": found.probe.group,
        "name": found.probe.name,
        "value": found.value,
        "reason": found.reason,
        "completion": found.probe.completion,
    }


def render(audit: Audit) -> str:
    """Return the audit for a person to read: the counts, the first findings of each kind, a verdict."""
    lines = [f"{audit.subject}: {sum(audit.groups.values())} texts"]
    lines += [f"  {group:<24} {count:5}" for group, count in sorted(audit.groups.items())]
    lines.append("")
    for fault in FAULTS:
        lines.append(f"{fault:<18} {_counts(audit)[fault]:5}")
        for found in [found for found in audit.findings if found.fault == fault][:_SHOWN]:
            lines += _told(found)
    if audit.monotone_share is not None:
        lines.append(f"more clauses met earned more in {audit.monotone_share:.1%} of the pairs of valid texts")
    latency = audit.latency_ms
    lines.append(
        f"a text took {latency['p50']:.2f} ms (p50), {latency['p99']:.2f} ms (p99); of that the rewards "
        f"{latency['rewards_p50']:.3f} and {latency['rewards_p99']:.3f} ms"
    )
    lines.append("passed" if audit.passed else f"FAILED: {len(audit.findings)} findings")
    return "\n".join(lines)


def _counts(audit: Audit) -> Counter[str]:
    return Counter(found.fault for found in audit.findings)


def _told(found: AuditFinding) -> Iterator[str]:
    value = "" if found.value is None else f"{found.value:.3f}  "
    yield printable(f"  {value}{found.probe.group}, {found.probe.name}, for {found.probe.task.id}: {found.reason}")
    text = found.probe.completion.splitlines() or [""]
    for line in text[:_LINES]:
        yield f"      | {shortened(repr(line)[1:-1], _WIDTH)}"
    if len(text) > _LINES:
        yield f"      | … {len(text) - _LINES} more lines"
