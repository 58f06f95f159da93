"""The forms in which `iacrl validate` prints what it found: text, JSON, SARIF 2.1.0 and GitHub's workflow commands."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

import iacrl
from iacrl.cli.judged import Judged
from iacrl.validators.rules import Rule, find_rule
from iacrl.validators.verdict import Diagnostic

Form = Callable[[Sequence[Judged]], str]

#: Longer lines are cut around the token, so that a text of one long line stays readable.
_WIDEST = 160


def text(found: Sequence[Judged]) -> str:
    """For people: each finding with its line, the token underlined, and a summary."""
    parts = [_block(source, finding) for source in found for finding in source.verdict.diagnostics]
    parts += [f"{source.name}: not checked: {reason}" for source in found for reason in source.verdict.unchecked]
    errors = sum(len(source.verdict.errors) for source in found)
    warnings = sum(len(source.verdict.diagnostics) for source in found) - errors
    valid = sum(source.verdict.valid for source in found)
    counts = f"{_count(errors, 'error')}, {_count(warnings, 'warning')}"
    parts.append(f"{valid} of {_count(len(found), 'source')} valid: {counts}.")
    return "\n".join(parts) + "\n"


def as_json(found: Sequence[Judged]) -> str:
    """For programs: one JSON array with an object for each source."""
    rows = [{"path": source.name, **verdict_row(source)} for source in found]
    return json.dumps(rows, indent=2) + "\n"


def verdict_row(source: Judged) -> dict[str, Any]:
    """Return `valid`, `diagnostics` and `unchecked` in their plain form."""
    return {
        "valid": source.verdict.valid,
        "diagnostics": [finding.to_json() for finding in source.verdict.diagnostics],
        "unchecked": list(source.verdict.unchecked),
    }


def sarif(found: Sequence[Judged]) -> str:
    """For code scanning: SARIF 2.1.0 (OASIS), one run with the rules that were broken."""
    codes = sorted({finding.code for source in found for finding in source.verdict.diagnostics})
    results = [_sarif_result(source, finding, codes) for source in found for finding in source.verdict.diagnostics]
    driver = {
        "name": "iacrl",
        "version": iacrl.__version__,
        "informationUri": "https://github.com/iacrl/iacrl",
        "rules": [_sarif_rule(find_rule(code)) for code in codes],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        # SARIF counts columns in UTF-16 units unless it is told otherwise.
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }
    return json.dumps(log, indent=2) + "\n"


def github(found: Sequence[Judged]) -> str:
    """For GitHub Actions: one workflow command for each finding, shown at its line in the pull request."""
    lines = []
    for source in found:
        for finding in source.verdict.diagnostics:
            start, end = finding.range.start, finding.range.end
            place = {
                "file": source.path_of(finding.range.file),
                "line": start.line,
                "endLine": end.line,
                **({"col": start.column, "endColumn": end.column} if start.line == end.line else {}),
                "title": finding.code,
            }
            properties = ",".join(f"{name}={_property(str(value))}" for name, value in place.items())
            lines.append(f"::{finding.severity} {properties}::{_data(finding.message)}\n")
    return "".join(lines)


FORMS: dict[str, Form] = {"text": text, "json": as_json, "sarif": sarif, "github": github}


def explanation(rule: Rule) -> str:
    """Return everything that the catalogue says of a rule."""
    head = f"{rule.code}: {rule.title} ({rule.severity}, layer {rule.layer})"
    return f"{head}\n\n{rule.explanation}\n\nSource: {rule.source}\n"


def _block(source: Judged, finding: Diagnostic) -> str:
    start, end = finding.range.start, finding.range.end
    path = source.path_of(finding.range.file)
    head = f"{path}:{start.line}:{start.column}: {finding.severity}: {finding.message} [{finding.code}]"
    lines = source.texts.get(finding.range.file, "").split("\n")
    if not 1 <= start.line <= len(lines):
        return f"{head}\n"
    line = lines[start.line - 1].rstrip("\r")
    last = end.column - 1 if end.line == start.line else len(line)
    cut = max(0, start.column - 1 - _WIDEST // 2) if len(line) > _WIDEST else 0
    shown = _printable(line[cut : cut + _WIDEST])
    length = max(1, min(last, cut + _WIDEST) - (start.column - 1))
    gutter = " " * len(str(start.line))
    marks = " " * (start.column - 1 - cut) + "^" * length
    return f"{head}\n{gutter} |\n{start.line} | {shown}\n{gutter} | {marks}\n"


def _printable(line: str) -> str:
    """Show a tab as one column, and what would disturb a terminal as a replacement mark."""
    return "".join(char if char.isprintable() else " " if char == "\t" else "\ufffd" for char in line)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _sarif_rule(rule: Rule) -> dict[str, Any]:
    level = "error" if rule.severity == "error" else "warning"
    return {
        "id": rule.code,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.explanation},
        "help": {"text": f"Source: {rule.source}"},
        "defaultConfiguration": {"level": level},
    }


def _sarif_result(source: Judged, finding: Diagnostic, codes: list[str]) -> dict[str, Any]:
    start, end = finding.range.start, finding.range.end
    region = {
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    }
    uri = quote(PurePath(source.path_of(finding.range.file)).as_posix())
    return {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": finding.severity,
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}],
    }


def _data(value: str) -> str:
    """Escape the message of a workflow command."""
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    """Escape a property of a workflow command."""
    return _data(value).replace(":", "%3A").replace(",", "%2C")
