"""References to instances that do not exist, with the values that the text or a case of an intent gives.

`terraform validate` knows no values, so it accepts `aws_sqs_queue.each["nope"].id`. A plan looks the instance up. Here
every expression that depends on a repeated block is evaluated once for each instance that contains it. Whatever is not
known finds every instance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from iacrl.domains.terraform.checking.find import find_references, iterator_name
from iacrl.domains.terraform.cty.values import ANY, Value
from iacrl.domains.terraform.document.repeated_blocks import elements, instance_keys, is_repeated
from iacrl.domains.terraform.document.static_names import Instance, StaticNames, StaticPlace, name_of, thing_of
from iacrl.domains.terraform.document.symbolic_frame import SymbolicFrame
from iacrl.domains.terraform.expressions.calls import FAILED_CALL, INVALID_ARGUMENT
from iacrl.domains.terraform.expressions.frame import Budget
from iacrl.domains.terraform.expressions.functions.arguments import CallError
from iacrl.domains.terraform.expressions.functions.builtin import Signature
from iacrl.domains.terraform.expressions.parts import INVALID_INDEX
from iacrl.domains.terraform.findings import Finding
from iacrl.domains.terraform.syntax import nodes
from iacrl.domains.terraform.syntax.source import SourceText

#: Functions that choose one element, and fail without it.
_CHOOSING: Final = frozenset({"element", "lookup", "one"})
#: What the messages of failing calls contain if an element is missing.
_MISSING: Final = (
    '"list" parameter',
    '"inputMap" parameter',
    *(f'function "{name}"' for name in sorted(_CHOOSING)),
    f"no expression succeeded: {INVALID_INDEX.title}",
)
#: Blocks that a plan does not evaluate as values.
_NO_VALUES: Final = frozenset({"connection", "lifecycle", "provisioner"})
#: What looking at one instance, or at one expression, takes from the budget in addition to its evaluation.
_LOOK: Final = 10
_REPETITION: Final = ("count", "for_each")
_WITH_INSTANCES: Final = frozenset({"data", "module", "resource"})


class _LookingFrame(SymbolicFrame):
    """Evaluates as a document does; a function that fails for another reason than a missing element is unknown."""

    __slots__ = ()

    def call(self, name: str, signature: Signature, passed: list[Value]) -> Value:
        try:
            return super().call(name, signature, passed)
        except CallError:
            if name in _CHOOSING:
                raise
            return ANY


def find_missing_instances(files: Sequence[tuple[nodes.Body, SourceText]], names: StaticNames) -> list[Finding]:
    """Return each place that refers to an instance which certainly does not exist, in Terraform's words."""
    repeated = {thing for thing, (block, _) in names.blocks.items() if is_repeated(block)}
    if not repeated:
        return []
    return _Search(names, repeated).over(files)


class _Search:
    def __init__(self, names: StaticNames, repeated: set[str]) -> None:
        self.names = names
        self.repeated = repeated
        self.locals = self._depending_locals()
        self.budget = Budget()
        self.found: dict[tuple[int, str], Finding] = {}

    def over(self, files: Sequence[tuple[nodes.Body, SourceText]]) -> list[Finding]:
        for body, source in files:
            place = StaticPlace(self.names, self.names, source.text)
            for block in body.blocks:
                if block.type in _WITH_INSTANCES:
                    self._look_at_instances(block, place)
                elif block.type in ("output", "locals"):
                    for attribute in block.body.attributes.values():
                        self._look_at(attribute.value, place)
        return [*self.found.values()]

    def _depending_locals(self) -> set[str]:
        """Return the locals whose value depends on a repeated block, directly or through other locals."""
        found: set[str] = set()
        waiting = {name: find_references(one) for name, (one, _) in self.names.expressions.items()}
        while True:
            new = {name for name, uses in waiting.items() if any(self._is_repeated(one, found) for one in uses)}
            if not new:
                return found
            found |= new
            for name in new:
                del waiting[name]

    def _is_repeated(self, reference: nodes.Traversal, found: set[str]) -> bool:
        return name_of(reference) in found or thing_of(reference)[0] in self.repeated

    def _look_at_instances(self, block: nodes.Block, place: StaticPlace) -> None:
        for name in _REPETITION:
            if name in block.body.attributes:
                self._look_at(block.body.attributes[name].value, place)
        if not any(self._depends(one) for one in _expressions(block.body)):
            return
        for key, value in (instance_keys(block, place) if self.budget.left > 0 else None) or ():
            if not self.budget.spend(_LOOK):
                return
            scope = self.names if key is None else Instance.of(self.names, key, value)
            self._look_into(block.body, StaticPlace(self.names, scope, place.text))

    def _look_into(self, body: nodes.Body, place: StaticPlace) -> None:
        for name, attribute in body.attributes.items():
            if name not in (*_REPETITION, "depends_on"):
                self._look_at(attribute.value, place)
        for block in body.blocks:
            if block.type == "dynamic" and block.labels:
                self._look_into_dynamic(block, place)
            elif block.type not in _NO_VALUES:
                self._look_into(block.body, place)

    def _look_into_dynamic(self, block: nodes.Block, place: StaticPlace) -> None:
        for_each = block.body.attributes.get("for_each")
        if for_each is None:
            return
        self._look_at(for_each.value, place)
        for key, value in elements(place.evaluate(for_each.value)) or ():
            inside = place.with_iterator(iterator_name(block), key, value)
            for content in block.body.blocks:
                self._look_into(content.body, inside)

    def _depends(self, expression: nodes.ValueNode) -> bool:
        return any(self._is_repeated(one, self.locals) for one in find_references(expression))

    def _look_at(self, expression: nodes.ValueNode, place: StaticPlace) -> None:
        if not self.budget.spend(_LOOK) or not self._depends(expression):
            return
        report: list[Finding] = []
        _LookingFrame(place.scope, report, place.iterators, None, self.budget).evaluate(expression)
        for one in report:
            if _is_about_an_element(one):
                self.found.setdefault((one.start, one.detail), one)


def _is_about_an_element(found: Finding) -> bool:
    if found.rule in (INVALID_ARGUMENT, FAILED_CALL):
        return any(words in found.detail for words in _MISSING)
    return found.rule is INVALID_INDEX


def _expressions(body: nodes.Body) -> Iterator[nodes.ValueNode]:
    waiting = [body]
    while waiting:
        here = waiting.pop()
        yield from (attribute.value for attribute in here.attributes.values())
        waiting += [block.body for block in here.blocks]
