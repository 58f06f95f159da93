"""`Sheet`: the request, the gold answer and the intent of one item, written side by side.

    sheet = Sheet(draw)
    queue = sheet.resource("aws_sqs_queue", "queue")
    queue.put("name", draw.name(), "queue name")             # in the answer, in the request and in the intent
    queue.put("fifo_queue", True, test=True)                 # in the answer and in the intent
    queue.put("redrive_policy", Call("jsonencode", policy))  # in the answer alone
    return sheet.item("an SQS queue")

Paths are those of intents: `tags.Team` sets a key of a mapping; an index makes nested blocks in Terraform
(`ingress[0].from_port`) and lists in Kubernetes (`spec.containers[0].image`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from iacrl.domains.paths import parse_path
from iacrl.intent.language import exists
from iacrl.tasks.families.kubernetes.manifests import manifest
from iacrl.tasks.families.terraform import hcl
from iacrl.tasks.family import Item
from iacrl.tasks.pools import Draw
from iacrl.tasks.wording import Facts, ask

_UNTESTED = object()


class _Blocks(list[Any]):
    """A list that a path with an index made: nested blocks in Terraform."""


class Part:
    """One resource, variable, output or object of the answer, and what the intent asks of it."""

    def __init__(self, sheet: Sheet, head: tuple[str, ...], alias: str, named: str | None) -> None:
        self.sheet, self.head, self.alias, self.named = sheet, head, alias, named
        self.body: dict[str, Any] = {}
        self.tests: dict[str, Any] = {}

    def put(self, path: str, value: Any, said: str | None = None, *, show: str = "{}", test: Any = _UNTESTED) -> Any:
        """Set a value in the gold answer and return it.

        Args:
            path: Where.
            value: What: plain data, or an expression of `iacrl.tasks.families.terraform.hcl`.
            said: What the request calls it ("visibility timeout"); None leaves it out of the request.
            show: How the request words the value ("{} seconds").
            test: What the intent asks at `path`; the value itself where the request says it.
        """
        _set(self.body, parse_path(path), value)
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

    def quantity(self, path: str, value: str, said: str) -> None:
        """Set a Kubernetes quantity, of which the size matters and not the spelling."""
        self.put(path, value, said, test={"quantity": value})

    def cidr(self, path: str, value: str, said: str) -> None:
        """Set a network, of which the meaning matters and not the spelling."""
        self.put(path, value, said, test={"cidr": value})

    def refer(self, path: str, target: Part, by: str | Sequence[str] = "id", said: str | None = None) -> None:
        """Set a reference to another part: in Terraform to its attribute, the first of `by`; in Kubernetes by name."""
        if self.head[0] == "object":
            self.put(path, target.body["metadata"]["name"], test={"refers_to": target.alias})
        else:
            allowed = [by] if isinstance(by, str) else list(by)
            self.put(path, target.ref(allowed[0]), test={"refers_to": target.alias, "by": allowed})
        if said is not None:
            self.sheet.say(said)

    def each(self, path: str, elements: Sequence[Mapping[str, Any]], *, blocks: bool = True) -> None:
        """Set repeated blocks (or list elements), which the intent asks for in any order; the request says nothing."""
        values = [dict(element) for element in elements]
        _set(self.body, parse_path(path), _Blocks(values) if blocks else values)
        self.expect(path, {"some": [_tests_of(element) for element in values], "length": len(values)})

    def expect(self, path: str, test: Any) -> None:
        """Ask something of the answer that nothing here sets."""
        self.tests[path] = test

    def ref(self, attribute: str) -> hcl.Ref:
        """Return an expression that refers to this part."""
        prefix = {"variable": ("var",), "resource": (), "local": ("local",)}.get(self.head[0], (self.head[0],))
        return hcl.Ref(".".join([*prefix, *self.head[1:], *([attribute] if attribute else [])]))

    def keep(self) -> None:
        """Ask for every value that is set and not asked for yet: for tasks that say to change nothing else."""
        for path, value in _leaves(self.body, ""):
            if path not in ("apiVersion", "kind") and not any(_covers(known, path) for known in self.tests):
                self.tests[path] = {"code": value.text} if isinstance(value, hcl.Ref) else value

    def text(self) -> str:
        """Return the Terraform block."""
        return hcl.block(*self.head, _with_blocks(self.body))

    def entry(self) -> dict[str, Any]:
        """Return the entry of `must_exist`."""
        sort = " ".join(self.head[: 2 if self.head[0] in ("resource", "data", "object") else 1])
        return exists(self.alias, sort, self.tests, named=self.named)


class Sheet:
    """Collects the parts of one item."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.facts: Facts = []
        self.parts: list[Part] = []

    def say(self, label: str, value: object | None = None) -> None:
        """Add a fact to the request: a label with its value, or a clause."""
        self.facts.append(label if value is None else (label, value))

    def resource(self, kind: str, alias: str, label: str | None = None, *, named: bool = False) -> Part:
        """Add a Terraform resource; `named` fixes its label in the intent. The label is `alias` unless given."""
        label = label or alias
        return self._add(("resource", kind, label), alias, label if named else None)

    def data(self, kind: str, alias: str) -> Part:
        """Add a Terraform data source."""
        return self._add(("data", kind, alias), alias, None)

    def block(self, category: str, name: str) -> Part:
        """Add a variable, an output, a module or a provider, whose name the intent fixes."""
        return self._add((category, name), f"{category} {name}", name)

    def object(self, kind: str, api_version: str, alias: str) -> Part:
        """Add a Kubernetes object."""
        part = self._add(("object", kind), alias, None)
        part.body |= {"apiVersion": api_version, "kind": kind}
        return part

    def _add(self, head: tuple[str, ...], alias: str, named: str | None) -> Part:
        part = Part(self, head, alias, named)
        self.parts.append(part)
        return part

    def text(self) -> str:
        """Return the parts so far as one text."""
        if self.parts[0].head[0] == "object":
            return manifest(*(part.body for part in self.parts))
        return hcl.module(*(part.text() for part in self.parts))

    def keep(self) -> None:
        """Ask for everything that is set in every part."""
        for part in self.parts:
            part.keep()

    def item(self, *subjects: str, verb: str = "create", given: str = "", gold: str | None = None, **more: Any) -> Item:
        """Return the item. One of `subjects` is drawn; `more` goes into the intent (`counts`, `must_not_exist`)."""
        gold = gold or self.text()
        intent = {"must_exist": [part.entry() for part in self.parts], **more, "nothing_else": True}
        return Item(ask(self.draw.choice(subjects), *self.facts, verb=verb), gold, intent, given)


