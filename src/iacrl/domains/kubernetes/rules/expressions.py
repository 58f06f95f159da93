"""CEL expressions in built-in kinds: whether they compile, and to which type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import Step, entries, placed
from iacrl.domains.kubernetes.rules.custom_rules import EXPRESSION

if TYPE_CHECKING:
    from iacrl.domains.kubernetes.cel.environments import Environment
    from iacrl.domains.kubernetes.cel.types import Type

_BOOL, _STRING, _DYN, _ANY, _NULL = ("bool",), ("string",), ("dyn",), ("any",), ("null",)
_OBJECT: Type = ("message", ("Object",))
_PATCH: Type = ("message", ("JSONPatch",))


def _check(manifest: Manifest, where: Environment, text: Any, wanted: tuple[Type, ...], *at: Step) -> Type:
    """Check that an expression has one of the wanted types (any type if there are none); return its type."""
    from iacrl.domains.kubernetes.cel.nodes import CelError
    from iacrl.domains.kubernetes.cel.types import word

    if not isinstance(text, str) or not text.strip():
        return _DYN
    try:
        kind = where.check(text)
    except CelError as error:
        manifest.report(EXPRESSION, f"The expression does not compile: {error}.", *at)
        return _DYN
    if wanted and kind not in wanted:
        message = f"The expression makes {word(kind)}, not {' or '.join(word(each) for each in wanted)}."
        manifest.report(EXPRESSION, message, *at)
    return kind


def check_webhook_expressions(manifest: Manifest, conditions: Any, *at: Step) -> None:
    """Check the match conditions of a webhook."""
    if conditions:
        from iacrl.domains.kubernetes.cel.environments import webhook_environment

        _check_conditions(manifest, webhook_environment(manifest.minor), conditions, *at)


def _check_conditions(manifest: Manifest, where: Environment, conditions: Any, *at: Step) -> None:
    for place, condition in placed(conditions, *at):
        _check(manifest, where, condition.get("expression"), (_BOOL,), *place, "expression")


def check_policy_expressions(manifest: Manifest, spec: dict[str, Any]) -> None:
    """Check the expressions of an admission policy; each can use the variables before it."""
    from iacrl.domains.kubernetes.cel.environments import policy_environment

    parameters = spec.get("paramKind") is not None
    conditions = policy_environment(manifest.minor, parameters=parameters, variables=False)
    _check_conditions(manifest, conditions, spec.get("matchConditions"), "spec", "matchConditions")
    where = policy_environment(manifest.minor, parameters=parameters, variables=True)
    for at, variable in placed(spec.get("variables"), "spec", "variables"):
        kind = _check(manifest, where, variable.get("expression"), (), *at, "expression")
        where.add_variable(variable["name"], kind)
    for at, validation in placed(spec.get("validations"), "spec", "validations"):
        _check(manifest, where, validation.get("expression"), (_BOOL,), *at, "expression")
        _check(manifest, where, validation.get("messageExpression"), (_STRING,), *at, "messageExpression")
    for at, note in placed(spec.get("auditAnnotations"), "spec", "auditAnnotations"):
        _check(manifest, where, note.get("valueExpression"), (_STRING, _NULL), *at, "valueExpression")
    for at, mutation in placed(spec.get("mutations"), "spec", "mutations"):
        _check_mutation(manifest, where, mutation, *at)


def _check_mutation(manifest: Manifest, where: Environment, mutation: dict[str, Any], *at: Step) -> None:
    kinds = {
        "ApplyConfiguration": ("applyConfiguration", (_OBJECT,)),
        "JSONPatch": ("jsonPatch", (("list", _PATCH),)),
    }
    chosen = mutation.get("patchType")
    if not manifest.one_of(chosen, tuple(kinds), *at, "patchType"):
        return
    for kind, (field, wanted) in kinds.items():
        given = mutation.get(field)
        if (given is not None) is not (kind == chosen):
            message = (
                f"The patchType {chosen} needs {kinds[chosen][0] if chosen in kinds else 'a patch'} and nothing else."
            )
            manifest.report(EXPRESSION, message, *at)
        elif given is not None and manifest.needs(given, "expression", *at, field):
            _check(manifest, where, given["expression"], wanted, *at, field, "expression")


def check_selector_expressions(manifest: Manifest, selectors: Any, *at: Step) -> None:
    """Check the selectors of devices."""
    if not selectors:
        return
    from iacrl.domains.kubernetes.cel.environments import DEVICE_LIMIT, device_environment, device_shape

    where, shapes = device_environment(manifest.minor), {"device": device_shape()}
    for index, selector in entries(selectors):
        text = (selector.get("cel") or {}).get("expression")
        before, here = len(manifest.findings.errors), (*at, index, "cel", "expression")
        _check(manifest, where, text, (_BOOL, _ANY), *here)
        if isinstance(text, str) and text.strip() and len(manifest.findings.errors) == before:
            cost = where.cost(text, shapes)
            if cost > DEVICE_LIMIT:
                message = f"The selector may cost {cost / DEVICE_LIMIT:.1f} times what is allowed."
                manifest.report(EXPRESSION, message, *here)
