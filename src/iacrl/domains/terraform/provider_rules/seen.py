"""The content of a body, kept while it is checked, for rules about several arguments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from iacrl.domains.terraform.cty.values import NULL, Value
from iacrl.domains.terraform.provider_rules.facts import Path
from iacrl.domains.terraform.syntax.nodes import Attribute, Block

#: Whether an argument or block is set; `unknown` if only a later run can say.
State = Literal["set", "unset", "unknown"]


class Seen:
    """One body.

    Attributes:
        name: Its name in the body around it; empty for the resource itself.
        arguments: The arguments that have a value, known or not, converted to the type of the schema.
        uncertain: Types with an uncertain number of blocks.
        names: Which arguments are kept: those with these names, and all arguments of nested blocks.
    """

    __slots__ = ("arguments", "blocks", "name", "names", "outer", "owner", "uncertain")

    def __init__(self, owner: Block, names: frozenset[str], name: str = "", outer: Seen | None = None) -> None:
        self.owner = owner
        self.names = names
        self.name = name
        self.outer = outer
        self.arguments: dict[str, tuple[Attribute, Value | None]] = {}
        self.blocks: dict[str, list[Seen]] = {}
        self.uncertain: set[str] = set()

    def inner(self, name: str, owner: Block) -> Seen:
        """Return a new body inside this one."""
        made = Seen(owner, self.names, name, self)
        self.blocks.setdefault(name, []).append(made)
        return made

    @property
    def path(self) -> Path:
        """The names that lead to this body."""
        return () if self.outer is None else (*self.outer.path, self.name)

    def keeps(self, name: str) -> bool:
        """Say whether the value of an argument is kept."""
        return self.outer is not None or name in self.names

    def is_known(self, name: str) -> bool:
        """Say whether an argument, or the blocks of a type, contain nothing unknown."""
        if name in self.uncertain:
            return False
        value = self.arguments[name][1] if name in self.arguments else NULL
        return value is not None and value.wholly_known and all(one.is_all_known for one in self.blocks.get(name, ()))

    @property
    def is_all_known(self) -> bool:
        """Whether the body contains nothing unknown."""
        return not self.uncertain and all(map(self.is_known, (*self.arguments, *self.blocks)))

    def state(self, name: str) -> State:
        """Say whether an argument or block is set."""
        if self.blocks.get(name):
            return "set"
        if name in self.uncertain:
            return "unknown"
        if name not in self.arguments:
            return "unset"
        value = self.arguments[name][1]
        if value is None or not value.known:
            return "unknown"
        return "unset" if value.null else "set"

    def bodies(self, path: Path) -> Iterator[Seen]:
        """Yield the bodies at a path from here."""
        if not path:
            yield self
            return
        for one in self.blocks.get(path[0], ()):
            yield from one.bodies(path[1:])


def state_at(body: Seen, path: Path) -> State:
    """Say whether the argument at a full path is set, as seen from a body; shared blocks are the same block."""
    here = body
    own = body.path
    shared = 0
    while shared < min(len(own), len(path) - 1) and own[shared] == path[shared]:
        shared += 1
    for _ in range(len(own) - shared):
        assert here.outer is not None
        here = here.outer
    for name in path[shared:-1]:
        found = here.blocks.get(name)
        if not found:
            return "unset" if here.state(name) == "unset" else "unknown"
        here = found[0]
    return here.state(path[-1])
