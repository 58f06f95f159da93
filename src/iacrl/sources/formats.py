"""The output forms of `iacrl validate`; SARIF and JUnit have their own modules."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from iacrl.domains.deferred import function
from iacrl.sources.code_names import rule_of
from iacrl.sources.discover import LeftOut, left_out_note
from iacrl.sources.judged import Judged, not_checked
from iacrl.sources.plain_text import each_once, text
from iacrl.sources.settings import SECURITY
from iacrl.terminal import printable

#: From the judged sources, and what was found but not judged, to the printed text.
Form = Callable[[Sequence[Judged], Sequence[LeftOut]], str]


def as_text(found: Sequence[Judged], left_out: Sequence[LeftOut] = ()) -> str:
    """For people: each finding with its line, and a summary."""
    return text(found) + (f"{left_out_note(left_out)}\n" if left_out else "")


def as_json(found: Sequence[Judged], left_out: Sequence[LeftOut] = ()) -> str:
    """For programs: one JSON array with an object for each source. If a source was not judged, `valid` is null."""
    rows = [{"path": source.name, **verdict_row(source)} for source in found]
    rows += [
        {"path": str(file.path), "valid": None, "diagnostics": [], "unchecked": [file.reason]} for file in left_out
    ]
    return json.dumps(rows, indent=2) + "\n"


def verdict_row(source: Judged) -> dict[str, Any]:
    """Return `valid`, `diagnostics` and `unchecked` in their plain form, and `judge` if there is one."""
    row = source.verdict.to_json()
    return {name: row[name] for name in ("valid", "diagnostics", "unchecked", "judge") if name in row}


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
        # The job's log shows only the message.
        message = f"{path}:{start.line}:{start.column}: {finding.message} [{finding.code}]"
        lines.append(_command(finding.severity, place, message))
    lines += [
        _command("notice", {"title": "iacrl"}, f"{name}: not checked: {reason}")
        for name, reason in not_checked(found, left_out)
    ]
    return "".join(lines)


FORMS: dict[str, Form] = {
    "text": as_text,
    "json": as_json,
    "sarif": function("iacrl.sources.sarif:sarif"),
    "github": github,
    "junit": function("iacrl.sources.junit:junit"),
}
#: The form that is a message; the others are documents.
FOR_PEOPLE = "text"
JSON_FORMS = frozenset({"json", "sarif"})


def explanation(code: str) -> str:
    """Return everything that is known about the code of a rule or of a security check (`SEC401`).

    Raises:
        UserError: There is no such code; the message names the nearest one.
    """
    rule = rule_of(code)
    what = (
        "a check of the reward `security`" if rule.code.startswith(SECURITY) else f"{rule.severity}, layer {rule.layer}"
    )
    return f"{rule.code}: {rule.title} ({what})\n\n{rule.explanation}\n\nSource: {rule.source}\n"


def _command(name: str, properties: Mapping[str, object], message: str) -> str:
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{name} {listed}::{_data(message)}\n"


def _data(value: str) -> str:
    """Escape the message of a workflow command, so that it ends with its line."""
    return printable(value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(value: str) -> str:
    """Escape a property of a workflow command."""
    return _data(value).replace(":", "%3A").replace(",", "%2C")
