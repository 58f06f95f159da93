from __future__ import annotations

from random import Random

import pytest

from iacrl.domains.terraform.checking.graph import components, cycles


@pytest.mark.parametrize("seed", range(200))
def test_cycles_are_the_components_of_more_than_one_vertex(seed: int) -> None:
    random = Random(seed)
    count = random.randint(1, 12)
    edges = {
        vertex: [random.randrange(count + 3) for _ in range(random.randrange(4))]
        for vertex in random.sample(range(count), count)
        if random.random() < 0.8
    }
    expected = {frozenset(component) for component in components(edges) if len(component) > 1}
    assert {frozenset(cycle) for cycle in cycles(edges)} == expected


def test_a_long_chain_has_no_cycle_whichever_way_it_is_written() -> None:
    chain = {vertex: [vertex + 1] for vertex in range(20_000)}
    assert cycles(chain) == []
    assert cycles(dict(reversed(chain.items()))) == []
    assert [len(cycle) for cycle in cycles({**chain, 20_000: [0]})] == [20_001]
