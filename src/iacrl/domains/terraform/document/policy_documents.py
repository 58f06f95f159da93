"""The JSON that `data.aws_iam_policy_document` makes from its arguments.

Source: registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document
"""

from __future__ import annotations

from iacrl.domains.terraform.cty import values
from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.document.static_names import StaticNames
from iacrl.domains.terraform.document.symbolic_frame import SymbolicFrame
from iacrl.domains.terraform.document.view import BodyView
from iacrl.domains.terraform.expressions.functions.builtin import find_signature

#: Arguments that merge in other documents; this is not computed here.
_MERGING = ("source_policy_documents", "override_policy_documents", "source_json", "override_json")
_LISTS = {"actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource"}
_PRINCIPALS = {"principals": "Principal", "not_principals": "NotPrincipal"}


def render(view: BodyView, names: StaticNames) -> Value | None:
    """Return the JSON of a policy document, including its symbols; None if it is not known."""
    if any(view.argument(name) is not None for name in _MERGING):
        return None
    document = {"Version": view.argument("version") or values.string("2012-10-17")}
    policy_id = view.argument("policy_id")
    if policy_id is not None:
        document["Id"] = policy_id
    document["Statement"] = values.tuple_value(_statement(inner) for inner in view.blocks().get("statement", []))
    signature = find_signature("jsonencode")
    assert signature is not None  # it is built in
    frame = SymbolicFrame(names, [], None, None, names.budget)
    return frame.call("jsonencode", signature, [values.object_value(document)])


def _statement(view: BodyView) -> Value:
    made = {"Effect": view.argument("effect") or values.string("Allow")}
    sid = view.argument("sid")
    if sid is not None and sid.data:
        made["Sid"] = sid
    for name, key in _LISTS.items():
        found = view.argument(name)
        if found is not None:
            made[key] = _one_or_more(found)
    for name, key in _PRINCIPALS.items():
        blocks = view.blocks().get(name, [])
        if blocks:
            made[key] = _principals(blocks)
    conditions: dict[str, dict[str, list[Value]]] = {}
    for block in view.blocks().get("condition", []):
        test, variable = _text(block, "test"), _text(block, "variable")
        found = block.argument("values") or values.ANY
        more = conditions.setdefault(test, {}).setdefault(variable, [])
        more.extend(found.data if isinstance(found.data, tuple) else [found])
    if conditions:
        made["Condition"] = values.object_value(
            {
                test: values.object_value(
                    {name: _one_or_more(values.tuple_value(of)) for name, of in variables.items()}
                )
                for test, variables in conditions.items()
            }
        )
    return values.object_value(made)


def _principals(blocks: list[BodyView]) -> Value:
    by_type: dict[str, list[Value]] = {}
    for block in blocks:
        identifiers = block.argument("identifiers") or values.ANY
        data = identifiers.data
        by_type.setdefault(_text(block, "type"), []).extend(data if isinstance(data, tuple) else [identifiers])
    if set(by_type) == {"*"}:
        return values.string("*")
    return values.object_value({type: _one_or_more(values.tuple_value(found)) for type, found in by_type.items()})


def _one_or_more(found: Value) -> Value:
    """Return a list as the provider writes it: a single element alone, several as a list."""
    data = found.data
    if not isinstance(data, tuple):
        return found
    return data[0] if len(data) == 1 else values.tuple_value(data)


def _text(block: BodyView, name: str) -> str:
    found = block.argument(name)
    return found.data if found is not None and isinstance(found.data, str) else "?"
