"""Converts terraform's diagnostics to ours.

Terraform gives a summary, a detail and a range, but no code. The codes here only name the layer of the finding; the
in-process validator has the precise ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from iacrl.domains.ranges import Position, Range
from iacrl.domains.terraform.engine.provider_words import rule_behind
from iacrl.domains.terraform.engine_rules import LAYER_CODES, LIMIT_CODE
from iacrl.domains.terraform.rule_catalogue import RULES
from iacrl.domains.verdict import Diagnostic, Layer
from iacrl.text import to_bytes

_START = Range(Position(1, 1), Position(1, 1))

#: Layer by summary. Everything else belongs to references: names, types and function calls in expressions.
_SCHEMA_SUMMARIES = frozenset(
    {
        "Unsupported argument",
        "Missing required argument",
        "Unsupported block type",
        "Incorrect attribute value type",
        "Invalid resource type",
        "Invalid data source",
        "Invalid ephemeral resource type",
        "Value for unconfigurable attribute",
        "Missing required provider",
        "Inappropriate value for attribute",
        "Unclear nesting mode",
        "Missing key for block",
    }
)
#: "Insufficient ingress blocks", "Too many timeouts blocks", "Missing metadata block", "Duplicate metadata block".
_COUNT_OF_BLOCKS = re.compile(r"(Insufficient|Too many) \S+ blocks|(Missing|Duplicate) \S+ block")
#: The wording of terraform's built-in provider.
_READ_ONLY = re.compile(r'"\w+" attribute is read-only')

#: The in-process validator's titles of syntax errors, and titles that terraform words at more length.
_SYNTAX_SUMMARIES = {rule.title for rule in RULES if rule.layer == "syntax"} | {
    "Extra characters in else marker",
    "Extra characters in endfor marker",
    "Extra characters in endif marker",
    "Invalid for expression",
    "Missing attribute name",
    "Template interpolation sequences not allowed",
    "Unexpected else directive",
    "Unexpected endfor directive",
    "Unexpected endif directive",
}

_STRUCTURE_STARTS = (
    "Duplicate ",
    "Extraneous label",
    "Invalid module",
    "Missing name for",
    "Missing type for",
    "Module ",
    'Unexpected "',
)
_STRUCTURE_SUMMARIES = frozenset(
    {
        "Invalid block label",
        'Invalid combination of "count" and "for_each"',
        "Invalid data source name",
        "Invalid output name",
        "Invalid provider local name",
        "Invalid provider configuration",
        "Invalid provider source string",
        "Invalid required_providers object",
        "Invalid resource name",
        "Invalid type specification",
        "Invalid variable name",
        "Invalid version constraint",
        "Reserved argument name in resource block",
        "Reserved block type name in resource block",
        "Unreadable module directory",
        "Unsupported Terraform Core version",
    }
)


def layer_of(summary: str) -> Layer:
    """Return the layer that a diagnostic with this summary belongs to."""
    if summary in _SYNTAX_SUMMARIES:
        return "syntax"
    if summary in _SCHEMA_SUMMARIES or _COUNT_OF_BLOCKS.fullmatch(summary) or _READ_ONLY.match(summary):
        return "schema"
    return "structure" if _is_structural(summary) else "references"


def _is_structural(summary: str) -> bool:
    """True for errors in blocks and settings of the language itself."""
    return summary.startswith(_STRUCTURE_STARTS) or summary in _STRUCTURE_SUMMARIES


def to_diagnostic(
    found: Mapping[str, Any], files: Mapping[str, str], is_text: bool, asked: Mapping[str, str] | None = None
) -> Diagnostic:
    """Turn one of terraform's diagnostics into ours.

    Args:
        found: An element of `diagnostics` in the output of `terraform validate -json`.
        files: The sources, for columns: terraform counts grapheme clusters, we count code points.
        is_text: True for a single file, whose ranges need no file name.
        asked: The real providers that were asked, with their versions, by the prefix of their types.
    """
    summary = found["summary"]
    detail = " ".join(found.get("detail", "").split())
    message = f"{summary}: {detail}" if detail else summary
    # Only a provider's own diagnostics have the address of a resource.
    provider = _provider(found["address"], asked or {}) if "address" in found else None
    rule = rule_behind(message) if provider is not None else None
    layer = "schema" if "address" in found else layer_of(summary)
    return Diagnostic(
        code=LAYER_CODES[layer] if rule is None else rule.code,
        severity="warning" if found["severity"] == "warning" else "error",
        message=message if provider is None or rule is not None else f"{message} (said by provider {provider})",
        layer=layer,
        range=_range(found.get("range"), files, is_text),
    )


def _provider(address: str, asked: Mapping[str, str]) -> str | None:
    """Return the real provider of a resource such as `module.a.data.aws_vpc.b`; None for one of ours."""
    kind = address.rpartition(".")[0].rpartition(".")[2]
    return asked.get(kind.partition("_")[0])


def limit_exceeded(what: str) -> Diagnostic:
    """Return the finding for a text on which terraform exceeded a limit."""
    return Diagnostic(LIMIT_CODE, "error", f"Limit exceeded: {what}", "structure", _START)


def _range(place: Mapping[str, Any] | None, files: Mapping[str, str], is_text: bool) -> Range:
    if place is None:
        return _START
    name = place["filename"]
    data = to_bytes(files[name]) if name in files else b""
    start, end = (_position(place[side], data) for side in ("start", "end"))
    return Range(start, end, None if is_text else name)


def _position(place: Mapping[str, Any], data: bytes) -> Position:
    if not data or place["line"] == 0:  # terraform gives no position for what a missing block lacks
        return Position(max(place["line"], 1), max(place["column"], 1))
    before = data[: place["byte"]]
    line = before[before.rfind(b"\n") + 1 :]
    return Position(place["line"], len(line.decode("utf-8", "replace")) + 1)
