"""What a failed assert says: diagnostics as `iacrl validate` prints them, and clauses met and not met."""

from __future__ import annotations

from collections.abc import Sequence

import click

from iacrl.sources.judged import Judged
from iacrl.sources.plain_text import block, count, details, each_once, excerpt, printable
from iacrl.tasks import ClauseResult, IntentResult


def invalid_message(found: Sequence[Judged]) -> str:
    """Return the count and the findings; and what to do where a completion was taken for source code."""
    errors = sum(finding.severity == "error" for _, finding in each_once(found))
    invalid = sum(not source.verdict.valid for source in found)
    head = f"{invalid} of {count(len(found), 'source')} not valid: {count(errors, 'error')}"
    fenced = any("```" in content for source in found for content in source.texts.values())
    advice = "It holds a fenced block: `iacrl.extract(text, domain)` returns the source code in a completion.\n"
    return f"{head}\n{click.unstyle(details(found))}{advice if fenced else ''}"


def clauses_message(source: Judged, result: IntentResult) -> str:
    """Return every clause with its place, and the line where one is not met."""
    parts = []
    if not source.verdict.valid:
        parts.append("The text is not valid, so it meets no intent:\n")
        parts += [block(source, finding) for finding in source.verdict.errors]
    met = sum(clause.met for clause in result.clauses)
    parts.append(f"{met} of {len(result.clauses)} clauses of the intent are met:")
    parts += [_clause(source, clause) for clause in result.clauses]
    return click.unstyle("\n".join(parts)) + "\n"


def _clause(source: Judged, clause: ClauseResult) -> str:
    where = clause.range
    place = "" if where is None else f" ({where.start.line}:{where.start.column})"
    if clause.met:
        return f"  met      {clause.clause}{place}"
    shown = "" if where is None else "\n" + excerpt(source, where, "red").rstrip("\n")
    return f"  NOT MET  {clause.clause}: {printable(clause.reason)}{place}" + shown.replace("\n", "\n           ")
