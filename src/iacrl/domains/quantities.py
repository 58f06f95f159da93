"""Quantities such as `500m` and `128Mi`, and the value test that intents use for them.

Manifests use them, and so do texts that contain parts of manifests.

Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from iacrl.domains.base import Bound, DomainTest
from iacrl.errors import UserError

_QUANTITY = re.compile(
    r"(?P<number>[+-]?[0-9]*(?:\.[0-9]*)?)(?P<suffix>Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?[0-9]{1,18})?"
)
_SUFFIXES: Final[dict[str, Fraction]] = {
    "": Fraction(1),
    **{suffix: Fraction(10) ** (3 * power) for power, suffix in enumerate(("n", "u", "m"), start=-3)},
    **{suffix: Fraction(10) ** (3 * power) for power, suffix in enumerate("kMGTPE", start=1)},
    **{f"{suffix}i": Fraction(1024) ** power for power, suffix in enumerate("KMGTPE", start=1)},
}
#: The suffixes of one series, the largest first.
_BINARY: Final = ("Ei", "Pi", "Ti", "Gi", "Mi", "Ki", "")
_DECIMAL: Final = ("E", "P", "T", "G", "M", "k", "", "m", "u", "n")
_LARGEST: Final = 400  # larger exponents all mean "more than anything"
_MEANT = {
    "KB": "k", "Kb": "k", "kb": "k", "K": "k", "MB": "M", "Mb": "M", "mb": "M", "GB": "G", "Gb": "G", "gb": "G",
    "TB": "T", "Tb": "T", "ki": "Ki", "mi": "Mi", "gi": "Gi", "ti": "Ti", "g": "G", "t": "T",
    "KiB": "Ki", "MiB": "Mi", "GiB": "Gi", "TiB": "Ti", "Kib": "Ki", "Mib": "Mi", "Gib": "Gi",
}  # fmt: skip


@lru_cache(maxsize=4096)
def parse_quantity(text: str | int | float) -> Fraction | None:
    """Return the exact amount, or None if it is not a quantity.

    >>> parse_quantity("1.5Gi")
    Fraction(1610612736, 1)
    >>> parse_quantity("512MB") is None
    True
    """
    bare = text.strip(" \u00a0") if isinstance(text, str) else repr(text)
    found = _QUANTITY.fullmatch(bare)
    if found is None or not bare or len(found["number"]) > 64:
        return None
    digits, suffix = found["number"], found["suffix"] or ""
    if digits.strip("+-."):
        number = Fraction(digits)
    elif suffix != "Ei":
        number = Fraction(0)  # Go's parser reads a missing number as 0
    else:
        return None
    if suffix in _SUFFIXES:
        return number * _SUFFIXES[suffix]
    return number * Fraction(10) ** max(-_LARGEST, min(int(suffix[1:]), _LARGEST))


def stored_quantity(amount: Any) -> Any:
    """Return a quantity with the largest suffix of its series that keeps it whole; other values stay as they are.

    >>> stored_quantity("1024Mi"), stored_quantity("0.5"), stored_quantity("4000m"), stored_quantity(2)
    ('1Gi', '500m', '4', '2')
    """
    size = parse_quantity(amount) if isinstance(amount, str | int | float) and type(amount) is not bool else None
    if not size:
        return amount
    is_binary = isinstance(amount, str) and amount.endswith("i")
    for suffix in _BINARY if is_binary else _DECIMAL:
        if (size / _SUFFIXES[suffix]).denominator == 1:
            return f"{size / _SUFFIXES[suffix]}{suffix}"
    return amount


def meant_quantity(text: str) -> str:
    """Return ` Did you mean '512M'?` if the suffix is a common mistake, otherwise an empty string."""
    number = text.rstrip("KMGTPEkmgtpeiBb ")
    suffix = text[len(number) :].strip()
    if suffix in _MEANT and _QUANTITY.fullmatch(number):
        return f" Did you mean {number + _MEANT[suffix]!r}?"
    return ""


def _read(name: str, argument: Any) -> Any:
    if not isinstance(argument, str | int | float) or parse_quantity(argument) is None:
        raise UserError(f'{name!r} is {argument!r}: expected a quantity such as "500m" or "1Gi".')
    return argument


def _has_size(value: Any, expected: Any, bound: Bound) -> bool:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    size = parse_quantity(value)
    return size is not None and size == parse_quantity(expected)


#: A quantity of the same size: `1Gi` is `1024Mi`, `500m` is `0.5`.
QUANTITY = DomainTest(_has_size, _read)
