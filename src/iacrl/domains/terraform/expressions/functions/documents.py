"""YAML, as Terraform reads and writes it: mostly YAML 1.2, with `yes` and `on` of YAML 1.1."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import yaml

from iacrl.domains.terraform.cty import values
from iacrl.domains.terraform.cty.conversion import convert
from iacrl.domains.terraform.cty.numeric import format_number, from_decimal, normal
from iacrl.domains.terraform.cty.types import NUMBER, STRING
from iacrl.domains.terraform.cty.values import ANY, NumberTooLarge, Value
from iacrl.domains.terraform.expressions.functions.arguments import CallError

#: Longer or deeper documents are left unknown.
_MAX_LENGTH: Final = 200_000
_MAX_NESTING: Final = values.MAX_DEPTH
#: libyaml's error since 0.2.6 at 1,000 levels, where Terraform continues to read.
_TOO_DEEP: Final = "exceeded maximum nesting depth"

_TRUE: Final = frozenset(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"))
_FALSE: Final = frozenset(("n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"))
_NULL: Final = frozenset(("", "~", "null", "Null", "NULL"))
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BASED: Final = re.compile(r"(?P<sign>[-+]?)0(?:x(?P<hex>[0-9a-fA-F]+)|o(?P<octal>[0-7]+))")
_INFINITE: Final = re.compile(r"(?P<sign>[-+]?)\.(?:inf|Inf|INF)")
_DATE: Final = re.compile(
    r"(?P<date>\d{4}-\d\d?-\d\d?)"
    r"(?:(?:[Tt]|[ \t]+)(?P<time>\d\d?:\d\d:\d\d)(?:\.\d*)?[ \t]*(?P<zone>Z|[-+]\d\d?(?::\d\d)?)?)?"
)
_TAG: Final = "tag:yaml.org,2002:"

_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Final = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Open:
    """A collection that is being read."""

    __slots__ = ("anchor", "merged", "parts", "sequence")

    def __init__(self, anchor: str | None, sequence: bool) -> None:
        self.anchor = anchor
        self.sequence = sequence
        self.parts: list[Value] = []
        #: Positions in `parts` of the keys that were written `<<`.
        self.merged: set[int] = set()


def _yamldecode(value: Value) -> Value:
    text = value.data
    if len(text) > _MAX_LENGTH:
        return ANY
    try:
        return _build(yaml.parse(text, Loader=_Loader))
    except yaml.YAMLError as error:
        if getattr(error, "problem", None) == _TOO_DEEP:
            return ANY
        mark = getattr(error, "problem_mark", None)
        place = f"on line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""
        raise CallError(f"{place}{getattr(error, 'problem', None) or 'invalid YAML'}") from None


def _build(events: Iterator[Any]) -> Value:
    """Build the value of one document. Aliases are shared but counted each time, so they cannot explode."""
    anchors: dict[str, Value] = {}
    stack: list[_Open] = []
    result: Value | None = None
    documents = 0
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise CallError("on line 1, column 1: unexpected extra content after value")
            continue
        if isinstance(event, yaml.CollectionStartEvent):
            _check_tag(event)
            stack.append(_Open(event.anchor, isinstance(event, yaml.SequenceStartEvent)))
            if len(stack) > _MAX_NESTING:
                return ANY
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            closed = stack.pop()
            made = values.tuple_value(closed.parts) if closed.sequence else _mapping(closed)
            anchor = closed.anchor
        elif isinstance(event, yaml.ScalarEvent):
            merges = event.value == "<<" and event.implicit[0]
            if merges and stack and not stack[-1].sequence and len(stack[-1].parts) % 2 == 0:
                stack[-1].merged.add(len(stack[-1].parts))
            made, anchor = _scalar(event), event.anchor
        elif isinstance(event, yaml.AliasEvent):
            made, anchor = _alias(event.anchor, anchors, stack), None
        else:
            continue
        if anchor is not None:
            anchors[anchor] = made
        if stack:
            stack[-1].parts.append(made)
        else:
            result = made
    if result is None:
        raise CallError("on line 1, column 1: missing start of document")
    return result


def _alias(name: str | None, anchors: dict[str, Value], stack: list[_Open]) -> Value:
    if any(outer.anchor == name for outer in stack):
        raise CallError(f'cannot refer to anchor "{name}" from inside its own definition')
    if name is None or name not in anchors:
        raise CallError(f'reference to undefined anchor "{name}"')
    return anchors[name]


def _check_tag(event: Any) -> None:
    kind = "sequence" if isinstance(event, yaml.SequenceStartEvent) else "mapping"
    if event.tag and event.tag not in ("!", _TAG + ("seq" if kind == "sequence" else "map")):
        raise CallError(f"can't interpret {kind} as {event.tag}")


def _mapping(read: _Open) -> Value:
    attributes: dict[str, Value] = {}
    merged: dict[str, Value] = {}
    for position in range(0, len(read.parts), 2):
        key, value = read.parts[position], read.parts[position + 1]
        if position in read.merged:
            for part in value.data if isinstance(value.data, tuple) else (value,):
                if not isinstance(part.data, dict):
                    raise CallError(f"cannot merge {part.type.friendly()} into mapping")
                merged = {**part.data, **merged}
            continue
        if key.null:
            raise CallError("mapping key cannot be null")
        if not key.type.is_primitive or not key.known:
            raise CallError("only strings are allowed as mapping keys")
        attributes[convert(key, STRING).data] = value
    return values.object_value({**merged, **attributes})


def _scalar(event: Any) -> Value:
    text, tag = event.value, event.tag
    if tag in (None, "!"):
        return _plain(text) if event.implicit[0] and tag is None else values.string(text)
    kind = tag.removeprefix(_TAG)
    if kind in ("str", "binary"):
        return values.string(text)
    if kind == "null":
        return values.NULL
    if kind in ("bool", "int", "float", "timestamp", "merge"):
        return _plain(text)
    raise CallError(f'unsupported tag "{tag}"')


def _plain(text: str) -> Value:
    """The value of a scalar without quotes and tag."""
    if text in _NULL:
        return values.NULL
    if text in _TRUE or text in _FALSE:
        return values.boolean(text in _TRUE)
    if text in (".nan", ".NaN", ".NAN"):
        raise CallError("floating point NaN is not supported")
    try:
        if _FLOAT.fullmatch(text):
            number = from_decimal(Decimal(text))
            return values.number(-0.0 if number == 0 and text[0] == "-" else number)
        based = _BASED.fullmatch(text)
        if based is not None:
            whole = int(based["hex"], 16) if based["hex"] else int(based["octal"], 8)
            return values.number(normal(-whole if based["sign"] == "-" else whole))
    except NumberTooLarge:
        return values.unknown(NUMBER, not_null=True)
    except ArithmeticError:  # its exponent is out of range
        raise CallError(f'cannot parse "{text}" as tag:yaml.org,2002:float') from None
    infinite = _INFINITE.fullmatch(text)
    if infinite is not None:
        return values.number(float(f"{infinite['sign']}inf"))
    moment = _DATE.fullmatch(text)
    if moment is not None and moment["zone"] in (None, "Z"):
        date = "-".join(part.rjust(2, "0") for part in moment["date"].split("-"))
        return values.string(f"{date}T{(moment['time'] or '00:00:00').rjust(8, '0')}Z")
    return values.string(text)


def _yamlencode(value: Value) -> Value:
    if not value.wholly_known:
        return values.unknown(STRING, not_null=True)
    node = _node(value)
    written: str = yaml.serialize(node, Dumper=_Dumper, allow_unicode=True, width=values.MAX_TEXT)
    plain = isinstance(node, yaml.ScalarNode) and node.style is None
    return values.string(written.removesuffix("...\n") + "...\n" if plain else written)


def _node(value: Value) -> yaml.Node:
    data = value.data
    if isinstance(data, dict):
        pairs = [(_text(name), _node(part)) for name, part in data.items()]
        return yaml.MappingNode(_TAG + "map", pairs, flow_style=not pairs)
    if isinstance(data, tuple):
        parts = [_node(part) for part in data]
        return yaml.SequenceNode(_TAG + "seq", parts, flow_style=not parts)
    if isinstance(data, str):
        return _text(data)
    if data is None:
        return yaml.ScalarNode(_TAG + "null", "null")
    if isinstance(data, bool):
        return yaml.ScalarNode(_TAG + "bool", str(data).lower())
    number = format_number(data)
    if "Inf" in number:
        number = number.replace("Inf", ".Inf")
    return yaml.ScalarNode(_TAG + ("float" if "." in number else "int"), number)


def _text(text: str) -> yaml.Node:
    return yaml.ScalarNode(_TAG + "str", text, style="|" if "\n" in text else '"')
