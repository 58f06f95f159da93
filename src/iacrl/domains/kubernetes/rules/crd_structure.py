"""What makes a custom kind's schema structural, apart from its types: conditions, lists, metadata and defaults.

Source: `staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/validation.go` and
https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import UNSUPPORTED_VALUE, Step, entries
from iacrl.domains.kubernetes.rules.custom_rules import EXPRESSION
from iacrl.domains.paths import path_text
from iacrl.domains.rules import Rule

#: Fields that no schema of a custom kind may contain.
FORBIDDEN: Final = (
    "$ref", "$schema", "additionalItems", "definitions", "dependencies", "id", "patternProperties",
)  # fmt: skip
_CONDITIONS: Final = ("allOf", "anyOf", "oneOf")
#: Fields that a condition may not contain: only the schema outside conditions may.
_NOT_IN_CONDITIONS: Final = (
    "additionalProperties", "default", "description", "nullable", "title", "type", "x-kubernetes-embedded-resource",
    "x-kubernetes-int-or-string", "x-kubernetes-list-map-keys", "x-kubernetes-list-type", "x-kubernetes-map-type",
    "x-kubernetes-preserve-unknown-fields", "x-kubernetes-validations",
)  # fmt: skip
_LISTS: Final = frozenset({"x-kubernetes-list-map-keys", "x-kubernetes-validations"})
#: Values that the server treats as absent.
_SAYS_NOTHING: Final = (None, False, "")
#: Fields that also count as absent if they are empty.
_EMPTY: Final = {"$schema": "", "id": "", "definitions": {}, "patternProperties": {}}
_EITHER: Final = [{"type": "integer"}, {"type": "string"}]
_MAP_TYPES: Final = ("atomic", "granular")
_NAMES: Final = frozenset({"name", "generateName"})

Problem = tuple[tuple[Step, ...], str]


def is_said(schema: dict[str, Any], field: str) -> bool:
    """Return whether a schema contains a field of `FORBIDDEN`."""
    value = schema.get(field)
    return value is not None and value != _EMPTY.get(field)


def check_structure(manifest: Manifest, rule: Rule, schema: dict[str, Any], *at: Step) -> None:
    """Check a version's schema whose types are valid; report with `rule` what is not structural."""
    before = len(manifest.findings.errors)
    for field in ("nullable", "default", "additionalProperties"):
        if schema.get(field) is not None and schema[field] is not False:
            manifest.report_key(rule, f"The root of a schema cannot have {field}.", *at, field)
    for field in ("apiVersion", "kind", "metadata"):
        inner = (schema.get("properties") or {}).get(field) or {}
        if field != "metadata" and inner.get("type", "string") != "string":
            manifest.report(rule, f"{field} is a string.", *at, "properties", field)
        if inner.get("default") is not None:
            manifest.report_key(rule, f"{field} has no default.", *at, "properties", field, "default")
    for steps, message in (*_problems(schema, (), root=True), *_missing_fields(schema, schema, ())):
        manifest.report(rule, message, *at, *steps)
    if len(manifest.findings.errors) == before:
        _check_defaults(manifest, rule, schema, *at)
    if len(manifest.findings.errors) == before and "x-kubernetes-validations" in str(schema):
        from iacrl.domains.kubernetes.cel.crd_rules import rule_problems

        for problem in rule_problems(schema, manifest.minor):
            manifest.report(EXPRESSION, problem.message, *at, *problem.steps)


def _inner(schema: dict[str, Any]) -> Iterator[tuple[tuple[Step, ...], dict[str, Any]]]:
    """Yield the places directly inside a schema, and their schemas."""
    for name, each in (schema.get("properties") or {}).items():
        if isinstance(each, dict):
            yield ("properties", name), each
    for field in ("items", "additionalProperties"):
        if isinstance(schema.get(field), dict):
            yield (field,), schema[field]


def _problems(schema: dict[str, Any], at: tuple[Step, ...], *, root: bool = False) -> Iterator[Problem]:
    yield from _own_problems(schema, at)
    yield from _list_problems(schema, at)
    for place, condition in _conditions(schema):
        yield from _condition_problems(condition, (*at, *place), root=root, exempt=_is_either(schema, place))
    for steps, inner in _inner(schema):
        if root and steps == ("properties", "metadata"):
            yield from _metadata_problems(inner, (*at, *steps))
        else:
            yield from _problems(inner, (*at, *steps))


