"""Running an audit: every probe goes through the runtime twice, then the findings are made."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from iacrl.errors import UserError
from iacrl.scoring.audit.findings import (
    AuditFinding,
    Facts,
    Result,
    changed,
    monotone_share,
    reward_findings,
    rubric_findings,
    unjudged,
)
from iacrl.scoring.audit.hacks import Probe, probes
from iacrl.scoring.audit.probes import attack_probes
from iacrl.scoring.judge import judge
from iacrl.scoring.rubric import Rubric
from iacrl.scoring.runtime import Limits, Outcome, Runtime
from iacrl.scoring.substance import declares
from iacrl.tasks.task import Task
from iacrl.tasks.task_files import domains_with_tasks, load_tasks

#: Tasks of each domain, each from another family: tasks that ask for something new, and tasks that change a text.
_WRITING = 4
_CHANGING = 2
#: How many other tasks' gold answers are tried on each.
_OTHERS = 5

#: The audit itself reports what fails, so nothing stops it. A busy machine is not a reward's fault.
LIMITS = Limits(deadline_s=30.0, max_failed=1.0)
#: How many texts go out at a time, few at first; and how many slow texts end an audit.
_FIRST, _REST = 8, 64
_PATIENCE = 8


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found.

    Attributes:
        subject: The reward's name or file, or `rubric`.
        groups: How many texts of each group were tried.
        findings: Every fault.
        monotone_share: The share of pairs of valid texts in which the one that meets more clauses earns more.
        latency_ms: `p50` and `p99` of judging one text: everything, and the rewards alone.
    """

    subject: str
    groups: Mapping[str, int]
    findings: tuple[AuditFinding, ...]
    monotone_share: float | None
    latency_ms: Mapping[str, float]

    @property
    def passed(self) -> bool:
        """True when no fault was found."""
        return not self.findings


def audit_tasks() -> list[Task]:
    """Return the tasks to audit: shipped ones, spread over the families of every domain that has any."""
    chosen: list[Task] = []
    for domain in domains_with_tasks():
        first = [task for task in attacked_tasks() if task.domain == domain]
        writing = [task for task in first if not task.input]
        changing = [task for task in first if task.input]
        chosen += [*_spread(writing, _WRITING), *_spread(changing, _CHANGING)]
    return chosen


def attacked_tasks() -> list[Task]:
    """Return the tasks whose answers are attacked and respelt: the first shipped one of each family."""
    families: dict[tuple[str, str], Task] = {}
    for task in shipped_tasks():
        families.setdefault((task.domain, task.family), task)
    return list(families.values())


def shipped_tasks() -> list[Task]:
    """Return every shipped test task of every domain."""
    return [task for domain in domains_with_tasks() for task in load_tasks(domain, split="test")]


def _spread(some: Sequence[Task], count: int) -> list[Task]:
    return [some[number * len(some) // count] for number in range(count)]


def corpus(tasks: Sequence[Task], attacked: Sequence[Task] = ()) -> list[Probe]:
    """Return every probe; of identical probes for one task, only the first.

    Args:
        tasks: The tasks for which the texts of `hacks` are made.
        attacked: The tasks whose answers are attacked and respelt.
    """
    found: dict[tuple[str, str], Probe] = {}
    for task in tasks:
        others = [other for other in tasks if other.domain == task.domain and other.family != task.family][:_OTHERS]
        for probe in probes(task, others):
            found.setdefault((task.id, probe.completion), probe)
    for probe in (probe for task in attacked for probe in attack_probes(task)):
        found.setdefault((probe.task.id, probe.completion), probe)
    return list(found.values())


def run_audit(
    subject: str,
    rubric: Rubric,
    *,
    tasks: Sequence[Task] | None = None,
    single: bool = False,
    thorough: bool = False,
    limits: Limits = LIMITS,
) -> Audit:
    """Audit a rubric, or one reward.

    Args:
        subject: What the report calls it.
        rubric: What is audited. For a single reward: the rubric with this reward alone, behind its usual gate.
        tasks: The tasks to try it on. When None, shipped ones: `audit_tasks`, and `attacked_tasks` for the attacks.
        single: Judge by the criteria for a single reward (see `findings`). Attacks on answers do not count there.
        thorough: If no tasks are given, try it on every shipped test task, which takes minutes.
        limits: What judging one text may take; `Limits` has the units.

    Raises:
        UserError: Many texts took longer than the limit.
    """
    if tasks is None:
        some, attacked = (shipped_tasks(),) * 2 if thorough else (audit_tasks(), attacked_tasks())
    else:
        some = attacked = list(tasks)
    corpus_ = corpus(some, () if single else attacked)
    first = _score(subject, corpus_, rubric, limits)
    again = _score(subject, corpus_[::-1], rubric, replace(limits, workers=1))
    results = [
        Result(probe, _facts(probe), outcome, _value(outcome, single))
        for probe, outcome in zip(corpus_, first, strict=True)
    ]
    findings = [*(reward_findings if single else rubric_findings)(results)]
    findings += [*unjudged(results), *changed(results, again[::-1])]
    spent = [outcome.seconds for outcome in first if outcome.kind == "judged"]
    whole = [sum(seconds.values()) * 1000 for seconds in spent]
    rewards = [sum(value for name, value in seconds.items() if name != "judge") * 1000 for seconds in spent]
    return Audit(
        subject,
        Counter(probe.group for probe in corpus_),
        tuple(findings),
        monotone_share(results),
        {
            "p50": _quantile(whole, 0.5),
            "p99": _quantile(whole, 0.99),
            "rewards_p50": _quantile(rewards, 0.5),
            "rewards_p99": _quantile(rewards, 0.99),
        },
    )


def _score(subject: str, some: Sequence[Probe], rubric: Rubric, limits: Limits) -> list[Outcome]:
    outcomes: list[Outcome] = []
    stuck: list[str] = []
    with Runtime(rubric, limits) as runtime:
        while len(outcomes) < len(some):
            part = some[len(outcomes) :][: _REST if outcomes else _FIRST]
            batch = runtime.score_batch([probe.completion for probe in part], [probe.task for probe in part])
            outcomes += batch.outcomes
            if batch.seconds > limits.deadline_s:
                stuck += [outcome.error for outcome in batch.outcomes if outcome.kind != "judged"]
            if len(stuck) >= _PATIENCE:
                raise UserError(
                    f"Gave up on {subject}: {len(stuck)} of the first {len(outcomes)} texts could not be judged within "
                    f"{limits.deadline_s:g} s. The first: {stuck[0]}. In training a text has rewards.deadline_s."
                )
    return outcomes


def _facts(probe: Probe) -> Facts:
    verdict = judge(probe.completion, probe.task)
    real = declares(verdict)
    clauses = verdict.intent.checked if verdict.intent is not None else ()
    met = frozenset(number for number, clause in enumerate(clauses) if clause.met)
    return Facts("syntax" in verdict.layers and real, verdict.valid and real, met, "intent" in verdict.layers)


def _value(outcome: Outcome, single: bool) -> float | None:
    """Return the total. For a single reward: its value behind its gate, or None if it abstained."""
    if single and None in outcome.parts.values():
        return None
    return outcome.total if outcome.kind == "judged" else None


def _quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0
