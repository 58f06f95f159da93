"""The limits of numbers in the schemas of custom kinds, as the API server compares them.

Source: `pkg/validation/validate/values.go` and `helpers.go` of `k8s.io/kube-openapi`
"""

from __future__ import annotations

from typing import Any, Final

#: The first release that compares numbers, and the limits themselves, with the range of their format.
FORMATS_SINCE: Final = 35
_LARGEST_FLOAT: Final = 3.4028234663852886e38
_BOUNDS: Final = ("maximum", "minimum", "multipleOf")


def with_number_limits(schema: dict[str, Any], source: dict[str, Any], formats: bool) -> dict[str, Any]:
    """Return the converted schema of a number with the limits that its type and format give it.

    Args:
        schema: The converted schema.
        source: The schema of the custom kind.
        formats: Whether the release compares numbers with the range of their format.
    """
    if source.get("type") == "number":
        if formats and source.get("format") == "float":
            return _within(schema, -_LARGEST_FLOAT, _LARGEST_FLOAT)
        return schema
    if source.get("type") != "integer":
        return schema
    limit = 2**31 if formats and source.get("format") == "int32" else 2**63
    limited = dict(schema)
    for name in _BOUNDS:
        bound = schema.get(name)
        if bound is None:
            continue
        if formats and (bound != int(bound) or not -limit <= bound < limit):
            return {**schema, "allOf": [*schema.get("allOf", ()), False]}  # no value passes
        limited[name] = int(bound)
        if name == "multipleOf" and limited[name] == 0:
            return {**schema, "allOf": [*schema.get("allOf", ()), False]}
    return _within(limited, -limit, limit - 1)


def _within(schema: dict[str, Any], least: float, most: float) -> dict[str, Any]:
    low, high = schema.get("minimum"), schema.get("maximum")
    return {
        **schema,
        "minimum": least if low is None else max(low, least),
        "maximum": most if high is None else min(high, most),
    }
