"""What a chosen entity does beyond what was asked for: the part of `nothing_else` that is within entities.

A label, a probe or a tag that nobody asked for is a matter of taste. A second container, another rule of a role or
statement of a policy, a suspended job and a command that runs where Terraform does are not: they do something else,
or undo what was asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from iacrl.domains.document import Entity, Expression
from iacrl.domains.kubernetes.objects import POD_SPECS
from iacrl.domains.paths import Step, find_all, parse_path
from iacrl.intent.evaluate import Bound, Steps, is_list, refusal
from iacrl.intent.language import ListClauses, Wanted
from iacrl.intent.places import find_places
from iacrl.intent.value_tests import show


class Extra(NamedTuple):
    """Something that nothing asked for: what it is, in words, and where."""

    reason: str
    steps: Steps


def find_extra(wanted: Wanted, entity: Entity, bound: Bound) -> Extra | None:
    """Return the first thing that `entity` does beyond `wanted`, or None."""
    for clauses in wanted.lists if entity.category != "data" else ():  # that looks something up, however narrowly
        for steps, elements in find_places(entity.values, clauses.path):
            if is_list(elements):
                for number in _extra_elements(elements, clauses, steps, entity, bound):
                    return Extra(f"{clauses.path}[{number}] was not asked for", (*steps, number))
    return next(_unasked(wanted, entity), None)


def _extra_elements(
    elements: Sequence[Any], clauses: ListClauses, steps: Steps, entity: Entity, bound: Bound
) -> list[int]:
    """Return the numbers of the elements beyond those asked for by number that no clause is about.

    Where an element meets all clauses about some element, another that meets fewer is one more; where none does, they
    share the clauses among them, and each meets one and goes against none.
    """
    if len(elements) <= clauses.numbered:
        return []
    met = [_clauses_met(element, clauses, (*steps, n), entity, bound) for n, element in enumerate(elements)]
    shared = not any(all(each) for each in met)
    return [
        number
        for number, each in enumerate(met[clauses.numbered :], clauses.numbered)
        if not any(each) or (False in each if shared else not all(each))
    ]


def _clauses_met(element: Any, clauses: ListClauses, steps: Steps, entity: Entity, bound: Bound) -> list[bool | None]:
    """Return for each path within an element whether a clause about it is met; None where nothing stands there."""
    met: list[bool | None] = []
    for rest, tests in clauses.of_any.items():
        places = [(inner, value) for inner, value in find_places(element, rest) if value is not None]
        met.append(
            any(
                not refusal(test.wanted, value, (*steps, *inner), entity, bound)
                for test in tests
                for inner, value in places
            )
            if places
            else None
        )
    return met


def _unasked(wanted: Wanted, entity: Entity) -> Iterator[Extra]:
    for path, is_extra in _settings(entity):
        for steps, value in find_places(entity.values, path):
            if value is not None and is_extra(value) and not is_asked(parse_path(path), wanted):
                yield Extra(f"{path} is {show(value)}, which nothing asked for", steps)
    for path in _KEYED.get(entity.kind, ()) if entity.category == "object" else ():
        above = tuple(step for step in parse_path(path) if isinstance(step, str))
        if not any(len(fields) > len(above) and fields[: len(above)] == above for fields in wanted.fields):
            continue
        for steps, value in find_all(entity.values, path):
            for key in value if isinstance(value, Mapping) else ():
                if not is_asked((*steps, key), wanted):
                    yield Extra(f"{path}.{key} was not asked for", (*steps, key))


def is_asked(steps: Sequence[Step], wanted: Wanted) -> bool:
    """Return whether a clause is about this place, what it is part of, or a part of it, not telling elements apart."""
    fields = tuple(step for step in steps if isinstance(step, str))
    return any(fields[: len(asked)] == asked[: len(fields)] for asked in wanted.fields)


def _settings(entity: Entity) -> tuple[tuple[str, Callable[[Any], bool]], ...]:
    return _settings_of(entity.category, entity.kind)


@cache
def _settings_of(category: str, kind: str) -> tuple[tuple[str, Callable[[Any], bool]], ...]:
    if category == "resource":
        return (*_RESOURCES, *_OF_RESOURCE.get(kind, ()))
    if category == "data":
        return _STATEMENTS
    if category != "object":
        return ()
    pods = ".".join(POD_SPECS[kind]) if kind in POD_SPECS else ""
    of_pods = tuple((f"{pods}.{path}", is_extra) for path, is_extra in _PODS) if pods else ()
    return (*_KINDS.get(kind, ()), *of_pods, _NAMESPACE)


def _any(value: Any) -> bool:
    return True


def _true(value: Any) -> bool:
    return value is True


def _zero(value: Any) -> bool:
    return type(value) is int and value == 0


def _false(value: Any) -> bool:
    return value is False


def _deny(value: Any) -> bool:
    return bool(value == "Deny")


_NAMESPACE = ("metadata.namespace", lambda value: value != "default")
_PODS = (
    ("initContainers", _any),
    ("nodeName", _any),
    ("nodeSelector", lambda value: not set(value) <= {"kubernetes.io/os", "kubernetes.io/arch"}),
    ("schedulerName", lambda value: value != "default-scheduler"),
    ("serviceAccountName", lambda value: value != "default"),
    ("hostNetwork", _true),
    ("hostPID", _true),
    ("hostIPC", _true),
    ("volumes[*].hostPath", _any),
    ("containers[*].securityContext.privileged", _true),
)
_KINDS: Mapping[str, tuple[tuple[str, Callable[[Any], bool]], ...]] = {
    "Deployment": (("spec.replicas", _zero), ("spec.paused", _true)),
    "StatefulSet": (("spec.replicas", _zero), ("spec.volumeClaimTemplates", _any)),
    "ReplicaSet": (("spec.replicas", _zero),),
    "Job": (("spec.suspend", _true), ("spec.parallelism", _zero)),
    "CronJob": (
        ("spec.suspend", _true),
        ("spec.jobTemplate.spec.suspend", _true),
        ("spec.jobTemplate.spec.parallelism", _zero),
    ),
    "Service": (("spec.type", lambda value: value in ("NodePort", "LoadBalancer")), ("spec.externalIPs", _any)),
    "PersistentVolumeClaim": (("spec.volumeName", _any),),
}
_RESOURCES = (
    ("provisioner", _any),
    ("lifecycle[*].ignore_changes", lambda value: isinstance(value, Expression) and value.text == "all"),
    ("count", lambda value: isinstance(value, Expression)),
    ("for_each", lambda value: isinstance(value, Expression)),
    ("disabled", _true),
    ("enabled", _false),
    ("is_enabled", _false),
    ("state", lambda value: value in ("DISABLED", "disabled")),
    ("publicly_accessible", _true),
)
_OF_RESOURCE: Mapping[str, tuple[tuple[str, Callable[[Any], bool]], ...]] = {
    "aws_iam_role": (
        ("assume_role_policy.Statement[*].Effect", _deny),
        ("inline_policy", _any),
        ("managed_policy_arns", _any),
    ),
    "aws_iam_role_policy": (("policy.Statement[*].Effect", _deny),),
    "aws_iam_policy": (("policy.Statement[*].Effect", _deny),),
    "aws_s3_bucket": (("acl", _any), ("policy", _any)),
}
_STATEMENTS = (("statement[*].effect", _deny),)
#: Mappings of which each key is a thing of its own. One of which nothing is asked may hold anything.
_KEYED: Mapping[str, tuple[str, ...]] = {
    "ConfigMap": ("data",),
    "Secret": ("data", "stringData"),
    "ResourceQuota": ("spec.hard",),
    "NetworkPolicy": (
        "spec.podSelector",
        "spec.podSelector.matchLabels",
        "spec.ingress[*]",
        "spec.ingress[*].from[*]",
        "spec.egress[*]",
        "spec.egress[*].to[*]",
    ),
}
