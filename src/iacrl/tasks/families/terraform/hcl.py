"""Writes Terraform in the style of `terraform fmt`, from plain data.

    block("resource", "aws_sqs_queue", "orders", {"name": "orders", "delay_seconds": 5})

In a body, a value is an attribute: strings, numbers, booleans, None, lists and mappings are written as literals, `Ref`
as its expression. `HclBlock` (or a list of them) makes nested blocks; their key is the block's type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_WIDEST_LIST = 72


@dataclass(frozen=True, slots=True)
class Ref:
    """An expression, written as it is: `aws_s3_bucket.logs.id`, `var.region`, `"${var.name}-a"`."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Call:
    """A function call with one argument, such as `jsonencode({...})`."""

    function: str
    argument: Any


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A text on lines of its own."""

    text: str


@dataclass(frozen=True, slots=True)
class HclBlock:
    """A nested block's labels and body."""

    body: Mapping[str, Any]
    labels: tuple[str, ...] = ()


def block(kind: str, *labels_and_body: Any) -> str:
    """Return one top-level block: its type, its labels, its body."""
    *labels, body = labels_and_body
    return "\n".join(_block(kind, HclBlock(body, tuple(labels)), ""))


def resource(kind: str, label: str, body: Mapping[str, Any]) -> str:
    """Return a resource block."""
    return block("resource", kind, label, body)


def module(*blocks: str) -> str:
    """Join top-level blocks with a blank line between them, as a file."""
    return "\n\n".join(blocks) + "\n"


def _block(kind: str, item: HclBlock, indent: str) -> list[str]:
    head = " ".join([kind, *(_quoted(label) for label in item.labels)])
    if not item.body:
        return [f"{indent}{head} {{}}"]
    return [f"{indent}{head} {{", *_body(item.body, indent + "  "), f"{indent}}}"]


def _body(body: Mapping[str, Any], indent: str) -> list[str]:
    """Consecutive one-line attributes are aligned; longer ones are set apart."""
    lines: list[str] = []
    run: list[tuple[str, str]] = []

    def flush() -> None:
        if run:
            if lines:
                lines.append("")
            lines.extend(_aligned(run, indent))
            run.clear()

    for key, value in body.items():
        if isinstance(value, HclBlock) or (isinstance(value, list) and value and isinstance(value[0], HclBlock)):
            flush()
            for item in value if isinstance(value, list) else [value]:
                if lines:
                    lines.append("")
                lines.extend(_block(key, item, indent))
            continue
        written = _value(value, indent)
        if len(written) == 1:
            run.append((key, written[0]))
        else:
            flush()
            if lines:
                lines.append("")
            lines += [f"{indent}{key} = {written[0]}", *written[1:]]
    flush()
    return lines


def _aligned(run: Sequence[tuple[str, str]], indent: str) -> list[str]:
    width = max(len(key) for key, _ in run)
    return [f"{indent}{key:<{width}} = {value}" for key, value in run]


def _value(value: Any, indent: str) -> list[str]:
    """Return the lines of a value; the first follows `key = `, the others are already indented."""
    if isinstance(value, Ref):
        return value.text.split("\n")
    if isinstance(value, Call):
        first, *rest = _value(value.argument, indent)
        written = [f"{value.function}({first}", *rest]
        written[-1] += ")"
        return written
    if isinstance(value, Heredoc):
        inner = indent + "  "
        return [
            "<<-EOT",
            *(inner + line if line else "" for line in value.text.rstrip("\n").split("\n")),
            f"{indent}EOT",
        ]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if value is None:
        return ["null"]
    if isinstance(value, int | float):
        return [str(value)]
    if isinstance(value, str):
        return [_quoted(value)]
    if isinstance(value, Mapping):
        return _object(value, indent)
    return _list(list(value), indent)


def _object(value: Mapping[str, Any], indent: str) -> list[str]:
    if not value:
        return ["{}"]
    keys = {key if _IDENTIFIER.fullmatch(key) else _quoted(key): inner for key, inner in value.items()}
    inner = indent + "  "
    lines: list[str] = []
    run: list[tuple[str, str]] = []
    for key, item in keys.items():
        written = _value(item, inner)
        if len(written) == 1:
            run.append((key, written[0]))
            continue
        lines += (
            [*_aligned(run, inner), f"{inner}{key} = {written[0]}", *written[1:]]
            if run
            else [
                f"{inner}{key} = {written[0]}",
                *written[1:],
            ]
        )
        run = []
    if run:
        lines += _aligned(run, inner)
    return ["{", *lines, f"{indent}}}"]


def _list(value: list[Any], indent: str) -> list[str]:
    inner = indent + "  "
    written = [_value(item, inner) for item in value]
    one_line = "[" + ", ".join(lines[0] for lines in written) + "]"
    if all(len(lines) == 1 for lines in written) and len(one_line) <= _WIDEST_LIST:
        return [one_line]
    lines = ["["]
    for item in written:
        lines += [inner + item[0], *item[1:]]
        lines[-1] += ","
    return [*lines, f"{indent}]"]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return '"' + escaped.replace("${", "$${").replace("%{", "%%{") + '"'
