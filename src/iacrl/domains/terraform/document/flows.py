"""What flows into a value: attributes of other things that are the value, or part of its text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.document.plain_data import decoded, descend
from iacrl.domains.terraform.document.static_names import StaticPlace
from iacrl.domains.terraform.document.symbols import Origin, Symbol
from iacrl.domains.terraform.syntax import nodes


class Passage(NamedTuple):
    """One value that flows in.

    Attributes:
        before: The text before it; like `after`, empty if it flows in as a whole.
        origin: Its source.
        after: The text after it.
    """

    before: str
    origin: Origin
    after: str


def passages(expression: nodes.ValueNode, steps: tuple[str | int, ...], place: StaticPlace) -> Iterator[Passage]:
    """Yield what flows into the value at these steps of an expression, or into each element of a collection."""
    expression, left = descend(expression, steps, place)
    yield from _in_value(place.evaluate(expression), left, place)


def _in_value(value: Value, steps: tuple[str | int, ...], place: StaticPlace) -> Iterator[Passage]:
    if isinstance(value, Symbol):
        if not steps:
            yield from _in_text(value.spelling, place)
            return
        tree = decoded(value.spelling) if value.origin is None else None
        if tree is not None:
            yield from _in_tree(tree, steps, place)
            return
        settled = place.names.literals.settled(value)
        if settled is not value:
            yield from _in_value(settled, steps, place)
        return
    data = value.data
    if isinstance(data, dict):
        chosen = [data[str(steps[0])]] if steps and str(steps[0]) in data else [] if steps else [*data.values()]
    elif isinstance(data, tuple):
        chosen = [*data] if not steps else [*data[steps[0] : steps[0] + 1]] if isinstance(steps[0], int) else []
    else:
        return
    for part in chosen:
        yield from _in_value(part, steps[1:], place)


def _in_tree(tree: Any, steps: tuple[str | int, ...], place: StaticPlace) -> Iterator[Passage]:
    if isinstance(tree, str):
        yield from _in_text(tree, place)
        return
    if isinstance(tree, dict):
        chosen = [tree[key] for key in ([steps[0]] if steps else tree) if key in tree]
    elif isinstance(tree, list):
        chosen = tree if not steps else tree[steps[0] : steps[0] + 1] if isinstance(steps[0], int) else []
    else:
        return
    for part in chosen:
        yield from _in_tree(part, steps[1:], place)


def _in_text(text: str, place: StaticPlace) -> Iterator[Passage]:
    for before, origin, after in place.names.symbols.parts(text):
        yield Passage(before, origin, after)
        handed_on = place.names.literals.find(origin)
        if isinstance(handed_on, Symbol) and handed_on.origin is not None:  # an attribute set to another's attribute
            yield Passage(before, handed_on.origin, after)
