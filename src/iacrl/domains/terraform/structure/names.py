"""Names: which are valid, which is nearest, and Terraform's messages about invalid ones."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from iacrl.domains.terraform.findings import Finding, refuse
from iacrl.domains.terraform.rules import structure_rule
from iacrl.domains.terraform.syntax.nodes import Label

INVALID_NAME = structure_rule(
    "TF206",
    "Invalid name",
    "syntax/configuration#identifiers",
    "A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes; "
    "otherwise no expression could refer to it.",
)

_ASCII_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"

#: The errors in one file after which checking ends. With this many it is not a configuration, and each one costs time.
MAX_ERRORS = 100
#: The most names to search for the nearest one.
_MAX_NAMES = 2_000
#: The most characters of names compared for one hint: several times those of the largest provider's types.
_MAX_CHARACTERS = 100_000

BAD_NAME = (
    "A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes."
)


def is_identifier(name: str) -> bool:
    """Say whether an expression could refer to something with this name."""
    if name.isascii():
        return name.isidentifier() or re.fullmatch(_ASCII_NAME, name) is not None
    from iacrl.domains.terraform.syntax.unicode_names import name_length

    return name_length(name) == len(name)


def check_name(label: Label, what: str, report: list[Finding]) -> None:
    """Report a label that is not a valid name; `what` is part of the title "Invalid {what} name"."""
    if not is_identifier(label.value):
        refuse(report, label, INVALID_NAME, BAD_NAME, f"Invalid {what} name")


def is_full(report: list[Finding]) -> bool:
    """Say whether a file has so many errors that checking stops. Warnings alone never fill a report."""
    return len(report) > MAX_ERRORS


def warn(finding: Finding, report: list[Finding]) -> None:
    """Add a warning while there is room. Beyond that only errors are added, so a full report contains one."""
    if len(report) < MAX_ERRORS:
        report.append(finding)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ` Did you mean "x"?` for the first known name fewer than three edits away, else an empty string.

    Terraform uses the same measure. It is fast for a thousand names; `difflib` is not.
    """
    best, distance, characters = "", 3, _MAX_CHARACTERS
    for other in islice(known, _MAX_NAMES):
        if -distance < len(other) - len(name) < distance:
            characters -= len(other)
            if characters < 0:
                break
            found = _edits(name, other, distance - 1)
            if found < distance:
                best, distance = other, found
    return f' Did you mean "{best}"?' if best else ""


def _edits(one: str, other: str, most: int) -> int:
    """Return the Levenshtein distance, or some number above `most` if it is larger than `most`."""
    same = _common_start(one, other)
    one, other = one[same:], other[same:]
    if not one or not other:
        return len(one) + len(other)
    if not most:
        return 1
    replaced = _edits(one[1:], other[1:], most - 1)
    removed = _edits(one[1:], other, most - 1)
    return 1 + min(replaced, removed, _edits(one, other[1:], most - 1))


def _common_start(one: str, other: str) -> int:
    """Return how many characters the two have in common before they differ."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
