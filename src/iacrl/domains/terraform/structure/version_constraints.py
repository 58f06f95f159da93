"""Version constraints such as `>= 1.3, < 2.0`, and the version of the language that verdicts follow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from iacrl.domains.terraform.cty.types import STRING
from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.rules import structure_rule
from iacrl.domains.terraform.structure.static import constant
from iacrl.domains.terraform.structure.structure_rules import INVALID_VERSION
from iacrl.domains.terraform.syntax.nodes import ValueNode
from iacrl.errors import UserError

UNSUPPORTED_TERRAFORM = structure_rule(
    "TF223",
    "Unsupported Terraform Core version",
    "terraform#terraform-required_version",
    "The required_version constraint excludes the version of Terraform that judges: 1.11.4, or the one that the option "
    "terraform.version names.",
)

#: OpenTofu's version, which the `compatible_with` of a `language` block is compared with.
TOFU_VERSION = (1, 12, 6)

_CONSTRAINT = (
    r"\s*+(?P<operator>|=|!=|>=|<=|>|<|~>)\s*+v?(?P<numbers>\d++(?:\.\d++)*+)"
    r"(?P<prerelease>-\d[0-9A-Za-z~-]*+(?:\.[0-9A-Za-z~-]++)*+|-?[A-Za-z~-][0-9A-Za-z~-]*+(?:\.[0-9A-Za-z~-]++)*+)?"
    r"(?:\+[0-9A-Za-z~-]++(?:\.[0-9A-Za-z~-]++)*+)?\s*+"
)
#: Segments of a version are whole numbers of 64 bits.
_MAX_SEGMENT = 2**63 - 1


@lru_cache(maxsize=1024)
def is_constraint(text: str) -> bool:
    """Say whether a string has the syntax of version constraints."""
    return all(_constraint(part) for part in text.split(","))


def _constraint(text: str) -> re.Match[str] | None:
    found = re.fullmatch(_CONSTRAINT, text)
    if found is None or not all(_is_segment(number) for number in found["numbers"].split(".")):
        return None
    return found


def _is_segment(number: str) -> bool:
    digits = number.lstrip("0")
    return len(digits) < 20 and int(digits or "0") <= _MAX_SEGMENT


def check_required_version(
    expression: ValueNode, report: list[Finding], program: str, version: Sequence[int]
) -> str | None:
    """Report a `required_version` that is not a constraint, or that excludes the program's version.

    Returns:
        The constraint, if it excludes the version.
    """
    text = read_constraint_text(expression, report)
    if text is None:
        return None
    parts = [_constraint(part) for part in text.split(",")]
    if any(part is not None and part["prerelease"] for part in parts):
        detail = "Prerelease version constraints are not supported. Remove the prerelease information."
        refuse(report, expression, INVALID_VERSION, detail, "Invalid required_version constraint")
    elif not all(part is not None and _allows(part["operator"], part["numbers"], version) for part in parts):
        detail = f"This configuration does not support {program} version {'.'.join(map(str, version))}."
        hint = " Where another one runs it, the option terraform.version names that." if program == "Terraform" else ""
        refuse(report, expression, UNSUPPORTED_TERRAFORM, detail + hint)
        return text
    return None


def read_program_version(text: str) -> tuple[int, ...]:
    """Return the numbers of a version of Terraform, such as `1.11.4`.

    Raises:
        UserError: This is not a version.
    """
    if re.fullmatch(r"\d{1,9}(\.\d{1,9}){0,2}", text) is None:
        raise UserError(f"{text!r} is not a version of Terraform: write one such as 1.11.4.")
    return tuple(_padded(_segments(text)))


def read_constraint_text(expression: ValueNode, report: list[Finding]) -> str | None:
    """Return a constant constraint; None if it is null or invalid. An invalid one is reported."""
    from iacrl.domains.terraform.cty.conversion import ConversionError, convert

    value = constant(expression, report)
    if value is None:
        return None
    try:
        value = convert(value, STRING)
    except ConversionError:
        detail = "A string value is required for version constraints."
        refuse(report, expression, INVALID_VERSION, detail)
        return None
    if value.null or not value.known:
        return None
    if is_constraint(value.data):
        return str(value.data)
    detail = "This string does not use correct version constraint syntax."
    refuse(report, expression, INVALID_VERSION, detail)
    return None


def allows(text: str, version: str) -> bool:
    """Say whether a constraint allows a version. An unknown version is always allowed.

    Args:
        text: The constraint.
        version: The version, such as `6.25.0`; empty if it is not known.
    """
    known = re.match(r"\d+(\.\d+)*", version)
    parts = [part for part in map(_constraint, text.split(",")) if part is not None]
    return known is None or all(_allows(part["operator"], part["numbers"], _segments(known[0])) for part in parts)


def allows_some(text: str, newest: str, oldest_major: int = 0) -> bool:
    """Say whether a constraint allows any version that a provider can have.

    Providers begin with version 0.1. A version newer than the known schema's may exist by now. But if its major version
    is newer too, that schema says little about it.

    Args:
        text: The constraint.
        newest: The version of the known schema; empty if it is not known.
        oldest_major: The first major version to look at.
    """
    parts = [part for part in map(_constraint, text.split(",")) if part is not None]
    known = _segments(newest.partition("-")[0]) if re.match(r"\d+(\.\d+)*", newest) else None
    least = [oldest_major, 0, 0] if oldest_major else [0, 1, 0] if known is None else min(known, [0, 1, 0])
    named = [_padded(_segments(part["numbers"])) for part in parts]
    # If any version is allowed, then so is the lowest one, a named one, or one just after a named one.
    tried = [least, *named, *([*version[:-1], version[-1] + 1] for version in named)]
    return any(
        version >= least
        and (known is None or version[0] <= known[0])
        and all(_allows(part["operator"], part["numbers"], version) for part in parts)
        for version in tried
    )


def _padded(version: list[int]) -> list[int]:
    return version + [0] * (3 - len(version))


def _segments(numbers: str) -> list[int]:
    return [int(part.lstrip("0") or "0") for part in numbers.split(".")]


def _allows(operator: str, numbers: str, version: Sequence[int]) -> bool:
    wanted = _segments(numbers)
    have = list(version)
    width = max(len(wanted), len(have))
    lower = wanted + [0] * (width - len(wanted))
    current = have + [0] * (width - len(have))
    match operator:
        case "" | "=":
            return current == lower
        case "!=":
            return current != lower
        case ">":
            return current > lower
        case "<":
            return current < lower
        case ">=":
            return current >= lower
        case "<=":
            return current <= lower
    # ~> 1.2.3 fixes all segments but the last.
    return current >= lower and current[: len(wanted) - 1] == wanted[:-1]
