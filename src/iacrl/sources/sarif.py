"""SARIF 2.1.0 (OASIS), for code scanning: one run with the broken rules.

Paths are relative to the root of the repository, as code scanning expects; outside a repository they are as given.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import iacrl
from iacrl.domains.rules import Rule
from iacrl.domains.verdict import Diagnostic
from iacrl.sources.code_names import rule_of
from iacrl.sources.discover import LeftOut
from iacrl.sources.judged import Judged, not_checked
from iacrl.sources.plain_text import each_once
from iacrl.sources.repository import repository_of

#: Code scanning's name for the root of the paths.
_ROOT = "%SRCROOT%"
#: What makes a link: an address, or the number of a location. A regular expression such as `[a-z]([-a-z]*)` is none.
_LINK = re.compile(r"\]\((?=\s*(?:[A-Za-z][A-Za-z0-9+.-]*:|\d+\s*\)))")


def sarif(found: Sequence[Judged], left_out: Sequence[LeftOut] = ()) -> str:
    """Return the log: one run, with the findings and what was not judged."""
    codes = sorted({finding.code for source in found for finding in source.verdict.diagnostics})
    results = [_sarif_result(source, finding, codes) for source, finding in each_once(found)]
    driver = {
        "name": "iacrl",
        "version": iacrl.__version__,
        "informationUri": "https://github.com/iacrl/iacrl",
        "rules": [_sarif_rule(rule_of(code)) for code in codes],
    }
    notes = [_sarif_note(name, reason) for name, reason in not_checked(found, left_out)]
    invocation = {"executionSuccessful": True, **({"toolExecutionNotifications": notes} if notes else {})}
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        # SARIF counts columns in UTF-16 units by default.
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(log, indent=2) + "\n"


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
        "message": {"text": _plain(finding.message)},
        "locations": [
            {"physicalLocation": {"artifactLocation": _artifact(source.path_of(finding.range.file)), "region": region}}
        ],
    }


def _sarif_note(name: str, reason: str) -> dict[str, Any]:
    return {
        "level": "note",
        "message": {"text": _plain(f"{name}: not checked: {reason}")},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(name)}}],
    }


def _plain(message: str) -> str:
    """Return a message without links, which SARIF writes as `[text](address)` (3.11.6): nobody's text is one."""
    return _LINK.sub("] (", message)


def _artifact(path: str) -> dict[str, str]:
    """Return the location of a file."""
    there = Path(path)
    root = None if path == "<stdin>" else repository_of(Path(os.path.abspath(path)).parent)  # noqa: PTH100 - keeps links
    if root is not None:
        return {"uri": _uri(Path(os.path.relpath(path, root))), "uriBaseId": _ROOT}
    return {"uri": there.as_uri() if there.is_absolute() else _uri(there)}


def _uri(relative: Path) -> str:
    # A name may contain bytes that are not UTF-8; `quote` takes them unchanged.
    return quote(os.fsencode(relative.as_posix()))
