"""What the gold answer sets: "nothing else" allows these settings in addition to those that were asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from iacrl.domains.base import Bound
from iacrl.domains.document import Document, EncodedList, EncodedObject, Entity, Expression
from iacrl.domains.paths import Steps
from iacrl.domains.registry import find_domain
from iacrl.intent.evaluate import SameValue, is_list, same
from iacrl.intent.language import Intent
from iacrl.intent.matching import assign
from iacrl.intent.places import MAPPINGS, SEQUENCES, decoded, looks_nested

#: The names on the path to a setting, without list indices.
Names = tuple[str, ...]
#: The values at each place.
Places = Mapping[Names, list[Any]]
_NONE: frozenset[Names] = frozenset()
_SCALARS = (str, int, bool, float, Expression)


class Gold:
    """The gold answer of a task, read only for a setting that nothing else allows: most answers have none.

    Args:
        intent: The task's intent.
        read: Reads the gold answer; None if it cannot be read.
    """

    def __init__(self, intent: Intent, read: Callable[[], Document | None]) -> None:
        self._intent = intent
        self._read = read

    @cached_property
    def document(self) -> Document | None:
        """Its tree; None if it cannot be read."""
        return self._read()

    @cached_property
    def _bound(self) -> Bound | None:
        document = self.document
        if document is None:
            return None
        domain = find_domain(document.domain)
        entities = domain.normal_form(document.entities, self._intent.paths)
        return Bound(domain, assign(self._intent.must_exist, domain, entities), entities)

    @cached_property
    def _places(self) -> dict[str, Places]:
        return {}

    @cached_property
    def identities(self) -> frozenset[tuple[str, str, str]]:
        """The category, kind and name of each of its entities."""
        entities = self.document.entities if self.document else ()
        return frozenset((one.category, one.kind, one.name) for one in entities)

    def places_of(self, alias: str) -> Places:
        """Return what it sets in the entity of an alias."""
        if alias not in self._places:
            entity = None if self._bound is None else self._bound.chosen.get(alias)
            self._places[alias] = {} if entity is None else places_in(entity)
        return self._places[alias]

    def values_of(self, alias: str) -> Mapping[str, Any]:
        """Return the values of the entity of an alias."""
        entity = None if self._bound is None else self._bound.chosen.get(alias)
        return {} if entity is None else entity.values

    def places_like(self, other: Entity) -> Places:
        """Return what it sets in all entities of the same type as another."""
        found: dict[Names, list[Any]] = {}
        for entity in () if self._bound is None else self._bound.entities:
            if (entity.category, entity.kind) == (other.category, other.kind):
                for names, values in places_in(entity).items():
                    found.setdefault(names, []).extend(values)
        return found


def places_in(entity: Entity) -> dict[Names, list[Any]]:
    """Return every value that an entity sets, by its place."""
    places: dict[Names, list[Any]] = {}
    for names, _, value in settings(entity.values, _NONE, _NONE, lambda names, value: False):
        places.setdefault(names, []).append(value)
    return places


def settings(
    values: Mapping[str, Any],
    asked: frozenset[Names],
    above: frozenset[Names],
    is_free: Callable[[Names, Any], bool],
) -> list[tuple[Names, Steps, Any]]:
    """Return each setting that is neither asked for nor free: its names, steps and value.

    Args:
        values: The entity's values.
        asked: The places whose whole value a clause judges.
        above: The places on the paths to those.
        is_free: Whether a value is free at a place.
    """
    found: list[tuple[Names, Steps, Any]] = []

    def visit(value: Any, names: Names, steps: Steps, placed: bool, in_text: bool) -> None:
        if (value is None and not in_text) or names in asked or is_free(names, value):
            return  # null sets nothing, but is a value in a text
        on_the_way = names in above
        if type(value) is str and (on_the_way or looks_nested(value)):
            value, placed, in_text = decoded(value), False, True
        kind = type(value)
        in_text = in_text or kind is EncodedObject or kind is EncodedList
        if kind in MAPPINGS or (kind not in _SCALARS and isinstance(value, Mapping)):
            for key, inner in value.items():
                visit(inner, (*names, str(key)), (*steps, str(key)) if placed else steps, placed, in_text)
            if value:
                return
        elif kind in SEQUENCES or (kind not in _SCALARS and is_list(value)):
            for number, inner in enumerate(value):
                visit(inner, names, (*steps, number) if placed else steps, placed, in_text)
            if value:
                return
        if not on_the_way:
            found.append((names, steps, value))

    for key, value in values.items():
        visit(value, (key,), (key,), True, False)
    return found


def counted(value: Any, names: Names) -> int:
    """Return how many elements the lists at this path of names have together; a lone mapping counts as one."""
    if isinstance(value, str):
        value = decoded(value)
    if is_list(value):
        return len(value) if not names else sum(counted(one, names) for one in value)
    if isinstance(value, Mapping):
        return counted(value.get(names[0]), names[1:]) if names else 1
    return 0


def is_among(value: Any, values: list[Any], same_value: SameValue) -> bool:
    """Return whether the gold answer has this value there (for expressions: one that refers to the same kinds)."""
    return any(_alike(value, one, same_value) for one in values)


def _alike(value: Any, one: Any, same_value: SameValue) -> bool:
    if isinstance(value, Expression) and isinstance(one, Expression):
        return "".join(value.text.split()) == "".join(one.text.split()) or (
            bool(value.references) and {*map(_ends, value.references)} == {*map(_ends, one.references)}
        )
    return not isinstance(value, Expression) and not isinstance(one, Expression) and same(value, one, same_value)


def _ends(reference: str) -> tuple[str, str]:
    parts = reference.split(".")
    return parts[0], parts[-1]
