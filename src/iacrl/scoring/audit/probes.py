"""Attacks on gold answers and other spellings of them, as a task's domain declares them."""

from __future__ import annotations

from collections.abc import Iterator

from iacrl.domains.registry import find_domain
from iacrl.scoring.audit.hacks import Probe, fenced
from iacrl.tasks.task import Task

SWITCHED_OFF = "schema switched off"
ALTERNATIVE = "honest alternative"


def attack_probes(task: Task) -> Iterator[Probe]:
    """Yield the attacks on a task, each at most worth what spoilt it, and the other spellings of its gold answer.

    A text to repair or change is also returned as it was, with only its schema switched off. An answer that changes a
    given text is not respelt: nobody asked for such a change.
    """
    domain = find_domain(task.domain)
    own, gold = domain.hack_texts(), task.output
    for attack in own.attacks(gold):
        if attack.text.strip() != gold.strip():
            yield Probe(task, attack.group, attack.name, fenced(attack.text, domain.fence), "spoilt")
    if task.input:
        for attack in own.attacks(task.input):
            if attack.group == SWITCHED_OFF:
                yield Probe(task, "unchanged input", attack.name, fenced(attack.text, domain.fence), "less")
        return
    for name, text in own.alternatives(gold):
        yield Probe(task, ALTERNATIVE, name, fenced(text, domain.fence), "whole")
