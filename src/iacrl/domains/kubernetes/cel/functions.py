"""The functions of expressions, by name: operators, conversions, texts, lists, times and Kubernetes' libraries."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from iacrl.domains.kubernetes.cel import library
from iacrl.domains.kubernetes.cel.call_signatures import FORMATS
from iacrl.domains.kubernetes.cel.nodes import CelError, Uint
from iacrl.domains.kubernetes.cel.text_functions import TEXTS, written
from iacrl.domains.kubernetes.cel.times import Duration, read_duration, read_timestamp
from iacrl.domains.kubernetes.cel.values import NONE, Format, Optional, TypeValue

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def equal(one: Any, other: Any) -> bool:
    """Tell whether two values are equal: numbers by value, others only within their type."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, Optional) and isinstance(other, Optional):
        return (one is NONE) is (other is NONE) and equal(one.value, other.value)
    return bool(one == other)


def _kept(value: Any, like: Any) -> Any:
    """Return an integer as what it was computed of; one that 64 bits cannot hold is an error."""
    if isinstance(value, float):
        return value
    if isinstance(like, Uint):
        if not 0 <= value < 2**64:
            raise CelError("unsigned integer overflow")
        return Uint(value)
    if not -(2**63) <= value < 2**63:
        raise CelError("integer overflow")
    return Duration(value) if isinstance(like, Duration) else int(value)


def _same(one: Any, other: Any) -> None:
    if type(one) is not type(other) or isinstance(one, bool):
        raise CelError("no such overload")


