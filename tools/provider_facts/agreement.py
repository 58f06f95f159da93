"""python -m provider_facts.agreement PROGRAM: compare the facts with the provider, on values not asked before.

Arguments are drawn from all types of the pack. Values are close to their conditions, or come from the patterns in the
program and from texts of many kinds. If the provider refuses a value that newer service models have, the facts are
right to differ. Such values are counted separately.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from iacrl.domains.terraform.provider_rules.conditions import holds
from iacrl.domains.terraform.provider_rules.facts import Condition, ProviderFacts, facts_of
from iacrl.domains.terraform.provider_rules.resource_check import has_implicit_id
from iacrl.domains.terraform.schema.packs import find_provider
from provider_facts.assemble import find
from provider_facts.battery import SHORT
from provider_facts.client import Provider, running
from provider_facts.pool import WRITTEN, samples_of
from provider_facts.program_patterns import patterns_in
from provider_facts.samples import altered, matching
from provider_facts.shape import Leaf, block_of
from provider_facts.survey import leaves_of, put

#: How many values are tried for each argument.
_EACH = 4
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789"
_MARKS = "-_. /:@+=,#!"
_LENGTHS = (1, 2, 3, 14, 31, 62, 65, 127, 130, 254, 258, 510, 1025, 2050)
_LISTED = ("enum", "enum_i")


class Probe(NamedTuple):
    """One value, and what both sides say about it.

    Attributes:
        heard: The provider's complaints; none if it accepts the value.
        broken: The condition that the value does not meet, according to the facts.
    """

    type: str
    leaf: Leaf
    value: Any
    heard: list[str]
    broken: Condition | None
    is_newer: bool


def main() -> None:
    """Print the agreement, and the differences by kind."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=Path)
    parser.add_argument("types", nargs="*", help="resources and data sources to draw from; all unless given")
    parser.add_argument("--provider", default="aws", help="whose pack is at hand")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=6000)
    parser.add_argument("--show", type=int, default=0, help="how many differences to print")
    given = parser.parse_args()
    with running(str(given.program)) as provider:
        patterns = patterns_in(given.program)
        made = list(probes(provider, given.provider, patterns, given.seed, given.count, given.types))
    differ = [one for one in made if not one.is_newer and bool(one.heard) != (one.broken is not None)]
    judged = [one for one in made if not one.is_newer]
    accepted = [one for one in judged if not one.heard]
    wrong = [one for one in differ if not one.heard]
    print(f"{len(judged)} values, {len(judged) - len(accepted)} refused; {len(made) - len(judged)} newer values apart")
    print(f"agreement {1 - len(differ) / len(judged):.4f}; refused of the accepted {len(wrong) / len(accepted):.4%}")
    for words, count in Counter(_headline(one) for one in differ).most_common(40):
        print(f"{count:5} {words}")
    for one in differ[: given.show]:
        print(one.type, ".".join(one.leaf.path), repr(one.value)[:80], one.heard[:1], one.broken)


def probes(
    provider: Provider, name: str, patterns: Sequence[str], seed: int, count: int, only: Container[str] = ()
) -> Iterator[Probe]:
    """Yield values that were not asked about before, with what the provider and the facts say."""
    source = random.Random(seed)
    pack = find_provider(name)
    facts = None if pack is None else facts_of(pack)
    if pack is None or facts is None:
        raise SystemExit(f"No facts of {name}.")
    schema = provider.schema()
    messages = {"resource": schema.resource_schemas, "data": schema.data_source_schemas}
    types = [
        (category, one) for category, known in messages.items() for one in sorted(known) if not only or one in only
    ]
    asked = frozenset((*WRITTEN, *(text for made in samples_of(patterns).values() for text in made)))
    for _ in range(count // _EACH):
        category, kind = source.choice(types)
        block, newer = block_of(messages[category][kind].block), pack.read(category, kind)
        leaves = [leaf for leaf in leaves_of(block) if leaf.kind in ("string", "number")]
        leaf = source.choice(leaves) if leaves else None
        if newer is None or leaf is None or find(newer, leaf.path) is None:
            continue
        refuses_id = leaf.path == ("id",) and has_implicit_id(pack, category, kind)
        conditions = [["never"]] if refuses_id else _conditions(facts, category, kind, leaf)
        values = list(dict.fromkeys(_value(leaf, conditions, patterns, asked, source) for _ in range(_EACH)))
        for value, heard in put(provider, category, kind, block, {leaf: values})[leaf].items():
            datum = value if isinstance(value, str) else Fraction(value) if value % 1 else int(value)
            broken = next((one for one in conditions if not holds(one, datum)), None)
            newest = bool(heard) and broken is None and any(one[0] in _LISTED for one in conditions)
            yield Probe(kind, leaf, value, heard, broken, newest)


def _conditions(facts: ProviderFacts, category: str, kind: str, leaf: Leaf) -> list[Condition]:
    known = facts.of(category, kind)
    return [] if known is None else known.values.get(leaf.path, [])


def _headline(one: Probe) -> str:
    if one.broken is not None:
        return f"refused by the facts only: {one.broken[0]} {one.broken[1] if one.broken[0] == 'form' else ''}"
    return f"refused by the provider only: {one.heard[0].replace(str(one.value), 'V')[:80]!r}"


def _value(
    leaf: Leaf, conditions: Sequence[Condition], patterns: Sequence[str], asked: Container[str], source: random.Random
) -> Any:
    if leaf.kind == "number":
        return _number(conditions, source)
    for _ in range(20):
        value = _text(conditions, patterns, source)
        if value not in asked:
            return value
    return f"probe-{source.randrange(10**6)}"


def _number(conditions: Sequence[Condition], source: random.Random) -> float:
    edges = [one for kind, *bounds in conditions if kind in ("range", "numbers") for one in bounds if one is not None]
    near = [edge + step for edge in edges for step in (-2, -1, 0, 1, 2, 17)]
    return source.choice((*near, source.randint(0, 20), source.randint(-50, 10**5), source.randint(0, 400) / 4))


def _text(conditions: Sequence[Condition], patterns: Sequence[str], source: random.Random) -> str:
    listed = [one for kind, *values in conditions if kind in _LISTED for one in values]
    own = [one for kind, *rest in conditions if kind in ("match", "no_match") for one in rest]
    match source.randrange(8):
        case 0 | 1 if listed:
            value = source.choice(listed)
            return source.choice((value, value.swapcase(), altered(value, source), value + "s"))
        case 0 | 1 if own:
            made = matching(source.choice(own), source) or ""
            return source.choice((made, altered(made, source)))
        case 2:
            made = matching(source.choice(patterns), source) or ""
            return source.choice((made, altered(made, source)))[:600]
        case 3:
            return altered(source.choice(SHORT[:-1]), source)
        case 4:
            return "".join(source.choices(_LETTERS + _MARKS, k=source.randint(1, 30)))
        case 5:
            return source.choice(_LETTERS) * source.choice(
                (1, 2, 3, 14, 31, 62, 65, 127, 130, 254, 258, 510, 1025, 2050)
            )
    words = ("app", "prod", "web", "main", "blue", "data", "eu", "logs", "1", "v2", "api", "Team")
    return source.choice(("-", "_", "")).join(source.choices(words, k=source.randint(1, 4)))


if __name__ == "__main__":
    main()
