"""Safe reading of YAML that a person wrote: a recipe, an override, an intent, a run's configuration.

A small text can be nested beyond Python's stack, become gigabytes by aliases of aliases, or hold a number that takes
minutes to print. Such texts are refused before anything is built from them.
"""

from __future__ import annotations

from typing import Any, Final

import yaml

from iacrl.errors import UserError

#: Everything that PyYAML's safe loader raises for a text: `!!bool x` is a KeyError, `!!timestamp x` an AttributeError.
UNREADABLE: Final = (
    yaml.YAMLError,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    ArithmeticError,
    RecursionError,
)

_DEEPEST: Final = 100
#: The most values; an alias counts as all that it repeats.
_MOST_VALUES: Final = 100_000
_MOST_DIGITS: Final = 1_000


class BoundedLoader(yaml.SafeLoader):
    """YAML whose whole numbers can be printed."""

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        """Return the number, or refuse one of thousands of digits."""
        if len(node.value) > _MOST_DIGITS:
            raise _refusal(f"a number of {len(node.value)} digits", node.start_mark)
        return super().construct_yaml_int(node)


BoundedLoader.add_constructor("tag:yaml.org,2002:int", BoundedLoader.construct_yaml_int)


class _Loader(BoundedLoader):
    """YAML without duplicate keys: PyYAML would silently drop the first of two sections with one name."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping, or refuse a duplicate key."""
        first: dict[str, yaml.Node] = {}
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if key.value in first:
                    line = first[key.value].start_mark.line + 1
                    raise yaml.MarkedYAMLError(
                        problem=f"`{key.value}` is on line {line} already; make one of the two",
                        problem_mark=key.start_mark,
                    )
                first[key.value] = key
        return super().construct_mapping(node, deep)


def read_yaml(text: str, place: str) -> Any:
    """Return what a YAML text holds.

    Args:
        text: One document.
        place: The beginning of messages; the line and the column are added to it.

    Raises:
        UserError: It is not YAML, or nobody would write it: too deep, too large because of aliases, or with huge
            numbers.
    """
    try:
        _refuse_hostile(text)
        return yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{place}:{mark.line + 1}:{mark.column + 1}" if mark else place
        raise UserError(f"{where}: not YAML: {error.problem}.") from None
    except UNREADABLE as error:
        raise UserError(f"{place}: not YAML text: {str(error)[:200]}.") from None


def _refuse_hostile(text: str) -> None:
    sizes: dict[str, int] = {}  # of what an anchor names, once it has ended
    open_: list[tuple[str | None, int]] = []  # collections that have begun: their anchor, and the values before them
    values = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            open_.append((event.anchor, values))
            if len(open_) > _DEEPEST:
                raise _refusal(f"nested deeper than {_DEEPEST} levels", event.start_mark)
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_.pop()
            if anchor is not None:
                sizes[anchor] = values - before
        elif isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in open_):
                raise _refusal(f"`*{event.anchor}` repeats what contains it", event.start_mark)
            values += sizes.get(event.anchor or "", 1)
        values += isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
        if values > _MOST_VALUES:
            raise _refusal(f"more than {_MOST_VALUES} values, aliases written out", event.start_mark)


def _refusal(problem: str, mark: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
