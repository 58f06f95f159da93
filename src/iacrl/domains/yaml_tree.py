"""One YAML document as plain values with the place of each, for domains whose texts are YAML 1.2."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from iacrl.domains.paths import Steps
from iacrl.domains.ranges import START, Position, Range, one_character
from iacrl.yaml_text import UNREADABLE, BoundedLoader

_BOOLEAN = "tag:yaml.org,2002:bool"
#: Longer texts are refused without reading them.
_LONGEST = 1_000_000
_DEEPEST = 100


class UnreadableYaml(Exception):  # noqa: N818 - it describes the text
    """A text that is not one YAML document, or a hostile one, with the place of the problem."""

    def __init__(self, words: str, place: Range = START) -> None:
        super().__init__(words)
        self.range = place


class Yaml12Loader(BoundedLoader):
    """The booleans of YAML 1.2: `on`, `off`, `yes` and `no` are strings."""


Yaml12Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOLEAN]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Yaml12Loader.add_implicit_resolver(_BOOLEAN, re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), list("tTfF"))


@dataclass(frozen=True, slots=True)
class YamlTree:
    """The values of a document, and the place of each by its steps."""

    values: Any
    places: dict[Steps, Range]

    def range_of(self, steps: Steps) -> Range:
        """Return where the value at these steps is, or the nearest known place around it."""
        while steps not in self.places and steps:
            steps = steps[:-1]
        return self.places.get(steps, START)

    def places_below(self, steps: Steps) -> dict[Steps, Range]:
        """Return the places of the values inside the one at these steps, relative to it."""
        length = len(steps)
        return {inner[length:]: place for inner, place in self.places.items() if inner[:length] == steps}


def read_tree(text: str) -> YamlTree:
    """Return the values in a text.

    Raises:
        UnreadableYaml: It is not one YAML document, has aliases (they can make a small text large), or is longer or
            deeper than people write.
    """
    if len(text) > _LONGEST:
        raise UnreadableYaml(f"The text is longer than {_LONGEST} characters.")
    loader = Yaml12Loader(text)
    try:
        _refuse_hostile(text)
        node = loader.get_single_node()
        if node is None:
            return YamlTree(None, {})
        return YamlTree(loader.construct_document(node), dict(_places(node, ())))
    except yaml.MarkedYAMLError as error:
        raise UnreadableYaml(f"Not YAML: {error.problem}.", _mark(error.problem_mark)) from None
    except UNREADABLE as error:
        raise UnreadableYaml(f"Not YAML: {error}.") from None
    finally:
        loader.dispose()


def _refuse_hostile(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise UnreadableYaml("Aliases are not read.", _mark(event.start_mark))
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise UnreadableYaml(f"The text is nested deeper than {_DEEPEST} levels.", _mark(event.start_mark))


def _mark(mark: Any) -> Range:
    return START if mark is None else one_character(mark.line + 1, mark.column + 1)


def _places(node: yaml.Node, steps: Steps) -> Iterator[tuple[Steps, Range]]:
    begin, end = node.start_mark, node.end_mark
    yield steps, Range(Position(begin.line + 1, begin.column + 1), Position(end.line + 1, end.column + 1))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _places(value, (*steps, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _places(value, (*steps, number))
