"""`Sheet`: the request, the gold answer and the intent of one item, written together.

Each domain has its own sheet class, which adds each type of part and writes the parts as text:

    sheet = TerraformSheet(draw)
    queue = sheet.resource("aws_sqs_queue", "queue")
    queue.put("name", draw.name(), "queue name")             # in the answer, in the request and in the intent
    queue.put("fifo_queue", True, test=True)                 # in the answer and in the intent
    queue.put("redrive_policy", Call("jsonencode", policy))  # in the answer; the intent asks for each value of it
    queue.leave_free("redrive_policy.note")                  # ... but for this one
    return sheet.item("an SQS queue")

So the intent asks for every value of the answer, except those that are explicitly free.

Paths are those of intents: `tags.Team` sets a key of a mapping, `ports[0].name` a key of a list element.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Generic, TypeVar

from iacrl.domains.paths import parse_path
from iacrl.intent.language import exists
from iacrl.tasks.draw import Draw
from iacrl.tasks.family import Item
from iacrl.tasks.wording import Facts, ask

_UNTESTED = object()


class SheetPart:
    """One thing that the answer declares, and what the intent requires of it.

    Attributes:
        type: Category and kind as in an intent: `resource aws_s3_bucket`, `variable`.
        alias: Its alias in the intent.
        named: The name that the intent fixes; None if any is allowed.
        body: What is set, as plain data; a domain may use expressions in it that print as their code.
        tests: The intent's tests, by path.
        free: The paths of values that an answer may lack.
    """

    #: The container that a path with an index creates.
    listing: type[list[Any]] = list

    def __init__(self, sheet: Sheet[Any], type_: str, alias: str, named: str | None = None) -> None:
        self.sheet, self.type, self.alias, self.named = sheet, type_, alias, named
        self.body: dict[str, Any] = {}
        self.tests: dict[str, Any] = {}
        self.implied: dict[str, Any] = {}
        self.free: list[str] = []

    @property
    def kind(self) -> str:
        """The kind, such as `aws_s3_bucket`; the category if it has no kinds."""
        return self.type.split()[-1]

    def put(self, path: str, value: Any, said: str | None = None, *, show: str = "{}", test: Any = _UNTESTED) -> Any:
        """Set a value in the gold answer and return it.

        Args:
            path: Its path.
            value: Plain data, or an expression of the domain.
            said: Its name in the request ("visibility timeout"); None leaves it out of the request.
            show: The wording of the value in the request ("{} seconds").
            test: The intent's test at `path`; by default the value itself.
        """
        self.set(path, value)
        if said is not None:
            self.sheet.say(said, show.format(_spoken(value)))
        if test is not _UNTESTED:
            self.tests[path] = test
        elif said is not None:
            self.tests[path] = {"equals": value} if isinstance(value, Mapping) else value
        return value

    def put_all(self, path: str, values: Mapping[str, Any], said: str) -> None:
        """Set the keys of a mapping (tags, labels); the request calls each `said KEY`."""
        for key, value in values.items():
            self.put(f"{path}.{key}" if key.isidentifier() else f'{path}["{key}"]', value, f"{said} {key}")

    def cidr(self, path: str, value: str, said: str) -> None:
        """Set a network; its meaning matters, not its spelling."""
        self.put(path, value, said, test={"cidr": value})

    def each(self, path: str, elements: Sequence[Mapping[str, Any]]) -> None:
        """Set a list of mappings, which the intent accepts in any order; the request does not mention it."""
        values = self.listing(dict(element) for element in elements)
        self.set(path, values)
        self.expect(path, {"some": [_tests_of(element) for element in values], "length": len(values)})

    def expect(self, path: str, test: Any) -> None:
        """Require something of the answer that nothing here sets."""
        self.tests[path] = test

    def imply(self, path: str, test: Any) -> None:
        """Require what is implied: it follows from the rest, so it does not distinguish items."""
        self.implied[path] = test

    def leave_free(self, *paths: str) -> None:
        """Let an answer change or omit these, though the gold answer has them; say why in a comment.

        A test that was set before only distinguishes items.
        """
        self.free += paths

    def keep(self) -> None:
        """Require every value that is set and not required yet: for tasks that say to change nothing else."""
        self.tests |= self.unasked(self.tests)

    def all_tests(self) -> dict[str, Any]:
        """Return the intent's tests: everything said or implied, and every other value that is set and not free."""
        known = {path: test for path, test in (self.tests | self.implied).items() if path not in self.free}
        return known | self.unasked([*known, *self.free])

    def unasked(self, known: Collection[str]) -> dict[str, Any]:
        """Return tests for the set values that no path in `known` covers."""
        return {
            path: value if isinstance(value, str | int | float | dict | None) else {"code": str(value)}
            for path, value in self.leaves(self.body, "")
            if not any(_covers(one, path) for one in known)
        }

    def leaves(self, value: Any, path: str) -> Iterator[tuple[str, Any]]:
        """Yield `(path, value)` of every scalar and expression within nested mappings and lists."""
        if isinstance(value, dict) and value:
            for key, inner in value.items():
                step = key if key.isidentifier() else f'["{key}"]'
                yield from self.leaves(inner, f"{path}.{step}" if path and step == key else f"{path}{step}")
        elif isinstance(value, list):
            for number, inner in enumerate(value):
                yield from self.leaves(inner, f"{path}[{number}]")
        else:
            yield path, value if value != {} else {"equals": {}}

    def set(self, path: str, value: Any) -> None:
        """Set a value in the gold answer that the request does not mention."""
        steps = parse_path(path)
        body: Any = self.body
        for step, following in pairwise(steps):
            empty: Any = self.listing() if isinstance(following, int) else {}
            if isinstance(step, int):
                if step == len(body):
                    body.append(empty)
                body = body[step]
            else:
                body = body.setdefault(step, empty)
        if isinstance(steps[-1], int) and steps[-1] == len(body):
            body.append(value)
        else:
            body[steps[-1]] = value


