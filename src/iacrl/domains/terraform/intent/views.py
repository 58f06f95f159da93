"""What the intent sees of an entity besides its values: what flows into them, even after reshaping."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeGuard

from iacrl.domains.document import Entity, EntityView
from iacrl.domains.paths import Steps
from iacrl.domains.ranges import Range
from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.document.flows import Passage
from iacrl.domains.terraform.document.static_names import Assumed


class Followed(Protocol):
    """What an entity declares, with flows that can be followed."""

    def passages(self, steps: Steps) -> Iterator[Passage]:
        """Yield what flows into the value at these steps."""
        ...

    def argument(self, name: str) -> Value | None:
        """Return the value of an argument; None if it is not set."""
        ...


class Traced(Entity, Protocol):
    """An entity whose values can be followed."""

    def seen_with(self, assumed: Assumed | None) -> Followed | None:
        """Return what it declares if a variable or local has another value; None if it does not exist then."""
        ...


def is_traced(entity: Entity) -> TypeGuard[Traced]:
    """Return whether the values of an entity can be followed."""
    return hasattr(entity, "seen_with")


class Route(NamedTuple):
    """The origin of a value in a reshaped entity.

    Attributes:
        here: The steps to it.
        entity: The entity that sets it.
        there: The steps to it in that entity.
    """

    here: Steps
    entity: Traced
    there: Steps


@dataclass(frozen=True, slots=True)
class Reshaped(EntityView):
    """An entity in its normal form.

    Attributes:
        whole: The entity that most of it comes from.
        values: Its values in normal form.
        routes: The origins of values that are elsewhere in the text.
    """

    whole: Traced
    routes: Sequence[Route] = ()

    @property
    def key(self) -> int | str | None:
        """Its index or key, for one instance of several."""
        return getattr(self.whole, "key", None)

    def range_of(self, steps: Steps) -> Range:
        """Return the range of the value at these steps."""
        route, rest = self.route(steps)
        return route.entity.range_of((*route.there, *rest)) if route else self.whole.range_of(steps)

    def route(self, steps: Steps) -> tuple[Route | None, Steps]:
        """Return the origin of the value at these steps, if it is elsewhere, and the remaining steps."""
        for route in self.routes:
            if steps[: len(route.here)] == route.here:
                return route, steps[len(route.here) :]
        return None, steps

    def seen_with(self, assumed: Assumed | None) -> Followed:
        """Return what it declares if a variable or local has another value."""
        return _Seen(self, assumed)


class _Seen(NamedTuple):
    """What a reshaped entity declares."""

    entity: Reshaped
    assumed: Assumed | None

    def passages(self, steps: Steps) -> Iterator[Passage]:
        """Yield what flows into the value at these steps."""
        route, rest = self.entity.route(steps)
        view = (route.entity if route else self.entity.whole).seen_with(self.assumed)
        if view is not None:
            yield from view.passages((*route.there, *rest) if route else steps)

    def argument(self, name: str) -> Value | None:
        """Return the value of an argument; None if it is not set."""
        view = self.entity.whole.seen_with(self.assumed)
        return None if view is None else view.argument(name)
