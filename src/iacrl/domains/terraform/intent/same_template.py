"""Whether two expressions give the same text: `"q-${count.index}"`, `format("q-%d", count.index)`, `join(…)`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import chain

from iacrl.domains.document import Entity
from iacrl.domains.terraform.syntax import nodes
from iacrl.domains.terraform.syntax.parser import parse

#: The parts of a text: its letters, and in one-tuples the names of the values between them.
_Parts = list[str | tuple[str]]
_VERB = re.compile(r"%[sdv]|%%")
#: Numbers that Terraform counts itself. They are whole, so `%d` and `%s` write them alike.
_COUNTED = ("count.index",)
#: A longer text, or deeper locals within locals, are only compared as written.
_MOST_STEPS = 64


def same_template(written: str, wanted: str, entities: Sequence[Entity]) -> bool:
    """Return whether two expressions give the same text in any place. The second must contain something unknown.

    Args:
        written: The expression of the answer.
        wanted: The expression that is asked for.
        entities: All entities of the answer; parts of the text may come from its local values.
    """
    if "${" not in wanted:
        return False
    asked, found = _read(wanted), _read(written)
    if asked is None or found is None:
        return False
    texts = {f"local.{one.name}": str(one.values["value"]) for one in entities if _is_text(one)}
    try:
        return _joined(_parts(asked, {})) == _joined(_parts(found, texts))
    except _UnknownError:
        return False


class _UnknownError(Exception):
    """An expression is not a text with values between."""


def _is_text(entity: Entity) -> bool:
    return entity.category == "local" and isinstance(entity.values.get("value"), str)


def _read(text: str) -> nodes.ValueNode | None:
    result = parse(f"text = {text}\n")
    attribute = result.body.attributes.get("text")
    return None if result.diagnostics or attribute is None or len(result.body.attributes) != 1 else attribute.value


def _parts(node: nodes.ValueNode, texts: Mapping[str, str]) -> _Parts:
    match node:
        case nodes.Literal() if isinstance(node.value, str):
            return [node.value]
        case nodes.Literal() if type(node.value) is int:
            return [str(node.value)]
        case nodes.Template():
            return list(chain.from_iterable(_parts(part, texts) for part in node.parts))
        case nodes.Parens():
            return _parts(node.inner, texts)
        case nodes.Traversal():
            name = str(node)
            return [texts[name]] if name in texts else [(name,)]
        case nodes.FunctionCall() if not node.expands:
            return _called(node, texts)
    raise _UnknownError


def _called(call: nodes.FunctionCall, texts: Mapping[str, str]) -> _Parts:
    first, *others = call.arguments or (nodes.Tuple(0, 0, ()),)
    if call.name == "tostring" and not others:
        return _parts(first, texts)
    if call.name == "join" and len(others) == 1 and isinstance(others[0], nodes.Tuple):
        between, items = _parts(first, texts), others[0].items[:_MOST_STEPS]
        return [part for n, item in enumerate(items) for part in (between if n else []) + _parts(item, texts)]
    pattern = _joined(_parts(first, texts)) if call.name == "format" else []
    if len(pattern) == 1 and isinstance(pattern[0], str):
        return _formatted(pattern[0], [_parts(one, texts) for one in others])
    raise _UnknownError


def _formatted(pattern: str, values: Sequence[_Parts]) -> _Parts:
    """Return the result of `format` for a pattern with only the verbs `%s`, `%d` and `%v`."""
    made: _Parts = []
    left, end = list(values), 0
    for found in _VERB.finditer(pattern):
        made.append(pattern[end : found.start()])
        end = found.end()
        if found[0] == "%%":
            made.append("%")
            continue
        value = left.pop(0) if left else []
        if not value or (found[0] == "%d" and not _is_whole(value)):
            raise _UnknownError
        made += value
    if left or "%" in _VERB.sub("", pattern):
        raise _UnknownError
    return [*made, pattern[end:]]


def _is_whole(value: _Parts) -> bool:
    return all(one[0] in _COUNTED if isinstance(one, tuple) else one.isdecimal() for one in value)


def _joined(parts: _Parts) -> _Parts:
    """Return the parts with adjacent letters joined."""
    made: _Parts = []
    for part in parts:
        if isinstance(part, str) and made and isinstance(made[-1], str):
            made[-1] += part
        elif part:
            made.append(part)
    return made
