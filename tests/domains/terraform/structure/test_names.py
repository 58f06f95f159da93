from __future__ import annotations

from random import Random

import pytest

from iacrl.domains.terraform.structure.names import is_identifier, nearest


def distance(one: str, other: str) -> int:
    """The Levenshtein distance, as textbooks compute it."""
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        above, row[0] = row[0], i
        for j, right in enumerate(other, 1):
            above, row[j] = row[j], min(above + (left != right), row[j] + 1, row[j - 1] + 1)
    return row[-1]


def test_the_nearest_name_is_the_first_fewer_than_three_edits_away() -> None:
    for seed in range(300):
        random = Random(seed)
        names = ["".join(random.choices("ab_", k=random.randrange(1, 9))) for _ in range(12)]
        name, *known = names
        best = min(known, key=lambda other: distance(name, other))
        expected = f' Did you mean "{best}"?' if distance(name, best) < 3 else ""
        assert nearest(name, known) == expected, (name, known)


def test_names_too_long_to_compare_have_no_nearest() -> None:
    assert nearest("a" * 200_000 + "x", ["a" * 200_000]) == ""


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("a", True),
        ("_", True),
        ("a-b_1", True),
        ("été", True),
        ("1a", False),
        ("-a", False),
        ("a b", False),
        ("", False),
    ],
)
def test_identifiers(name: str, valid: bool) -> None:
    assert is_identifier(name) is valid