def _set(body: Any, steps: Sequence[Any], value: Any) -> None:
    for step, following in pairwise(steps):
        empty: Any = _Blocks() if isinstance(following, int) else {}
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


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield `(path, value)` of every scalar and expression within nested mappings and lists."""
    if isinstance(value, hcl.Call):
        value = value.argument
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            step = key if key.isidentifier() else f'["{key}"]'
            yield from _leaves(inner, f"{path}.{step}" if path and step == key else f"{path}{step}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{number}]")
    else:
        yield path, value if value != {} else {"equals": {}}


def _covers(known: str, path: str) -> bool:
    """Return whether the test at `known` says something about all that is at `path`."""
    pattern = re.escape(known).replace(re.escape("[*]"), r"\[\d+\]")
    return re.match(rf"{pattern}(?![\w-])", path) is not None


def _with_blocks(value: Any) -> Any:
    if isinstance(value, _Blocks):
        return [hcl.Block(_with_blocks(element)) for element in value]
    if isinstance(value, dict):
        return {key: _with_blocks(inner) for key, inner in value.items()}
    return value


def _tests_of(element: Mapping[str, Any]) -> dict[str, Any]:
    return {key: {"equals": value} if isinstance(value, dict) else value for key, value in element.items()}


def _spoken(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value.text if isinstance(value, hcl.Ref) else str(value)
