"""Whether a Terraform value refers to an entity, that is, whether a value of that entity flows into it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from iacrl.domains.document import Entity, Expression
from iacrl.domains.meaning import Flow
from iacrl.domains.paths import Steps
from iacrl.domains.terraform.cty import values
from iacrl.domains.terraform.document.flows import Passage
from iacrl.domains.terraform.document.static_names import Assumed
from iacrl.domains.terraform.intent.views import Traced, is_traced

#: Attributes that equal another attribute with a text before it, by kind, attribute and text.
_SPELLINGS: Final = {
    ("aws_apigatewayv2_integration", "id", "integrations/"): "id",  # as the target of a route
    ("google_service_account", "email", "serviceAccount:"): "member",
}
#: Attributes with the same value, by kind.
_SAME: Final = {("aws_iam_policy_document", "minified_json"): "json"}
#: Attributes with one value: `[*]` on one gives a list, which is refused when it is known.
_NEVER_LISTS = frozenset({"id", "arn", "name", "self_link", "email", "result", "metadata.name"})
_PREFIXES = {"variable": "var", "local": "local", "module": "module"}
_INDEX = re.compile(r"\[[^\]]*\]")
#: Keys that may turn out to be anything.
_ANY_KEY = ("[*]", "[?]")


def refers_to(flow: Flow) -> bool:
    """Return whether the value refers to the target; if `by` is given, by one of those attributes.

    A value also refers to a true-or-false variable or local that decides it, unless `by` asks for more.
    """
    if not is_traced(flow.source):
        return False
    thing = _thing(flow.target)
    if flow.steps == ("depends_on",) and isinstance(flow.value, tuple) and thing in flow.value:
        return True  # Terraform takes names in quotes there
    named = flow.target.category in ("variable", "local")
    view = flow.source.seen_with(Assumed(thing) if named else None)
    if view is None:
        return False
    if any(_is_meant(passage, thing, flow) for passage in view.passages(flow.steps)):
        return True
    return named and flow.by is None and _is_boolean(flow.target) and _decides(thing, flow.source, str(flow.steps[0]))


def is_of(source: Entity, steps: Steps, target: Entity, entities: Sequence[Entity]) -> bool:
    """Return whether the value at these steps of `source` is an attribute of `target`."""
    return refers_to(Flow(None, source, steps, target, None, entities))


def _is_meant(passage: Passage, thing: str, flow: Flow) -> bool:
    if passage.origin.thing != thing:
        return False
    steps = passage.origin.steps
    key = getattr(flow.target, "key", None)
    if key is not None and steps and steps[0].startswith("[") and steps[0] not in (f"[{key}]", f'["{key}"]', *_ANY_KEY):
        return False
    attribute = _INDEX.sub("", "".join(steps)).lstrip(".")
    if attribute in _NEVER_LISTS and _is_list(steps):
        return False
    if passage.before or passage.after:
        spelled = (flow.target.kind, attribute, passage.before)
        if passage.after or spelled not in _SPELLINGS:
            return False
        attribute = _SPELLINGS[spelled]
    attribute = _SAME.get((flow.target.kind, attribute), attribute)
    inside = getattr(flow.target, "inside", "")
    if inside:
        if not attribute.startswith(f"{inside}."):
            return False
        attribute = attribute.removeprefix(f"{inside}.")
    return flow.by is None or attribute in flow.by


def _is_list(steps: Sequence[str]) -> bool:
    """Return whether `[*]` makes a list of one value: at the end, where `one` adds another, or after an index."""
    at_the_end = steps[-1:] == ("[*]",) and steps.count("[*]") == 1
    return at_the_end or any(step == "[*]" and before.startswith("[") for before, step in pairwise(steps))


def _is_boolean(target: Entity) -> bool:
    """Return whether a variable or local is true or false."""
    declared = target.values.get("type")
    known = (target.values.get("default"), target.values.get("value"))
    return (isinstance(declared, Expression) and declared.text == "bool") or any(type(one) is bool for one in known)


def _decides(name: str, source: Traced, argument: str) -> bool:
    """Return whether an argument differs between a variable or local being true and being false.

    An argument that sets the number of instances must give none in one of the two cases.
    """
    views = [source.seen_with(Assumed(name, value)) for value in (values.TRUE, values.FALSE)]
    found = [None if view is None else view.argument(argument) for view in views]
    known = [value for value in found if value is not None and value.wholly_known]
    if len(known) != 2 or values.identity(known[0]) == values.identity(known[1]):
        return False
    return argument not in ("count", "for_each") or not all(value.data for value in known)


def _thing(entity: Entity) -> str:
    if getattr(entity, "inside", ""):
        entity = entity.whole  # type: ignore[attr-defined]  # a block that is seen as a resource
    kind = getattr(entity, "written_kind", entity.kind)
    prefix = f"data.{kind}" if entity.category == "data" else _PREFIXES.get(entity.category, kind)
    return f"{prefix}.{entity.name}"