def _own_problems(schema: dict[str, Any], at: tuple[Step, ...]) -> Iterator[Problem]:
    if schema.get("x-kubernetes-int-or-string") and schema.get("x-kubernetes-preserve-unknown-fields"):
        yield at, "x-kubernetes-int-or-string and x-kubernetes-preserve-unknown-fields exclude each other."
    if schema.get("x-kubernetes-preserve-unknown-fields") is False:
        yield (*at, "x-kubernetes-preserve-unknown-fields"), "x-kubernetes-preserve-unknown-fields is true or absent."
    if schema.get("x-kubernetes-embedded-resource"):
        if schema.get("type") != "object":
            yield at, "An embedded resource is of the type object."
        elif not schema.get("x-kubernetes-preserve-unknown-fields") and not schema.get("properties"):
            yield at, "An embedded resource has properties, or x-kubernetes-preserve-unknown-fields: true."
    kind = schema.get("x-kubernetes-map-type")
    if kind is not None:
        if kind not in _MAP_TYPES:
            yield (*at, "x-kubernetes-map-type"), f"{kind!r} is none of {', '.join(_MAP_TYPES)}."
        elif schema.get("type") != "object":
            yield (*at, "x-kubernetes-map-type"), "x-kubernetes-map-type needs the type object."
    for index, rule in entries(schema.get("x-kubernetes-validations")):
        if isinstance(rule, dict) and not str(rule.get("rule") or "").strip():
            yield (*at, "x-kubernetes-validations", index), "A validation needs a rule."


def _list_problems(schema: dict[str, Any], at: tuple[Step, ...]) -> Iterator[Problem]:
    kind, items = schema.get("x-kubernetes-list-type"), schema.get("items")
    if kind is None:
        return
    if schema.get("type") != "array":
        yield (*at, "x-kubernetes-list-type"), "x-kubernetes-list-type needs the type array."
    if not isinstance(items, dict):
        return
    here = (*at, "items")
    if kind == "set":
        if items.get("nullable"):
            yield here, "The items of a set are not nullable."
        if items.get("type") == "object" and items.get("x-kubernetes-map-type") != "atomic":
            yield here, "The objects of a set need x-kubernetes-map-type: atomic."
        if items.get("type") == "array" and items.get("x-kubernetes-list-type") not in {None, "atomic"}:
            yield here, "The lists of a set need x-kubernetes-list-type: atomic."
    elif kind == "map":
        yield from _key_problems(schema, items, here)


def _key_problems(schema: dict[str, Any], items: dict[str, Any], here: tuple[Step, ...]) -> Iterator[Problem]:
    if items.get("type") != "object":
        yield here, "The items of a list of the type map are objects."
    if items.get("nullable"):
        yield here, "The items of a list of the type map are not nullable."
    keys = schema.get("x-kubernetes-list-map-keys") or ()
    if len(set(keys)) < len(keys):
        yield here[:-1], "Each of x-kubernetes-list-map-keys is given once."
    for key in keys:
        field = (items.get("properties") or {}).get(key)
        place = (*here, "properties", key)
        if not isinstance(field, dict):
            yield here, f"The key {key!r} is not a property of the items."
            continue
        if field.get("type") in {"array", "object"}:
            yield place, "A key of a list is a single value."
        if field.get("nullable"):
            yield place, "A key of a list is not nullable."
        if field.get("default") is None and key not in (items.get("required") or ()):
            yield place, "A key of a list is required, or has a default."


def _conditions(schema: dict[str, Any]) -> Iterator[tuple[tuple[Step, ...], dict[str, Any]]]:
    for field in _CONDITIONS:
        for index, each in entries(schema.get(field)):
            if isinstance(each, dict):
                yield (field, index), each
    if isinstance(schema.get("not"), dict):
        yield ("not",), schema["not"]


def _is_either(schema: dict[str, Any], place: tuple[Step, ...]) -> bool:
    """Return whether a condition only says that a value is an integer or a string, which is allowed at one place."""
    if not schema.get("x-kubernetes-int-or-string"):
        return False
    if place[0] == "anyOf":
        return bool(schema["anyOf"] == _EITHER)
    return place == ("allOf", 0) and (schema["allOf"][0].get("anyOf") == _EITHER)


