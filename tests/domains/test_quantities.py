"""Quantities of Kubernetes, as the API server reads and stores them."""

from __future__ import annotations

from typing import Any

import pytest

from iacrl.domains.quantities import stored_quantity


@pytest.mark.parametrize(
    ("amount", "stored"),
    [
        ("1024Mi", "1Gi"),
        ("1536Mi", "1536Mi"),
        ("0.5", "500m"),
        ("4000m", "4"),
        ("1000M", "1G"),
        ("1000Mi", "1000Mi"),
        (2, "2"),
        (0.25, "250m"),
        ("0", "0"),
        (True, True),
        ("much", "much"),
        (None, None),
    ],
)
def test_an_amount_is_stored_with_the_largest_suffix_of_its_sort(amount: Any, stored: Any) -> None:
    assert stored_quantity(amount) == stored
