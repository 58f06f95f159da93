"""The forms in which `iacrl validate` prints what it found: text, JSON, SARIF 2.1.0 and GitHub's workflow commands."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import iacrl
from iacrl.domains.registry import find_rule
from iacrl.domains.rules import Rule
from iacrl.domains.verdict import Diagnostic
from iacrl.sources.discover import LeftOut, left_out_note
from iacrl.sources.judged import Judged
from iacrl.sources.plain_text import each_once, text

#: From what was judged, and what was found and is not judged, to what is printed.
Form = Callable[[Sequence[Judged], Sequence[LeftOut]], str]


def as_text(found: Sequence[Judged], left_out: Sequence[LeftOut] = ()) -> str:
    """For people: each finding with its line, and a summary."""
    return text(found) + (f"{left_out_note(left_out)}\n" if left_out else "")


def as_json(found: Sequence[Judged], left_out: Sequence[LeftOut] = ()) -> str:
    """For programs: one JSON array with an object for each source. Of what is not judged, `valid` is null."""
    rows = [{"path": source.name, **verdict_row(source)} for source in found]
    rows += [
        {"path": str(file.path), "valid": None, "diagnostics": [], "unchecked": [file.reason]} for file in left_out
    ]
    return json.dumps(rows, indent=2) + "\n"


def verdict_row(source: Judged) -> dict[str, Any]:
    """Return `valid`, `diagnostics` and `unchecked` in their plain form, and `judge` where there is one."""
    row = source.verdict.to_json()
    return {name: row[name] for name in ("valid", "diagnostics", "unchecked", "judge") if name in row}


def sarif(found: Sequence[Judged], left_out: Sequence[LeftOut] = ()) -> str:
    """For code scanning: SARIF 2.1.0 (OASIS), one run with the rules that were broken."""
    codes = sorted({finding.code for source in found for finding in source.verdict.diagnostics})
    results = [_sarif_result(source, finding, codes) for source, finding in each_once(found)]
    driver = {
        "name": "iacrl",
        "version": iacrl.__version__,
        "informationUri": "https://github.com/iacrl/iacrl",
        "rules": [_sarif_rule(find_rule(code)) for code in codes],
    }
    notes = [_sarif_note(name, reason) for name, reason in _not_checked(found, left_out)]
    invocation = {"executionSuccessful": True, **({"toolExecutionNotifications": notes} if notes else {})}
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        # SARIF counts columns in UTF-16 units unless it is told otherwise.
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(log, indent=2) + "\n"


def github(found: Sequence[Judged], left_out: Sequence[LeftOut] = ()) -> str:
    """For GitHub Actions: one workflow command for each finding, shown at its line in the pull request."""
    lines = []
    for source, finding in each_once(found):
        start, end = finding.range.start, finding.range.end
        path = source.path_of(finding.range.file)
        place = {
            "file": path,
            "line": start.line,
            "endLine": end.line,
            **({"col": start.column, "endColumn": end.column} if start.line == end.line else {}),
            "title": f"iacrl {finding.code}",
        }
        # The log of the job shows the message alone.
        message = f"{path}:{start.line}:{start.column}: {finding.message} [{finding.code}]"
        lines.append(_command(finding.severity, place, message))
    lines += [
        _command("notice", {"title": "iacrl"}, f"{name}: not checked: {reason}")
        for name, reason in _not_checked(found, left_out)
    ]
    return "".join(lines)


FORMS: dict[str, Form] = {"text": as_text, "json": as_json, "sarif": sarif, "github": github}
#: The forms that are messages; the others are documents.
FOR_PEOPLE = frozenset({"text", "github"})


def explanation(code: str) -> str:
    """Return everything that is known of a rule's code, or of a security check's (`SEC401`).

    Raises:
        UserError: There is no such code; the message names the nearest one.
    """
    from iacrl.scoring.security import all_checks

    check = next((check for check in all_checks() if check.id == code.upper()), None)
    if check is not None:
        return (
            f"{check.id}: {check.title} (a check of the reward `security`)\n\n{check.why}\n\nSource: {check.source}\n"
        )
    rule = find_rule(code)
    head = f"{rule.code}: {rule.title} ({rule.severity}, layer {rule.layer})"
    return f"{head}\n\n{rule.explanation}\n\nSource: {rule.source}\n"


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
    return {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": finding.severity,
        "message": {"text": finding.message},
        "locations": [
            {"physicalLocation": {"artifactLocation": _artifact(source.path_of(finding.range.file)), "region": region}}
        ],
    }


def _not_checked(found: Sequence[Judged], left_out: Sequence[LeftOut]) -> list[tuple[str, str]]:
    """Return what could not be judged: a path, and what of it or why."""
    parts = [(source.name, reason) for source in found for reason in source.verdict.unchecked]
    return parts + [(str(file.path), file.reason) for file in left_out]


def _sarif_note(name: str, reason: str) -> dict[str, Any]:
    return {
        "level": "note",
        "message": {"text": f"{name}: not checked: {reason}"},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(name)}}],
    }


def _artifact(path: str) -> dict[str, str]:
    """Return where a file is; a relative path stays relative, which code scanning takes from the repository's root."""
    there = Path(path)
    # A name may hold bytes that are no UTF-8; `quote` takes them as they are.
    return {"uri": there.as_uri() if there.is_absolute() else quote(os.fsencode(there.as_posix()))}


def _command(name: str, properties: Mapping[str, object], message: str) -> str:
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{name} {listed}::{_data(message)}\n"


def _data(value: str) -> str:
    """Escape the message of a workflow command."""
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    """Escape a property of a workflow command."""
    return _data(value).replace(":", "%3A").replace(",", "%2C")