def _plus(one: Any, other: Any) -> Any:
    if isinstance(one, datetime) or isinstance(other, datetime):
        moment, span = (one, other) if isinstance(one, datetime) else (other, one)
        return moment + timedelta(microseconds=span // 1000)
    _same(one, other)
    if isinstance(one, str | bytes | list):
        return one + other
    return _kept(one + other, one)


def _minus(one: Any, other: Any) -> Any:
    if isinstance(one, datetime):
        if isinstance(other, datetime):
            return Duration(round((one - other) / timedelta(microseconds=1)) * 1000)
        return one - timedelta(microseconds=other // 1000)
    _same(one, other)
    return _kept(one - other, one)


def _times(one: Any, other: Any) -> Any:
    _same(one, other)
    return _kept(one * other, one)


def _over(one: Any, other: Any) -> Any:
    _same(one, other)
    if isinstance(one, float):
        if other == 0:
            return math.nan if one == 0 or math.isnan(one) else math.copysign(math.inf, one) * math.copysign(1, other)
        return one / other
    if other == 0:
        raise CelError("division by zero")
    whole = abs(one) // abs(other)
    return _kept(whole if (one < 0) is (other < 0) else -whole, one)


def _modulo(one: Any, other: Any) -> Any:
    _same(one, other)
    if other == 0:
        raise CelError("modulus by zero")
    rest = abs(one) % abs(other)
    return _kept(-rest if one < 0 else rest, one)


def _compared(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(one: Any, other: Any) -> bool:
        numbers = isinstance(one, int | float) and isinstance(other, int | float)
        mixed = isinstance(one, bool) is not isinstance(other, bool)
        if mixed or (not numbers and type(one) is not type(other)):
            raise CelError("no such overload")
        return test(one, other)

    return compare


def _has(item: Any, holder: Any) -> bool:
    if isinstance(holder, dict):
        return item in holder
    if not isinstance(holder, list):
        raise CelError("no such overload")
    return any(equal(item, each) for each in holder)


def _index(holder: Any, key: Any) -> Any:
    if isinstance(holder, Optional):
        return _index_optional(holder, key)
    if isinstance(holder, dict):
        if key not in holder:
            raise CelError(f"no such key: {key}")
        return holder[key]
    if not isinstance(holder, list) or isinstance(key, bool) or not isinstance(key, int | float):
        raise CelError("no such overload")
    if not 0 <= key < len(holder) or key != int(key):
        raise CelError(f"index out of bounds: {key}")
    return holder[int(key)]


def _index_optional(holder: Any, key: Any) -> Optional:
    inner: Any = holder.value if isinstance(holder, Optional) else holder
    if isinstance(inner, dict) and key in inner:
        return Optional(inner[key])
    if isinstance(inner, list) and 0 <= key < len(inner):
        return Optional(inner[key])
    return NONE


def _int(value: Any) -> int:
    if isinstance(value, str):
        if not value.lstrip("+-").isascii() or not value.lstrip("+-").isdigit():
            raise CelError("type conversion error from 'string' to 'int'")
        value = int(value)
    elif isinstance(value, datetime):
        value = math.floor((value - _EPOCH) / timedelta(seconds=1))
    elif isinstance(value, bool):
        raise CelError("no such overload")
    return int(_kept(int(value), 0))


def _uint(value: Any) -> Uint:
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise CelError("type conversion error from 'string' to 'uint'")
    found = _kept(int(value), Uint(0))
    assert isinstance(found, Uint)
    return found


def _bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in {"true", "True", "TRUE", "t", "1"}:
        return True
    if value in {"false", "False", "FALSE", "f", "0"}:
        return False
    raise CelError("type conversion error from 'string' to 'bool'")


def _timestamp(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    return read_timestamp(value) if isinstance(value, str) else _EPOCH + timedelta(seconds=value)


def _duration(value: Any) -> Duration:
    return read_duration(value) if isinstance(value, str) else Duration(value)


_TYPES: Final[tuple[tuple[type, str], ...]] = (
    (bool, "bool"), (Uint, "uint"), (Duration, "google.protobuf.Duration"), (int, "int"), (float, "double"),
    (TypeValue, "type"), (str, "string"), (bytes, "bytes"), (list, "list"), (dict, "map"),
    (datetime, "google.protobuf.Timestamp"), (Optional, "optional_type"), (Fraction, "kubernetes.Quantity"),
    (library.Cidr, "net.CIDR"), (library.Url, "kubernetes.URL"), (library.Semver, "kubernetes.Semver"),
)  # fmt: skip


def _type(value: Any) -> TypeValue:
    return TypeValue(next((name for kind, name in _TYPES if isinstance(value, kind)), "null_type"))


def _minute_offset(zone: str) -> timezone | ZoneInfo:
    sign = -1 if zone.startswith("-") else 1
    hours, colon, minutes = zone.lstrip("+-").partition(":")
    if colon and hours.isdigit() and minutes.isdigit():
        return timezone(sign * timedelta(hours=int(hours), minutes=int(minutes)))
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise CelError(f"unknown time zone {zone}") from None


def _moment(part: Callable[[datetime], int], span: int = 0) -> Callable[..., int]:
    def of(value: Any, zone: str = "UTC") -> int:
        if isinstance(value, Duration):
            return int(abs(value) // span) * (-1 if value < 0 else 1) if span else 0
        return part(value.astimezone(_minute_offset(zone)))

    return of


def _value(holder: Optional) -> Any:
    if holder is NONE:
        raise CelError("optional.none() dereference")
    return holder.value


def _ordered(choose: Callable[[Any], Any]) -> Callable[[list[Any]], Any]:
    def of(items: list[Any]) -> Any:
        if not items:
            raise CelError("called on an empty list")
        return choose(items)

    return of


def _sum(items: list[Any]) -> Any:
    total = items[0] if items else 0
    for each in items[1:]:
        total = _plus(total, each)
    return total


def _amount(value: Any) -> Fraction:
    return Fraction(value)


def _tests(reader: Callable[..., Any]) -> Callable[..., bool]:
    def test(*takes: Any) -> bool:
        try:
            reader(*takes)
        except CelError:
            return False
        return True

    return test


def _whole(value: Fraction) -> int:
    if value.denominator != 1 or not -(2**63) <= value < 2**63:
        raise CelError("cannot convert value to integer")
    return value.numerator


def _contains(cidr: library.Cidr, other: Any) -> bool:
    address = library.read_ip(other) if isinstance(other, str) else other
    return address.version == cidr.address.version and address in cidr.network


def _contains_cidr(cidr: library.Cidr, other: Any) -> bool:
    inner = library.read_cidr(other) if isinstance(other, str) else other
    return _contains(cidr, inner.address) and inner.length >= cidr.length


def _canonical(text: str) -> bool:
    return str(library.read_ip(text)) == text


def _validate(name: str, text: str) -> Optional:
    problem = library.format_problem(name, text)
    return NONE if problem is None else Optional([problem])


def _order(one: Any, other: Any) -> int:
    return int(one > other) - int(one < other)


def _flatten(items: list[Any], depth: int = 1) -> list[Any]:
    found: list[Any] = []
    for each in items:
        found += _flatten(each, depth - 1) if isinstance(each, list) and depth > 0 else [each]
    return found


def _distinct(items: list[Any]) -> list[Any]:
    found: list[Any] = []
    for each in items:
        if not _has(each, found):
            found.append(each)
    return found


def _slice(items: list[Any], start: int, end: int) -> list[Any]:
    if not 0 <= start <= end <= len(items):
        raise CelError("slice out of range")
    return items[start:end]


def _string(value: Any) -> str:
    if isinstance(value, library.Cidr):
        return f"{value.address}/{value.length}"
    return written(value)


def _size(value: Any) -> int:
    if not isinstance(value, str | bytes | list | dict) or isinstance(value, TypeValue):
        raise CelError("no such overload")
    return len(value)


def _range(count: int) -> list[int]:
    if count > 10**6:
        raise CelError("the range is too long")
    return list(range(count))


#: By name; a method takes what it is called on first.
FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    **TEXTS,
    "==": equal,
    "!=": lambda one, other: not equal(one, other),
    "<": _compared(lambda one, other: one < other),
    "<=": _compared(lambda one, other: one <= other),
    ">": _compared(lambda one, other: one > other),
    ">=": _compared(lambda one, other: one >= other),
    "+": _plus,
    "-": _minus,
    "*": _times,
    "/": _over,
    "%": _modulo,
    "-_": lambda value: _kept(-value, value),
    "!_": lambda value: not value,
    "in": _has,
    "_[_]": _index,
    "_[?_]": _index_optional,
    "size": _size,
    "bool": _bool,
    "bytes": lambda value: value.encode() if isinstance(value, str) else value,
    "double": float,
    "duration": _duration,
    "dyn": lambda value: value,
    "int": _int,
    "string": _string,
    "timestamp": _timestamp,
    "type": _type,
    "uint": _uint,
    "getDate": _moment(lambda each: each.day),
    "getDayOfMonth": _moment(lambda each: each.day - 1),
    "getDayOfWeek": _moment(lambda each: (each.weekday() + 1) % 7),
    "getDayOfYear": _moment(lambda each: each.timetuple().tm_yday - 1),
    "getFullYear": _moment(lambda each: each.year),
    "getHours": _moment(lambda each: each.hour, 3600 * 10**9),
    "getMilliseconds": _moment(lambda each: each.microsecond // 1000, 10**6),
    "getMinutes": _moment(lambda each: each.minute, 60 * 10**9),
    "getMonth": _moment(lambda each: each.month - 1),
    "getSeconds": _moment(lambda each: each.second, 10**9),
    "optional.of": Optional,
    "optional.ofNonZeroValue": lambda value: Optional(value) if value else NONE,
    "optional.none": lambda: NONE,
    "hasValue": lambda holder: holder is not NONE,
    "value": _value,
    "or": lambda holder, other: other if holder is NONE else holder,
    "orValue": lambda holder, other: other if holder is NONE else holder.value,
    "isSorted": lambda items: all(one <= other for one, other in pairwise(items)),
    "min": _ordered(min),
    "max": _ordered(max),
    "sum": _sum,
    "slice": _slice,
    "distinct": _distinct,
    "sort": sorted,
    "first": lambda items: Optional(items[0]) if items else NONE,
    "last": lambda items: Optional(items[-1]) if items else NONE,
    "flatten": _flatten,
    "lists.range": _range,
    "isURL": _tests(library.read_url),
    "url": library.read_url,
    "getScheme": lambda url: url.scheme,
    "getHost": lambda url: url.host,
    "getHostname": lambda url: url.hostname,
    "getPort": lambda url: url.port,
    "getEscapedPath": lambda url: url.path,
    "getQuery": lambda url: url.query,
    "isQuantity": _tests(library.read_quantity),
    "quantity": library.read_quantity,
    "isInteger": lambda value: value.denominator == 1 and -(2**63) <= value < 2**63,
    "asInteger": _whole,
    "asApproximateFloat": float,
    "sign": lambda value: (value > 0) - (value < 0),
    "add": lambda value, other: value + _amount(other),
    "sub": lambda value, other: value - _amount(other),
    "isLessThan": lambda value, other: value < other,
    "isGreaterThan": lambda value, other: value > other,
    "compareTo": _order,
    "isIP": _tests(library.read_ip),
    "ip": lambda value: value.address if isinstance(value, library.Cidr) else library.read_ip(value),
    "ip.isCanonical": _canonical,
    "family": lambda address: address.version,
    "isUnspecified": lambda address: address.is_unspecified,
    "isLoopback": lambda address: address.is_loopback,
    "isLinkLocalMulticast": lambda address: (
        address in ipaddress.ip_network("224.0.0.0/24" if address.version == 4 else "ff02::/16")
    ),
    "isLinkLocalUnicast": lambda address: address.is_link_local,
    "isGlobalUnicast": lambda address: (
        not (address.is_unspecified or address.is_loopback or address.is_multicast or address.is_link_local)
        and str(address) != "255.255.255.255"
    ),
    "isCIDR": _tests(library.read_cidr),
    "cidr": library.read_cidr,
    "containsIP": _contains,
    "containsCIDR": _contains_cidr,
    "masked": lambda cidr: library.Cidr(cidr.network.network_address, cidr.length),
    "prefixLength": lambda cidr: cidr.length,
    "sets.contains": lambda one, other: all(_has(each, one) for each in other),
    "sets.equivalent": lambda one, other: all(_has(e, one) for e in other) and all(_has(e, other) for e in one),
    "sets.intersects": lambda one, other: any(_has(each, one) for each in other),
    "format.named": lambda name: Optional(Format(name)) if name in FORMATS else NONE,
    "format.?": Format,
    "validate": _validate,
    "isSemver": _tests(library.read_semver),
    "semver": library.read_semver,
    "major": lambda version: version.numbers[0],
    "minor": lambda version: version.numbers[1],
    "patch": lambda version: version.numbers[2],
}
