"""Asserts for generated text and for files: they raise an AssertionError that shows what to fix."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from iacrl.domains import domain_names, validate
from iacrl.errors import UserError
from iacrl.sources.judged import Judged
from iacrl.sources.judging import Judging
from iacrl.sources.plain_text import block, count, details, each_once, excerpt
from iacrl.sources.settings import Given, Settings
from iacrl.tasks import ClauseResult, Intent, IntentResult, Task
from iacrl.terminal import printable, shown


class NotCheckedWarning(UserWarning):
    """Something could not be judged, such as a resource of a provider without a schema."""


def assert_valid(source: str | Path, domain: str | None = None, **options: str) -> None:
    """Assert that a text, or everything judgeable in a file or directory, is valid.

    What could not be judged is a `NotCheckedWarning`.

    Args:
        source: Source code as in a file (for a model's raw completion, call `iacrl.extract` first), or a `Path`. A path
            is judged and reported as by `iacrl validate`, with its settings and ignore comments. A text is judged by
            the verdict itself.
        domain: The name of a domain. It may be left out for a path whose name identifies it.
        options: The domain's own, such as `version="1.31"`.

    Raises:
        AssertionError: Something is invalid; the message shows each diagnostic with its line.
        UserError: The path, the domain or the version does not exist.
    """
    __tracebackhide__ = True
    if options and domain is None:
        raise UserError(f"assert_valid: name the domain that has the option {', '.join(options)}.")
    if isinstance(source, Path):
        with Judging(Given(settings=Settings(options={domain: options} if domain else {}))) as judging:
            things = judging.find((str(source),), domain).things
            found, _ = judging.without_known(things, list(judging.judge(things)))
            failed = judging.fails(things, found, ())
    else:
        if domain is None:
            known = ", ".join(domain_names())
            raise UserError(f"assert_valid: nothing tells what the text is; give the domain ({known}).")
        verdict = validate(source, domain, **options)
        found, failed = [Judged("<text>", {None: source}, verdict)], not verdict.valid
    for each in found:
        _warn(each)
    if failed:
        raise AssertionError(invalid_message(found))


def assert_meets(
    text: str,
    intent: Mapping[str, Any] | str | Path | Intent | Task,
    domain: str | None = None,
    **options: str,
) -> None:
    """Assert that a text is valid and declares what an intent asks for.

    What could not be judged is a `NotCheckedWarning`.

    Args:
        text: Source code as in a file (for a model's raw completion, call `iacrl.extract` first).
        intent: The intent as a dict, as YAML or JSON text, as the `Path` of such a file, or a task that has one. Its
            language is that of `iacrl.intent.language`.
        domain: The name of a domain. It may be left out if only one domain has the categories of the intent.
        options: The domain's own, such as `version="1.31"` for Kubernetes: the API to judge by.

    Raises:
        AssertionError: The text is invalid or misses a clause; the message lists each clause, met or not, with its
            place.
        UserError: The intent is invalid, or does not identify the domain.
    """
    from iacrl.tasks import check_intent
    from iacrl.tasks.gold_answer import gold_of
    from iacrl.testing.intents import read_intent

    __tracebackhide__ = True
    asked, domain = read_intent(intent, domain)
    verdict = validate(text, domain, **options)
    gold = gold_of(intent, options) if isinstance(intent, Task) else None
    result = check_intent(asked, verdict.document, gold=gold)
    source = Judged("<text>", {None: text}, verdict)
    _warn(source)
    if not (verdict.valid and result.met):
        raise AssertionError(clauses_message(source, result))


def _warn(source: Judged) -> None:
    """Warn at the line that called the assert."""
    for reason in source.verdict.unchecked:
        warnings.warn(printable(f"{source.name}: not checked: {reason}"), NotCheckedWarning, stacklevel=3)


def invalid_message(found: Sequence[Judged]) -> str:
    """Return the count and the findings, with advice if a completion was taken for source code."""
    errors = sum(finding.severity == "error" for _, finding in each_once(found))
    invalid = sum(not source.verdict.valid for source in found)
    head = f"{invalid} of {count(len(found), 'source')} not valid: {count(errors, 'error')}"
    fenced = any("```" in content for source in found for content in source.texts.values())
    advice = "It holds a fenced block: `iacrl.extract(text, domain)` returns the source code in a completion.\n"
    return f"{head}\n{click.unstyle(shown(details(found)))}{advice if fenced else ''}"


def clauses_message(source: Judged, result: IntentResult) -> str:
    """Return every clause with its place, and the line of each unmet one."""
    parts = []
    if not source.verdict.valid:
        parts.append("The text is not valid, so it meets no intent:\n")
        parts += [block(source, finding) for finding in source.verdict.errors]
    met = sum(clause.met for clause in result.clauses)
    parts.append(f"{met} of {len(result.clauses)} clauses of the intent are met:")
    parts += [_clause(source, clause) for clause in result.clauses]
    return click.unstyle(shown("\n".join(parts))) + "\n"


def _clause(source: Judged, clause: ClauseResult) -> str:
    where = clause.range
    place = "" if where is None else f" ({where.start.line}:{where.start.column})"
    if clause.met:
        return f"  met      {clause.clause}{place}"
    shown = "" if where is None else "\n" + excerpt(source, where, "red").rstrip("\n")
    return f"  NOT MET  {clause.clause}: {printable(clause.reason)}{place}" + shown.replace("\n", "\n           ")