P = TypeVar("P", bound=SheetPart)
Tests = Mapping[str, Any]


class Sheet(ABC, Generic[P]):
    """Collects the parts of one item."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.facts: Facts = []
        self.parts: list[P] = []
        self.cases: list[dict[str, Any]] = []

    @abstractmethod
    def text(self) -> str:
        """Return the parts so far as one text."""

    def add(self, part: P) -> P:
        """Add a part to the answer and return it."""
        self.parts.append(part)
        return part

    def say(self, label: str, value: object | None = None) -> None:
        """Add a fact to the request: a label with its value, or a clause."""
        self.facts.append(label if value is None else (label, value))

    def case(self, inputs: Mapping[str, Any], asked: Mapping[P, Tests | Sequence[Tests] | int]) -> None:
        """Require what follows if inputs have other values; without any, what holds of the single instances.

        Everything that `asked` does not name must stay as it is. Nothing here is drawn, so other values do not move
        items between splits.

        Args:
            inputs: The values by name, as the domain calls them: `{"var.names": ["a", "b"]}`.
            asked: For a part, the tests of it, or those of each of its instances, which have the aliases `ALIAS[0]`
                and so on, or only how many instances there are.
        """
        entries: list[Mapping[str, Any]] = []
        counts: dict[str, int] = {}
        for part in self.parts:
            tests = asked.get(part)
            if isinstance(tests, Mapping):
                entries.append(exists(part.alias, part.type, tests, named=part.named))
            elif isinstance(tests, Sequence):
                entries += [exists(f"{part.alias}[{n}]", part.type, one) for n, one in enumerate(tests)]
            if part.type.startswith("resource "):
                number = tests if isinstance(tests, int) else len(tests) if isinstance(tests, Sequence) else 1
                counts[part.type] = counts.get(part.type, 0) + number
        numbers = [{"is": type_, "exactly": number} for type_, number in counts.items()]
        self.cases.append({"inputs": dict(inputs), "must_exist": entries, "counts": numbers})

    def keep(self) -> None:
        """Require everything that is set in every part."""
        for part in self.parts:
            part.keep()

    def item(self, *subjects: str, verb: str = "create", given: str = "", gold: str | None = None, **more: Any) -> Item:
        """Return the item. One of `subjects` is drawn; `more` is added to the intent (`counts`, `must_not_exist`)."""
        gold = gold or self.text()
        said = [exists(part.alias, part.type, part.tests, named=part.named) for part in self.parts]
        asked = [exists(part.alias, part.type, part.all_tests(), named=part.named) for part in self.parts]
        intent = {"must_exist": asked, **more, "nothing_else": True}
        request = ask(self.draw.choice(subjects), *self.facts, verb=verb)
        cases = {"cases": self.cases} if self.cases else {}
        return Item(request, gold, intent | cases, given, said=intent | {"must_exist": said})


def _covers(known: str, path: str) -> bool:
    """Return whether the test at `known` covers everything at `path`."""
    pattern = re.escape(known).replace(re.escape("[*]"), r"\[\d+\]")
    return re.match(rf"{pattern}(?![\w-])", path) is not None


def _tests_of(element: Mapping[str, Any]) -> dict[str, Any]:
    return {key: {"equals": value} if isinstance(value, dict) else value for key, value in element.items()}


def _spoken(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