def _condition_problems(
    condition: dict[str, Any], at: tuple[Step, ...], *, root: bool, exempt: bool = False
) -> Iterator[Problem]:
    """Yield the fields that a condition may not contain."""
    for field in FORBIDDEN:
        if is_said(condition, field):
            yield (*at, field), f"A schema cannot contain {field}."
    if condition.get("uniqueItems"):
        yield (*at, "uniqueItems"), "uniqueItems: write x-kubernetes-list-type: set."
    if condition.get("x-kubernetes-preserve-unknown-fields") is False:
        yield (*at, "x-kubernetes-preserve-unknown-fields"), "x-kubernetes-preserve-unknown-fields is true or absent."
    if not exempt:
        for field in _NOT_IN_CONDITIONS:
            if condition.get(field) not in _SAYS_NOTHING and not (field in _LISTS and condition[field] == []):
                yield (*at, field), f"A condition (allOf, anyOf, oneOf, not) cannot have {field}."
    for name, inner in (condition.get("properties") or {}).items():
        if not isinstance(inner, dict):
            continue
        place = (*at, "properties", name)
        if root and name == "metadata":
            yield place, "A condition cannot refer to metadata."
            continue
        yield from _condition_problems(inner, place, root=False)
    if isinstance(condition.get("items"), dict):
        yield from _condition_problems(condition["items"], (*at, "items"), root=False)
    for steps, deeper in _conditions(condition):
        either = exempt and steps[0] == "anyOf"
        yield from _condition_problems(deeper, (*at, *steps), root=root, exempt=either)


def _missing_fields(condition: dict[str, Any], schema: Any, at: tuple[Step, ...]) -> Iterator[Problem]:
    """Yield the places to which a condition of the root leads and that the schema itself does not describe.

    Source: `validateStructuralCompleteness`. The server does not compare the conditions of inner schemas.
    """
    for place, each in _conditions(condition):
        yield from _missing_in(each, schema, (*at, *place))


def _missing_in(condition: dict[str, Any], schema: Any, at: tuple[Step, ...]) -> Iterator[Problem]:
    if not isinstance(schema, dict):
        yield at, f"{path_text(at)} describes a value that the schema outside of conditions does not describe."
        return
    yield from _missing_fields(condition, schema, at)
    for name, inner in (condition.get("properties") or {}).items():
        if isinstance(inner, dict):
            yield from _missing_in(inner, (schema.get("properties") or {}).get(name), (*at, "properties", name))
    if isinstance(condition.get("items"), dict):
        yield from _missing_in(condition["items"], schema.get("items"), (*at, "items"))


def _metadata_problems(schema: dict[str, Any], at: tuple[Step, ...]) -> Iterator[Problem]:
    said = {
        name
        for name, value in schema.items()
        if value is not False and value not in (None, "") and value != _EMPTY.get(name)
    }
    if schema.get("type") != "object":
        yield (*at, "type"), "metadata is of the type object."
    extra = said - {"type", "properties"} or set(schema.get("properties") or ()) - _NAMES
    if extra:
        yield at, "A schema may say of metadata only that it is an object, and what name and generateName are like."
    for name, inner in (schema.get("properties") or {}).items():
        if isinstance(inner, dict):
            yield from _problems(inner, (*at, "properties", name))
            if inner.get("default") is not None:
                yield (*at, "properties", name), "A field of metadata has no default."


def _check_defaults(manifest: Manifest, rule: Rule, schema: dict[str, Any], *at: Step) -> None:
    """Check each default against its own schema, in the form in which it would be put into an object."""
    for steps, inner in _inner(schema):
        here = (*at, *steps)
        default = inner.get("default")
        # The server does not check an integer or string in a default.
        if default is not None and not inner.get("x-kubernetes-int-or-string"):
            problem = _default_problem(inner, default, manifest.minor)
            if problem is not None:
                code = UNSUPPORTED_VALUE if "is not one of" in problem else rule
                message = f"The default of {path_text(here)} does not fit its schema: {problem}."
                manifest.report(code, message, *here, "default")
        _check_defaults(manifest, rule, inner, *here)


def _default_problem(schema: dict[str, Any], default: Any, minor: int) -> str | None:
    from iacrl.domains.kubernetes.schema.crd_schemas import compile_custom, convert
    from iacrl.domains.kubernetes.schema.custom_numbers import FORMATS_SINCE

    try:
        validator = compile_custom(convert(schema, formats=minor >= FORMATS_SINCE, strict=True))
    except ValueError:
        return None  # a pattern that only the API server can read
    for error in validator.iter_errors(default):  # without the defaults inside it
        return error.message
    if "x-kubernetes-validations" in schema:
        from iacrl.domains.kubernetes.cel.crd_rules import default_problem

        return default_problem(schema, default)
    return None
