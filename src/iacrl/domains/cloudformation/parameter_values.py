"""Whether a parameter takes a value: CloudFormation refuses a stack whose values break a parameter's constraints.

Source: the page "Parameters" of the CloudFormation template reference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import regex

from iacrl.domains.cloudformation.limits import PATTERN_SECONDS


def why_refused(template: Mapping[Any, Any], name: str, value: Any) -> str:
    """Return why a template does not take a value for a parameter; empty if it does."""
    parameters = template.get("Parameters")
    body = parameters.get(name) if isinstance(parameters, Mapping) else None
    if not isinstance(body, Mapping):
        return f"there is no parameter {name}"
    broken = next((key for key, holds in _CONSTRAINTS.items() if key in body and not holds(body[key], str(value))), "")
    return f"{broken} of the parameter {name} excludes {str(value)!r}" if broken else ""


def contradiction(body: Any) -> str:
    """Return why a parameter takes no value, or not its default, in words; empty if it may take one.

    It tries no `AllowedPattern`, because that may take long.
    """
    if not isinstance(body, Mapping):
        return ""
    allowed = body.get("AllowedValues")
    if isinstance(allowed, list) and not any(_keeps_lengths(body, str(one)) for one in allowed):
        return "none of its AllowedValues keeps its other constraints"
    for least, most in (("MinLength", "MaxLength"), ("MinValue", "MaxValue")):
        if not _is_at_least(body.get(least), body.get(most)):
            return f"its {least} is over its {most}"
    default = body.get("Default")
    if body.get("Type") in ("Number", "List<Number>") and isinstance(default, str) and default.strip():
        return "its Default is not a number" if any(_number(one) is None for one in default.split(",")) else ""
    return ""


def _keeps_lengths(body: Mapping[Any, Any], value: str) -> bool:
    return all(holds(body[key], value) for key, holds in _SIZES.items() if key in body)


def _is_allowed(allowed: Any, value: str) -> bool:
    return not isinstance(allowed, list) or any(str(one) == value for one in allowed)


def _matches(pattern: Any, value: str) -> bool:
    """Return whether the whole value matches; a pattern that cannot be tried in time excludes nothing."""
    try:
        return regex.fullmatch(str(pattern), value, timeout=PATTERN_SECONDS) is not None
    except (TimeoutError, regex.error, ValueError, RecursionError):
        return True


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _is_at_least(least: Any, value: Any) -> bool:
    limit, number = _number(least), _number(value)
    return limit is None or number is None or number >= limit


_SIZES: Mapping[str, Callable[[Any, Any], bool]] = {
    "MinLength": lambda least, value: _is_at_least(least, len(value)),
    "MaxLength": lambda most, value: _is_at_least(len(value), most),
    "MinValue": _is_at_least,
    "MaxValue": lambda most, value: _is_at_least(value, most),
}
_CONSTRAINTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "AllowedValues": _is_allowed,
    "AllowedPattern": _matches,
    **_SIZES,
}
