"""Conversions between the types of values, and the names of types."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from iacrl.domains.kubernetes.cel import library
from iacrl.domains.kubernetes.cel.nodes import CelError, Uint
from iacrl.domains.kubernetes.cel.operators import kept
from iacrl.domains.kubernetes.cel.text_functions import written
from iacrl.domains.kubernetes.cel.times import Duration, read_duration, read_timestamp
from iacrl.domains.kubernetes.cel.values import Optional, TypeValue

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


#: A whole number, whose digits after leading zeros may fit into 64 bits.
_WHOLE: Final = re.compile(r"([+-]?)0*([0-9]{1,20})")


def _whole(text: str, kind: str) -> int:
    match = _WHOLE.fullmatch(text)
    if match is None or (match[1] and kind == "uint"):
        raise CelError(f"type conversion error from 'string' to '{kind}'")
    return -int(match[2]) if match[1] == "-" else int(match[2])


def _int(value: Any) -> int:
    if isinstance(value, str):
        value = _whole(value, "int")
    elif isinstance(value, datetime):
        value = math.floor((value - _EPOCH) / timedelta(seconds=1))
    elif isinstance(value, bool):
        raise CelError("no such overload")
    elif isinstance(value, float) and math.isnan(value):
        raise CelError("integer overflow")
    return int(kept(int(value), 0))


def _uint(value: Any) -> Uint:
    if isinstance(value, float) and math.isnan(value):
        raise CelError("unsigned integer overflow")
    found = kept(_whole(value, "uint") if isinstance(value, str) else int(value), Uint(0))
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


def _string(value: Any) -> str:
    if isinstance(value, library.Cidr):
        return f"{value.address}/{value.length}"
    return written(value)


#: By name.
CONVERSIONS: Final[dict[str, Callable[..., Any]]] = {
    "bool": _bool,
    "bytes": lambda value: value.encode() if isinstance(value, str) else value,
    "double": float,
    "dyn": lambda value: value,
    "duration": _duration,
    "int": _int,
    "string": _string,
    "timestamp": _timestamp,
    "type": _type,
    "uint": _uint,
}
