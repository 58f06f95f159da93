"""What changed in a text that was given to be changed, beside what was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iacrl.domains.document import Document, Entity, EntityView, Expression
from iacrl.domains.paths import Steps, path_text
from iacrl.intent.evaluate import SameValue, is_list, same
from iacrl.intent.extras import Extra, is_asked
from iacrl.intent.language import Wanted


def find_change(wanted: Wanted, entity: Entity, given: Document, same_value: SameValue, *, sound: bool) -> Extra | None:
    """Return the first value of `entity` that `wanted` does not ask for and the given text does not have, or None.

    Where the given text is `sound`, values that it has must be there as well; in one to be repaired the mistake is
    among them. An entity of another kind or name than all that were given, as after a conversion, is left alone.
    """
    before = next((one for one in given.entities if _identity(one) == _identity(entity)), None)
    while isinstance(entity, EntityView):
        entity = entity.whole
    if before is None:
        return None
    old, new = dict(_leaves(before.values, ())), dict(_leaves(entity.values, ()))
    for steps, value in new.items():
        if steps not in old and not is_asked(steps, wanted):
            return Extra(f"{path_text(steps)} was not to be added", steps)
        if sound and steps in old and not _equal(old[steps], value, same_value) and not is_asked(steps, wanted):
            return Extra(f"{path_text(steps)} was not to be changed", steps)
    for steps in old if sound else ():
        if steps not in new and not is_asked(steps, wanted):
            return Extra(f"{path_text(steps)} was not to be removed", ())
    return None


def _identity(entity: Entity) -> tuple[str, str, str]:
    return entity.category, entity.kind, entity.name


def _leaves(value: Any, steps: Steps) -> Iterator[tuple[Steps, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*steps, key))
    elif is_list(value):
        for number, inner in enumerate(value):
            yield from _leaves(inner, (*steps, number))
    elif value is not None:
        yield steps, value


def _equal(one: Any, other: Any, same_value: SameValue) -> bool:
    if isinstance(one, Expression) and isinstance(other, Expression):
        return "".join(one.text.split()) == "".join(other.text.split())
    return same(one, other, same_value)
