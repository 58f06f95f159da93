"""Lists of settings that "nothing else" leaves free: one data file per domain, one entry for each reason.

A list is a JSON file:

    [{"paths": ["metadata.labels.*"], "keys": "[^/]+", "reason": "Labels select nothing by themselves."},
     {"kinds": ["Deployment"], "paths": ["spec.replicas"], "default": 1, "reason": "..."}]

Kinds may contain `*`. A path has only names, without list indices. `*` is any name, a leading `**.` is any place. An
entry for a setting also applies to everything within it. Without a condition any value is free; the conditions are

    keys          the name at `*` matches this regular expression as a whole
    values        one of these
    default       this value, which applies if nothing is written
    matches       a string that this regular expression matches as a whole
    least, most   a number or a quantity between these
    test          the name of one of the domain's own tests
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib import resources
from typing import Any, NamedTuple

from iacrl.domains.document import Entity, Expression
from iacrl.domains.meaning import same_spelling
from iacrl.domains.paths import parse_path
from iacrl.domains.quantities import parse_quantity

#: The names on the way to a setting.
Names = tuple[str, ...]
#: `(value, entity)`: whether the value is free in the entity.
Test = Callable[[Any, Entity], bool]
_CONDITIONS = ("values", "default", "matches", "least", "most", "test")
_OTHER_KEYS = ("paths", "kinds", "keys", "reason")


class Entry(NamedTuple):
    """One setting of a list.

    Attributes:
        names: The names on its path; `*` is any.
        anywhere: Whether these are only the end of the path.
        kinds: The kinds of entities, as patterns with `*`; if empty, all.
        keys: A regular expression for the name at `*`.
        test: Whether a value is free; if None, any value is.
        reason: Why it is free.
        default: The value that applies if nothing is written, in a tuple of one; empty if unknown.
    """

    names: Names
    anywhere: bool
    kinds: frozenset[str]
    keys: re.Pattern[str] | None
    test: Test | None
    reason: str
    default: tuple[Any, ...]

    def is_of(self, kind: str) -> bool:
        """Return whether the entry is about entities of this kind."""
        return not self.kinds or any(fnmatchcase(kind, pattern) for pattern in self.kinds)

    def covers(self, names: Names) -> bool:
        """Return whether the entry is about the setting at this path of names."""
        own = self.names
        if len(names) < len(own) if self.anywhere else len(names) != len(own):
            return False
        return all(
            mine == name or (mine == "*" and (self.keys is None or self.keys.fullmatch(name) is not None))
            for mine, name in zip(own, names[len(names) - len(own) :], strict=True)
        )


class FreeSettings:
    """The list of one domain.

    Args:
        entries: The entries of its files.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = tuple(entries)
        self._of_kind: dict[str, tuple[Entry, ...]] = {}
        self.find = lru_cache(maxsize=8192)(self._find)

    def _find(self, kind: str, names: Names) -> tuple[Entry, ...]:
        """Return the entries about a setting of entities of this kind."""
        if kind not in self._of_kind:
            self._of_kind[kind] = tuple(entry for entry in self.entries if entry.is_of(kind))
        return tuple(entry for entry in self._of_kind[kind] if entry.covers(names))

    def is_free(self, kind: str, entity: Entity, names: Names, value: Any) -> bool:
        """Return whether the entity's value there is free; `kind` is the entity's kind as the list names it."""
        for entry in self.find(kind, names):  # noqa: SIM110  # most places have none; creating a generator is slow
            if entry.test is None or entry.test(value, entity):
                return True
        return False


def read_list(
    package: str,
    file: str,
    *,
    tests: Mapping[str, Test] | None = None,
    expanded: Callable[[str, str], Sequence[str]] | None = None,
    kinds: Sequence[str] = (),
) -> list[Entry]:
    """Read a list.

    Args:
        package: The package with the file.
        file: Its name.
        tests: The domain's own tests, by their names in the file.
        expanded: `(path, kind)`: expands a path with placeholders; entries are then made for each kind.
        kinds: The kinds for an entry without kinds, if paths are expanded.
    """
    rows = json.loads(resources.files(package).joinpath(file).read_text(encoding="utf-8"))
    entries: list[Entry] = []
    for row in rows:
        unknown = row.keys() - {*_CONDITIONS, *_OTHER_KEYS}
        if unknown or not row.get("reason") or not row.get("paths"):
            raise ValueError(f"{file}: {row}: keys {sorted(unknown)} are unknown, or reason or paths missing")
        test = _test(row, tests or {})
        keys = re.compile(row["keys"]) if "keys" in row else None
        default = (row["default"],) if "default" in row else ()
        of = frozenset(row.get("kinds", ()))
        for path in row["paths"]:
            if expanded is None:
                entries.append(_entry(path, of, keys, test, row["reason"], default))
                continue
            groups: dict[str, set[str]] = {}
            for kind in row.get("kinds", kinds):
                for one in expanded(path, kind):
                    groups.setdefault(one, set()).add(kind)
            for one, found in groups.items():
                everywhere = "kinds" not in row and "{" not in path
                entries.append(
                    _entry(one, frozenset() if everywhere else frozenset(found), keys, test, row["reason"], default)
                )
    return entries


def _entry(
    path: str,
    kinds: frozenset[str],
    keys: re.Pattern[str] | None,
    test: Test | None,
    reason: str,
    default: tuple[Any, ...],
) -> Entry:
    names = tuple(str(step) for step in parse_path(path.removeprefix("**.")))
    return Entry(names, path.startswith("**."), kinds, keys, test, reason, default)


def _test(row: Mapping[str, Any], own: Mapping[str, Test]) -> Test | None:
    if "test" in row:
        return own[row["test"]]
    if "default" in row:
        return _one_of((row["default"],))
    if "values" in row:
        return _one_of(row["values"])
    if "matches" in row:
        return _matching(re.compile(row["matches"]))
    if "least" in row or "most" in row:
        return between(row.get("least"), row.get("most"))
    return None


def _one_of(values: Sequence[Any]) -> Test:
    def is_one(value: Any, entity: Entity) -> bool:
        return any(_same(value, one) for one in values)

    return is_one


def _same(value: Any, one: Any) -> bool:
    if isinstance(one, list) or isinstance(value, list | tuple):
        return list(value) == one if isinstance(value, list | tuple) and isinstance(one, list) else False
    if isinstance(one, dict):
        return isinstance(value, Mapping) and dict(value) == one
    return same_spelling(value, one)


def _matching(pattern: re.Pattern[str]) -> Test:
    def matches(value: Any, entity: Entity) -> bool:
        return isinstance(value, str) and pattern.fullmatch(value) is not None

    return matches


def between(least: Any, most: Any) -> Test:
    """Return a test for a number or a quantity between these; None is no limit."""
    low = None if least is None else parse_quantity(least)
    high = None if most is None else parse_quantity(most)

    def is_between(value: Any, entity: Entity) -> bool:
        if isinstance(value, bool | Expression) or not isinstance(value, str | int | float):
            return False
        amount = parse_quantity(value)
        return amount is not None and (low is None or amount >= low) and (high is None or amount <= high)

    return is_between
