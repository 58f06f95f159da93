"""The rules of a custom kind (`x-kubernetes-validations`): whether they are valid, and which objects break them.

Source: `staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel` and
https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from iacrl.domains.kubernetes.cel.checker import QUOTES_SINCE, Checker
from iacrl.domains.kubernetes.cel.cost import RULE_LIMIT, TOTAL_LIMIT, estimate
from iacrl.domains.kubernetes.cel.evaluator import evaluate
from iacrl.domains.kubernetes.cel.nodes import CelError, CostlyError, Node, walk
from iacrl.domains.kubernetes.cel.parser import parse
from iacrl.domains.kubernetes.cel.schema_types import LARGEST_REQUEST, Shape, shape_of, value_of
from iacrl.domains.kubernetes.cel.types import BOOL, STRING, Type, fits, optional_of, word
from iacrl.domains.kubernetes.cel.values import NONE
from iacrl.domains.paths import Steps

_REASONS: Final = frozenset({"FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"})
_STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\['([^']+)'\]|\.([A-Za-z_][A-Za-z0-9_-]*)")


class Place(NamedTuple):
    """A place in a schema that has rules or leads to some.

    Attributes:
        steps: The place of its schema, below the schema of the version.
        often: How often its value can occur in an object; None if a list or map has no limit.
        correlated: Whether its value has a counterpart in the object before an update.
    """

    source: dict[str, Any]
    steps: Steps
    often: int | None
    correlated: bool


class Problem(NamedTuple):
    """What is wrong with a rule, and its place below the schema of the version."""

    steps: Steps
    message: str


def _places(source: dict[str, Any]) -> Iterator[Place]:
    """Yield every place of a structural schema, except conditions."""
    waiting = [Place(source, (), 1, True)]
    while waiting:
        place = waiting.pop()
        yield place
        source, steps, often, correlated = place
        for name, inner in (source.get("properties") or {}).items():
            if isinstance(inner, dict):
                waiting.append(Place(inner, (*steps, "properties", name), often, correlated))
        for field, limit in (("additionalProperties", "maxProperties"), ("items", "maxItems")):
            inner = source.get(field)
            if isinstance(inner, dict):
                most = source.get(limit)
                times = None if often is None or most is None else often * int(most)
                keyed = source.get("x-kubernetes-list-type") == "map" if field == "items" else True
                waiting.append(Place(inner, (*steps, field), times, correlated and keyed))


def rule_problems(source: dict[str, Any], minor: int) -> list[Problem]:
    """Return why the API server would refuse the rules of a version's schema.

    Args:
        source: A structural schema.
        minor: The minor version of Kubernetes.
    """
    problems: list[Problem] = []
    total = 0.0
    for place in _places(source):
        rules = place.source.get("x-kubernetes-validations")
        if not isinstance(rules, list) or not rules:
            continue
        shape = shape_of(place.source, resource=not place.steps)
        if shape is None:
            continue
        for index, rule in enumerate(rules):
            if isinstance(rule, dict) and isinstance(rule.get("rule"), str):
                at = (*place.steps, "x-kubernetes-validations", index)
                cost = 0.0
                for field, message in _rule_problems(rule, place, shape, minor):
                    problems.append(Problem((*at, field), message))
                # The server counts a message once, however often the rule's place can occur.
                for field, often in (("rule", place.often), ("messageExpression", 1)):
                    cost = _cost(rule, field, shape, often, minor)
                    total += cost
                    if cost > RULE_LIMIT:
                        message = (
                            f"The {field} may cost {cost / RULE_LIMIT:.1f} times what is allowed: "
                            "set maxItems, maxProperties and maxLength."
                        )
                        problems.append(Problem((*at, field), message))
    if total > TOTAL_LIMIT and not problems:
        problems.append(Problem((), "All rules together may cost more than is allowed."))
    return problems


def _variables(shape: Shape, optional: bool) -> dict[str, Type]:
    return {"self": shape.type, "oldSelf": optional_of(shape.type) if optional else shape.type}


def _checked(text: str, shape: Shape, optional: bool, minor: int) -> tuple[Node, Checker, Type]:
    node = parse(text, minor >= QUOTES_SINCE)
    checker = Checker(_variables(shape, optional), minor)
    return node, checker, checker.check(node)


def _rule_problems(rule: dict[str, Any], place: Place, shape: Shape, minor: int) -> Iterator[tuple[str, str]]:
    """Yield the wrong fields of one rule, and what is wrong."""
    text, optional = rule["rule"].strip(), bool(rule.get("optionalOldSelf"))
    try:
        node, _, kind = _checked(text, shape, optional, minor)
    except CelError as error:
        yield "rule", f"The rule does not compile: {error}."
    else:
        old = uses_old(node)
        if not fits(BOOL, kind, {}) or kind[0] == "dyn":
            yield "rule", f"A rule is true or false, not of the type {word(kind)}."
        if old and not place.correlated:
            yield "rule", "oldSelf has no value here: items of this list cannot be told apart in an update."
        if rule.get("optionalOldSelf") is not None and not old:
            yield "optionalOldSelf", "optionalOldSelf needs a rule that uses oldSelf."
    message = rule.get("message")
    if isinstance(message, str) and message:
        if not message.strip():
            yield "message", "A message is not blank."
        elif "\n" in message.strip():
            yield "message", "A message is one line."
    elif "\n" in text and not rule.get("message"):
        yield "rule", "A rule of several lines needs a message."
    if rule.get("reason") not in {None, *_REASONS}:
        yield "reason", f"{rule['reason']!r} is none of {', '.join(sorted(_REASONS))}."
    path = rule.get("fieldPath")
    if isinstance(path, str) and path and not _leads_somewhere(path, place.source):
        yield "fieldPath", f"{path!r} is not a path to a field of this schema."
    expression = rule.get("messageExpression")
    if isinstance(expression, str) and expression:
        yield from (("messageExpression", each) for each in _message_problems(expression, shape, optional, minor))


def _message_problems(text: str, shape: Shape, optional: bool, minor: int) -> Iterator[str]:
    if not text.strip():
        yield "A messageExpression is not blank."
        return
    try:
        kind = _checked(text, shape, optional, minor)[2]
    except CelError as error:
        yield f"The messageExpression does not compile: {error}."
    else:
        if kind != STRING:
            yield f"A messageExpression makes a string, not {word(kind)}."


def _leads_somewhere(path: str, source: dict[str, Any]) -> bool:
    at, inner = 0, source
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            return False
        name = next(each for each in match.groups() if each)
        found = (inner.get("properties") or {}).get(name, inner.get("additionalProperties"))
        if not isinstance(found, dict):
            return False
        inner = found
        at = match.end()
    return True


def _cost(rule: dict[str, Any], field: str, shape: Shape, often: int | None, minor: int) -> float:
    text = rule.get(field)
    if not isinstance(text, str) or not text.strip():
        return 0.0
    try:
        node, checker, _ = _checked(text, shape, bool(rule.get("optionalOldSelf")), minor)
    except CelError:
        return 0.0
    times = LARGEST_REQUEST // (shape.least + 1) if often is None else often
    return estimate(node, checker, {"self": shape, "oldSelf": shape}) * times


def uses_old(node: Node) -> bool:
    """Return whether an expression uses the value before an update."""
    return any(each.kind == "name" and each.name == "oldSelf" for each in walk(node))


def broken_rules(source: dict[str, Any], values: Mapping[str, Any]) -> Iterator[tuple[Steps, str]]:
    """Yield where a new object breaks a rule of its schema, and the message.

    Args:
        source: A structural schema whose rules compile.
        values: The object, with the schema's defaults.

    Raises:
        TooMuchError: It takes too much to find out.
    """
    yield from _broken(source, values, (), resource=True)


def _broken(source: dict[str, Any], value: Any, steps: Steps, *, resource: bool) -> Iterator[tuple[Steps, str]]:
    if value is None:
        return
    rules = source.get("x-kubernetes-validations") or ()
    if rules:
        shape = shape_of(source, resource=resource)
        assert shape is not None
        for rule in rules:
            message = _verdict(rule, shape, value)
            if message is not None:
                yield steps, message
    properties, rest = source.get("properties") or {}, source.get("additionalProperties")
    if isinstance(value, dict):
        for name, inner in value.items():
            schema = properties.get(name, rest)
            if isinstance(schema, dict):
                yield from _broken(schema, inner, (*steps, name), resource=False)
    elif isinstance(value, list) and isinstance(source.get("items"), dict):
        for index, inner in enumerate(value):
            yield from _broken(source["items"], inner, (*steps, index), resource=False)


def default_problem(source: dict[str, Any], value: Any) -> str | None:
    """Return which rule a default breaks, if it breaks one. A rule that does not compile is reported elsewhere.

    Raises:
        TooMuchError: It takes too much to find out.
    """
    try:
        return next((message for _, message in _broken(source, value, (), resource=False)), None)
    except CelError:
        return None


def _verdict(rule: dict[str, Any], shape: Shape, value: Any) -> str | None:
    """Return the message of a rule that a value breaks; None if it holds, or is about updates."""
    node = parse(rule["rule"].strip())
    if uses_old(node) and not rule.get("optionalOldSelf"):
        return None
    try:
        result = evaluate(node, {"self": value_of(shape, value), "oldSelf": NONE})
    except (CelError, CostlyError) as error:
        return f"The rule {rule['rule'].strip()!r} fails: {error}."
    if result is True:
        return None
    message = str(rule.get("message") or f"The rule {rule['rule'].strip()!r} is not met")
    return f"{message.strip().rstrip('.')}."
