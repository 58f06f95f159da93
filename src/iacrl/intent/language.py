"""The intent language: what an answer must declare, as data.

An intent is a JSON object, the same for every domain:

    {
      "must_exist": [
        {"as": "bucket", "is": "resource storage_bucket", "with": {"name": "acme-logs", "tags.Team": "payments"}},
        {"as": "versioning", "is": "resource bucket_versioning",
         "with": {"bucket": {"refers_to": "bucket"}, "configuration[0].status": "Enabled"}}
      ],
      "must_not_exist": ["resource bucket_acl"],
      "counts": [{"is": "resource storage_bucket", "exactly": 1}],
      "cases": [{"inputs": {"var.team": "search"}, "must_exist": [...]}],
      "nothing_else": true
    }

`is` gives one of the domain's categories (`Domain.categories`) and its kind, if it has kinds. `named` fixes the name,
which is free otherwise. `with` maps paths (see `iacrl.domains.paths`) to a required value or to tests (see
`iacrl.intent.value_tests`). Paths through `[*]` of one list are about the same element (see `iacrl.intent.binding`).
`nothing_else` forbids things that nobody asked for (`Category.is_thing`). It forbids settings of an entity that are
neither in the intent nor in a gold answer, unless they are harmless (see `iacrl.intent.extras`). It also forbids any
other change of a given text (see `iacrl.intent.changes`).

`cases` says what must hold if inputs have other values: what a variable decides cannot be seen from one value. Each has
clauses of its own. `inputs` gives the values by name (see `Domain.with_inputs`); without any, the text is taken as it
is, for clauses about the single instances of what `must_exist` asks for as a whole. With `nothing_else`, inputs change
only what the clauses of the case are about.

Each entry of `with`, each existence, name, count, prohibition and case is one clause.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from iacrl.domains.document import EntityType
from iacrl.domains.paths import parse_path
from iacrl.domains.registry import all_domains, find_domain
from iacrl.errors import UserError, did_you_mean
from iacrl.intent.value_tests import ElementTests, ValueTest, aliases_in, read_tests, show
from iacrl.intent.vocabulary import Vocabulary, vocabulary_of

_COUNTS = ("exactly", "at_least", "at_most")
#: Tests that look only at their own paths within a list's elements.
_OF_ELEMENTS = frozenset({"some", "length"})
_ELEMENT = re.compile(r"\[(\d+|\*)\]")
_PLAIN_KEY = re.compile(r"[A-Za-z_][\w-]*")


class ListClauses(NamedTuple):
    """What is required of the elements of one list.

    Attributes:
        path: The list's path.
        numbered: How many elements are asked for by number, from `[0]` on.
        of_any: The tests that some element must pass (`[*]`), by the path within the element.
    """

    path: str
    numbered: int
    of_any: Mapping[str, Sequence[ValueTest]]


@dataclass(frozen=True)
class Wanted:
    """One entity that must exist. Other clauses refer to it by `alias`."""

    alias: str
    entity_type: EntityType
    named: str | None
    tests: tuple[tuple[str, ValueTest], ...]

    @cached_property
    def clauses(self) -> tuple[str, ...]:
        """Its clauses in words: that it exists, its name if that is fixed, and each test."""
        named = () if self.named is None else (f"is named {self.named!r}",)
        tests = (f"{path} {test}" for path, test in self.tests)
        return tuple(f"{self.alias}: {words}" for words in (f"{self.entity_type} exists", *named, *tests))

    @cached_property
    def lists(self) -> tuple[ListClauses, ...]:
        """The lists whose elements are asked for by number or by `[*]`."""
        numbered: dict[str, int] = {}
        of_any: dict[str, dict[str, list[ValueTest]]] = {}
        for path, test in self.tests:
            for found in () if test.absent else _ELEMENT.finditer(path):
                before, rest = path[: found.start()], path[found.end() :].removeprefix(".")
                numbered.setdefault(before, 0)
                if found[1] == "*":
                    of_any.setdefault(before, {}).setdefault(rest, []).append(test)
                else:
                    numbered[before] = max(numbered[before], int(found[1]) + 1)
        return tuple(ListClauses(path, number, of_any.get(path, {})) for path, number in numbered.items())

    @cached_property
    def some_of(self) -> Mapping[str, Sequence[ElementTests]]:
        """The path of each list that must have certain elements, by `some`, with the tests of each; not if more may be.

        `includes` says that there may be more.
        """
        found: dict[str, list[ElementTests]] = {}
        for path, test in self.tests:
            found.setdefault(path, []).extend(argument for name, argument in test.checks if name == "some")
        open_lists = {path for path, test in self.tests if any(name == "includes" for name, _ in test.checks)}
        return {path: some for path, some in found.items() if some and path not in open_lists}

    @cached_property
    def entered(self) -> frozenset[str]:
        """The values of the entity in which clauses look for a name, as in a mapping."""
        ways = (parse_path(path)[:2] for path, _ in self.tests)
        return frozenset(str(way[0]) for way in ways if len(way) > 1 and isinstance(way[1], str))

    @cached_property
    def inner_lists(self) -> frozenset[tuple[str, ...]]:
        """The path of names to each list within the elements of a `some`."""
        return frozenset(
            tuple(step for step in parse_path(f"{path}.{inner[: found.start()]}") if isinstance(step, str))
            for path, test in self.tests
            for inner in test.paths_within
            for found in _ELEMENT.finditer(inner)
        )

    @cached_property
    def referring(self) -> frozenset[tuple[str, ...]]:
        """The path of names to each value that must refer to something; if it is a list, any element does."""
        return frozenset(
            fields
            for path, test in self.tests
            if (fields := tuple(step for step in parse_path(path) if isinstance(step, str)))
            and {name for name, _ in test.checks} & {"refers_to", "includes"} == {"refers_to"}
        )

    @cached_property
    def asked(self) -> frozenset[tuple[str, ...]]:
        """The fields whose whole value a clause judges."""
        return frozenset(self.fields) - self._present

    @cached_property
    def above(self) -> frozenset[tuple[str, ...]]:
        """The fields on the paths to those, and the fields that must only be present."""
        ways = (fields[:length] for fields in self.fields for length in range(len(fields)))
        return frozenset(ways) | self._present

    @cached_property
    def _present(self) -> frozenset[tuple[str, ...]]:
        """The fields that must only be present."""
        judged: dict[tuple[str, ...], bool] = {}
        for path, test in self.tests:
            fields = tuple(step for step in parse_path(path) if isinstance(step, str))
            judged[fields] = judged.get(fields, False) or {name for name, _ in test.checks} != {"present"}
        return frozenset(fields for fields, is_judged in judged.items() if not is_judged)

    @cached_property
    def speaks_of_elements(self) -> bool:
        """Whether clauses are about some element of a list, by `[*]`."""
        return any("[*]" in path for path, _ in self.tests)

    @cached_property
    def fields(self) -> tuple[tuple[str, ...], ...]:
        """The path of field names to each value that is asked for, without element numbers."""
        inner = [f"{path}.{rest}" for path, test in self.tests for rest in test.paths_within]
        whole = (path for path, test in self.tests if not {name for name, _ in test.checks} <= _OF_ELEMENTS)
        paths = dict.fromkeys([*whole, *inner])
        return tuple(tuple(step for step in parse_path(path) if isinstance(step, str)) for path in paths)


@dataclass(frozen=True, slots=True)
class Count:
    """How many entities of a type there may be; `most` is None if there is no upper bound."""

    entity_type: EntityType
    least: int
    most: int | None

    def __str__(self) -> str:
        if self.least == self.most:
            return f"exactly {self.least} of {self.entity_type}"
        most = "" if self.most is None else f" and at most {self.most}"
        return f"at least {self.least}{most} of {self.entity_type}"


@dataclass(frozen=True)
class Case:
    """What must hold with these values of inputs, by name; without any, with those of the text."""

    inputs: Mapping[str, Any]
    intent: Intent

    def __str__(self) -> str:
        given = " and ".join(f"{name} = {show(value)}" for name, value in self.inputs.items())
        return f"with {given}: what follows from it" if given else "one by one: what was asked for"


@dataclass(frozen=True)
class Intent:
    """A validated intent. Build it with `Intent.from_json`."""

    must_exist: tuple[Wanted, ...]
    must_not_exist: tuple[EntityType, ...]
    counts: tuple[Count, ...]
    cases: tuple[Case, ...]
    nothing_else: bool
    source: Mapping[str, Any] = field(compare=False, repr=False)

    @classmethod
    def from_json(cls, raw: object, domain: str | None = None) -> Intent:
        """Read an intent.

        Args:
            raw: The decoded JSON object.
            domain: The domain of its categories and tests; if None, those of every domain are allowed.

        Raises:
            UserError: It is malformed; the message gives the place and what was expected.
        """
        words = vocabulary_of(all_domains() if domain is None else [find_domain(domain)])
        table = _table(raw, "intent", ("must_exist", "must_not_exist", "counts", "cases", "nothing_else"))
        nothing_else = table.get("nothing_else", False)
        if not isinstance(nothing_else, bool):
            raise UserError(f"intent.nothing_else is {nothing_else!r}: expected true or false.")
        cases = tuple(_case(item, f"cases[{n}]", words) for n, item in enumerate(_list(table, "cases")))
        return cls._of(table, "intent", words, cases, nothing_else=nothing_else)

    @classmethod
    def _of(
        cls, table: Mapping[str, Any], place: str, words: Vocabulary, cases: tuple[Case, ...], *, nothing_else: bool
    ) -> Intent:
        wanted = tuple(_wanted(item, f"must_exist[{n}]", words) for n, item in enumerate(_list(table, "must_exist")))
        intent = cls(
            must_exist=wanted,
            must_not_exist=tuple(
                words.read_entity_type(item, f"must_not_exist[{n}]")
                for n, item in enumerate(_list(table, "must_not_exist"))
            ),
            counts=tuple(_count(item, f"counts[{n}]", words) for n, item in enumerate(_list(table, "counts"))),
            cases=cases,
            nothing_else=nothing_else,
            source=table,
        )
        _check_aliases(wanted)
        if not (wanted or intent.must_not_exist or intent.counts):
            raise UserError(f"{place} asks for nothing: give must_exist, must_not_exist or counts.")
        return intent

    def to_json(self) -> dict[str, Any]:
        """Return the object it was read from."""
        copied: dict[str, Any] = json.loads(json.dumps(self.source))
        return copied

    @cached_property
    def clauses(self) -> tuple[tuple[str, bool], ...]:
        """Every clause in words, and whether it only forbids: a text that does nothing would meet it."""
        wanted = ((clause, False) for item in self.must_exist for clause in item.clauses)
        counts = ((str(count), count.least == 0) for count in self.counts)
        forbidden = ((f"no {entity_type}", True) for entity_type in self.must_not_exist)
        cases = ((str(case), False) for case in self.cases)
        return (*wanted, *counts, *forbidden, *cases, *((("nothing else", True),) if self.nothing_else else ()))

    @cached_property
    def paths(self) -> Mapping[EntityType, frozenset[str]]:
        """The paths that it asks about, by type of entity."""
        paths: dict[EntityType, frozenset[str]] = {}
        for item in self.must_exist:
            paths[item.entity_type] = paths.get(item.entity_type, frozenset()).union(path for path, _ in item.tests)
        return paths

    @property
    def entity_types(self) -> set[EntityType]:
        """The types of entities in it."""
        counted = {count.entity_type for count in self.counts}
        here = {wanted.entity_type for wanted in self.must_exist} | counted | {*self.must_not_exist}
        return here.union(*(case.intent.entity_types for case in self.cases))


def _wanted(raw: object, place: str, words: Vocabulary) -> Wanted:
    table = _table(raw, place, ("as", "is", "named", "with"))
    alias, named = table.get("as", ""), table.get("named")
    if not isinstance(alias, str):
        raise UserError(f'{place}.as is {alias!r}: expected a word such as "bucket".')
    if named is not None and not isinstance(named, str):
        raise UserError(f"{place}.named is {named!r}: expected a string.")
    if "is" not in table:
        raise UserError(f"{place}.is is missing: expected a category and its kind.")
    tests: list[tuple[str, ValueTest]] = []
    for path, test in _table(table.get("with", {}), f"{place}.with", None).items():
        try:
            parse_path(path)
            tests += [(path, read) for read in read_tests(test, words.tests)]
        except UserError as error:
            raise UserError(f"{place}.with[{path!r}]: {error}") from None
    return Wanted(alias or place, words.read_entity_type(table["is"], f"{place}.is"), named, tuple(tests))


def _case(raw: object, place: str, words: Vocabulary) -> Case:
    table = _table(raw, f"intent.{place}", ("inputs", "must_exist", "must_not_exist", "counts"))
    inputs = _table(table.get("inputs", {}), f"intent.{place}.inputs", None)
    if inputs and not words.takes_inputs:
        raise UserError(f"intent.{place}.inputs: the domain has no inputs that could have other values.")
    try:
        return Case(inputs, Intent._of(table, "it", words, (), nothing_else=False))
    except UserError as error:
        raise UserError(f"intent.{place}: {error}") from None


def _count(raw: object, place: str, words: Vocabulary) -> Count:
    table = _table(raw, place, ("is", *_COUNTS))
    given = {key: table[key] for key in _COUNTS if key in table}
    for key, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise UserError(f"{place}.{key} is {value!r}: expected a whole number, 0 or more.")
    if not given or ("exactly" in given and len(given) > 1):
        raise UserError(f'{place}: expected "exactly", or "at_least" and/or "at_most".')
    least = given.get("exactly", given.get("at_least", 0))
    entity_type = words.read_entity_type(table.get("is"), f"{place}.is")
    return Count(entity_type, least, given.get("exactly", given.get("at_most")))


def _check_aliases(wanted: tuple[Wanted, ...]) -> None:
    aliases = [item.alias for item in wanted]
    for alias in aliases:
        if aliases.count(alias) > 1:
            raise UserError(f"intent.must_exist: two entities are called {alias!r}; give each its own `as`.")
    for item in wanted:
        for path, test in item.tests:
            for alias in aliases_in(test):
                if alias not in aliases:
                    raise UserError(
                        f"intent.must_exist: {item.alias} at {path} speaks of {alias!r}, which no `as` declares."
                        f"{did_you_mean(alias, aliases)}"
                    )


def _table(raw: object, place: str, known: tuple[str, ...] | None) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping) or not all(isinstance(key, str) for key in raw):
        raise UserError(f"{place} is {type(raw).__name__}: expected an object.")
    for key in raw:
        if known is not None and key not in known:
            raise UserError(f"{place}: unknown key {key!r}.{did_you_mean(key, known)} Keys: {', '.join(known)}.")
    return raw


def _list(table: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = table.get(key, [])
    if not isinstance(value, list | tuple):
        raise UserError(f"intent.{key} is {type(value).__name__}: expected a list.")
    return value


def exists(
    alias: str, entity_type: str, tests: Mapping[str, Any] | None = None, *, named: str | None = None
) -> dict[str, Any]:
    """Write one entry of `must_exist`."""
    entry: dict[str, Any] = {"as": alias, "is": entity_type}
    if named is not None:
        entry["named"] = named
    return entry | ({"with": dict(tests)} if tests else {})


def wants(*entries: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Write an intent with these entries of `must_exist` and `nothing_else`."""
    return {"must_exist": list(entries), **more, "nothing_else": True}


def under(path: str, tests: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tests for a mapping's keys as tests of paths below `path`; keys with dots or slashes are quoted."""
    return {f"{path}.{key}" if _PLAIN_KEY.fullmatch(key) else f'{path}["{key}"]': test for key, test in tests.items()}
