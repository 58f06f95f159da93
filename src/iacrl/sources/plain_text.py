"""Findings for people: the line, the underlined token, a summary."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import combining, east_asian_width

import click

from iacrl.domains.ranges import Position, Range
from iacrl.domains.verdict import Diagnostic
from iacrl.sources.judged import Judged
from iacrl.terminal import printable

#: Longer lines are cut around the token, to keep a text of one long line readable.
_WIDEST = 160
#: The most sources that are named for one reason why something was not checked.
_NAMED = 3


def text(found: Sequence[Judged]) -> str:
    """For people: each finding with its line, the token underlined, and a summary. It contains ANSI colours."""
    findings = [finding for _, finding in each_once(found)]
    errors = sum(finding.severity == "error" for finding in findings)
    valid = sum(source.verdict.valid for source in found)
    counts = f"{count(errors, 'error')}, {count(len(findings) - errors, 'warning')}"
    return f"{details(found)}{valid} of {count(len(found), 'source')} valid: {counts}.\n"


def details(found: Sequence[Judged]) -> str:
    """Return the text without its summary."""
    parts = [block(source, finding) for source, finding in each_once(found)]
    parts += [printable(f"{names}: not checked: {reason}") for reason, names in _unchecked(found).items()]
    parts += [printable(f"{source.name}: hint: {source.hint}") for source in found if source.hint]
    return "".join(f"{part}\n" for part in parts)


def _unchecked(found: Sequence[Judged]) -> dict[str, str]:
    """Return why something was not checked, each reason once, with its sources."""
    names: dict[str, list[str]] = {}
    for source in found:
        for reason in source.verdict.unchecked:
            names.setdefault(reason, []).append(source.name)
    return {
        reason: ", ".join(each[:_NAMED]) + (f" and {len(each) - _NAMED} more" if len(each) > _NAMED else "")
        for reason, each in names.items()
    }


def block(source: Judged, finding: Diagnostic) -> str:
    """Return one finding with its line and the token underlined; the block ends with a blank line."""
    path = source.path_of(finding.range.file)
    return f"{headline(finding, path)}\n{excerpt(source, finding.range, _colour(finding))}"


def headline(finding: Diagnostic, path: str | None = None) -> str:
    """Return `path:line:column: severity: message [code]`, as every command prints a finding."""
    start = finding.range.start
    place = f"{start.line}:{start.column}" if path is None else f"{printable(path)}:{start.line}:{start.column}"
    severity = click.style(finding.severity, fg=_colour(finding), bold=True)
    # Further lines are indented: what begins a line here is ours.
    message = "\n  ".join(map(printable, finding.message.split("\n")))
    return f"{click.style(place, bold=True)}: {severity}: {message} [{finding.code}]"


def _colour(finding: Diagnostic) -> str:
    return "red" if finding.severity == "error" else "yellow"


def excerpt(source: Judged, where: Range, colour: str) -> str:
    """Return the first line of a range with the range underlined; nothing if the text does not have the line."""
    start, end = where.start, where.end
    lines = source.texts.get(where.file, "").removeprefix("\ufeff").split("\n")
    if not 1 <= start.line <= len(lines):
        return ""
    line = lines[start.line - 1].rstrip("\r")
    last = end.column - 1 if end.line == start.line else len(line)
    cut = max(0, start.column - 1 - _WIDEST // 2) if len(line) > _WIDEST else 0
    shown = printable(line[cut : cut + _WIDEST])
    length = max(1, min(last, cut + _WIDEST) - (start.column - 1))
    gutter = " " * len(str(start.line))
    before = _columns(shown[: start.column - 1 - cut])
    under = max(1, _columns(shown[: start.column - 1 - cut + length]) - before)
    marks = " " * before + click.style("^" * under, fg=colour)
    return f"{gutter} |\n{start.line} | {shown}\n{gutter} | {marks}\n"


def each_once(found: Sequence[Judged]) -> list[tuple[Judged, Diagnostic]]:
    """Return the findings. One found in a module alone and again through its caller counts once."""
    once: dict[tuple[str, Position, str], tuple[Judged, Diagnostic]] = {}
    for source in found:
        for finding in source.verdict.diagnostics:
            place = source.path_of(finding.range.file), finding.range.start, finding.message
            once.setdefault(place, (source, finding))
    return list(once.values())


def _columns(text: str) -> int:
    """Return the width of a text in terminal columns: an East Asian wide character takes two."""
    return sum(2 if east_asian_width(char) in "WF" else not combining(char) for char in text)


def count(number: int, word: str) -> str:
    """Return `1 error`, `2 errors`."""
    return f"{number} {word}{'' if number == 1 else 's'}"
