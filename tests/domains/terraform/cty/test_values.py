"""Values and their parts."""

from __future__ import annotations

import pytest

from iacrl.domains.terraform.cty.types import NUMBER, STRING
from iacrl.domains.terraform.cty.values import (
    SENSITIVE,
    Value,
    list_value,
    map_value,
    number,
    object_value,
    pairs,
    set_value,
    string,
    tuple_value,
)

A, B = string("a"), string("b")


@pytest.mark.parametrize(
    ("collection", "keys", "parts"),
    [
        (tuple_value([B, A]), [0, 1], ["b", "a"]),
        (list_value(STRING, [B, A]), [0, 1], ["b", "a"]),
        (set_value(STRING, [B, A]), ["a", "b"], ["a", "b"]),
        (map_value(STRING, {"y": A, "x": B}), ["x", "y"], ["b", "a"]),
        (object_value({"y": A, "x": number(1)}), ["x", "y"], [1, "a"]),
        (tuple_value([]), [], []),
    ],
)
def test_the_pairs_of_a_collection(collection: Value, keys: list[object], parts: list[object]) -> None:
    found = list(pairs(collection))
    assert [key.data for key, _ in found] == keys
    assert [part.data for _, part in found] == parts
    kind = NUMBER if collection.type.kind in ("list", "tuple") else STRING
    assert all(key.type is kind for key, _ in found)


@pytest.mark.parametrize(
    "collection",
    [tuple_value([A, B.marked(SENSITIVE)]), object_value({"x": A, "y": B.marked(SENSITIVE)})],
)
def test_the_parts_of_a_marked_collection_keep_only_their_own_marks(collection: Value) -> None:
    collection = collection.marked(SENSITIVE)
    assert [part.marks for _, part in pairs(collection)] == [frozenset(), SENSITIVE]
