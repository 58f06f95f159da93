"""What the devices of a ResourceSlice share and consume: counters, and capacity with a policy for requests.

Source: `ValidateResourceSlice` in `pkg/apis/resource/validation/validation.go`
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from iacrl.domains.kubernetes import grammar
from iacrl.domains.kubernetes.manifest_checks import Manifest
from iacrl.domains.kubernetes.rules.common import CONFLICT, OUT_OF_RANGE, Step, placed
from iacrl.domains.kubernetes.rules.devices import DEVICES, check_count
from iacrl.domains.quantities import parse_quantity

_MOST_SETS: Final = 8
_MOST_CONSUMED: Final = 2
_MOST_COUNTERS: Final = 32
_MOST_OPTIONS: Final = 10


def check_counter_sets(manifest: Manifest, sets: Any, *at: Step) -> None:
    """Check the counters that the devices of a pool share."""
    _check_sets(manifest, sets, "name", _MOST_SETS, *at)


def check_consumed(manifest: Manifest, consumed: Any, *at: Step) -> None:
    """Check the shared counters that a device consumes."""
    _check_sets(manifest, consumed, "counterSet", _MOST_CONSUMED, *at)


def _check_sets(manifest: Manifest, sets: Any, field: str, most: int, *at: Step) -> None:
    check_count(manifest, sets, most, *at)
    found = placed(sets, *at)
    manifest.unique(DEVICES, "the counter set", found, field)
    for here, each in found:
        manifest.must_follow(each, field, grammar.dns_label, *here)
        if manifest.needs(each, "counters", *here):
            check_count(manifest, each["counters"], _MOST_COUNTERS, *here, "counters")
            for name in each["counters"]:
                manifest.follows(name, grammar.dns_label, *here, "counters", name)


def check_capacity(manifest: Manifest, capacity: dict[str, Any], many: bool, *at: Step) -> None:
    """Check the policy of a capacity.

    Args:
        manifest: The slice.
        capacity: The capacity.
        many: Whether the device allows several allocations.
        at: The steps to the capacity.
    """
    policy, here = capacity.get("requestPolicy"), (*at, "requestPolicy")
    if policy is None:
        return
    if not many:
        manifest.report(CONFLICT, "A requestPolicy needs allowMultipleAllocations.", *here)
        return
    values, span = policy.get("validValues"), policy.get("validRange")
    if values and span is not None:
        manifest.report(CONFLICT, "A policy has validValues or validRange, not both.", *here)
        return
    if (values or span is not None) and not manifest.needs(policy, "default", *here):
        return
    whole, default = _amount(capacity.get("value")), _amount(policy.get("default"))
    if values:
        _check_options(manifest, [_amount(each) for each in values], whole, default, *here)
    elif span is not None:
        _check_range(manifest, span, whole, default, *here, "validRange")


def _amount(value: Any) -> Fraction:
    return (parse_quantity(value) if value is not None else None) or Fraction(0)


def _check_options(manifest: Manifest, options: list[Fraction], whole: Fraction, default: Fraction, *at: Step) -> None:
    check_count(manifest, options, _MOST_OPTIONS, *at, "validValues")
    if options != sorted(set(options)):
        manifest.report(OUT_OF_RANGE, "validValues are sorted, and each is given once.", *at, "validValues")
    if max(options) > whole:
        manifest.report(OUT_OF_RANGE, "A valid value is larger than the capacity.", *at, "validValues")
    if default not in options:
        manifest.report(OUT_OF_RANGE, "The default is none of the validValues.", *at, "default")


def _check_range(manifest: Manifest, span: dict[str, Any], whole: Fraction, default: Fraction, *at: Step) -> None:
    if not manifest.needs(span, "min", *at):
        return
    least, most = _amount(span["min"]), _amount(span["max"]) if span.get("max") is not None else whole
    if not least <= default <= most <= whole:
        manifest.report(OUT_OF_RANGE, "min, default, max and the capacity are in ascending order.", *at)
    if span.get("step") is not None:
        step = _amount(span["step"])
        given = [default, *([most] if span.get("max") is not None else [])]
        if step <= 0:
            manifest.report(OUT_OF_RANGE, "A step is greater than 0.", *at, "step")
        elif any((each - least) % step for each in given):
            manifest.report(OUT_OF_RANGE, "default and max are a number of steps above min.", *at, "step")
