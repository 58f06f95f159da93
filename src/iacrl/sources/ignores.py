"""Ignore comments: `# iacrl: ignore TF304` for a line or block, `# iacrl: ignore-file TF3` for a file.

Several codes are separated by commas or spaces; a reason may follow after `--`. Syntax errors cannot be ignored,
because nothing else in such a text was judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from iacrl.domains.marks import Mark
from iacrl.domains.ranges import Range
from iacrl.domains.rules import Rule
from iacrl.domains.verdict import Diagnostic
from iacrl.sources.code_names import UNKNOWN_IGNORE, UNUSED_IGNORE, is_selector, why_no_selector
from iacrl.sources.settings import longest

_FORMS: Final = {"ignore": False, "ignore-file": True}
_HOW: Final = "Write `iacrl: ignore CODE` or `iacrl: ignore-file CODE`."


@dataclass(frozen=True, slots=True)
class Ignore:
    """One code that a mark ignores.

    Attributes:
        code: The code, or the beginning of some.
        range: Where the mark is.
        first: The first line that it applies to.
        last: The last line; None if it applies to the whole file.
    """

    code: str
    range: Range
    first: int
    last: int | None

    def covers(self, finding: Diagnostic) -> bool:
        """Return whether it applies to a finding."""
        if finding.layer == "syntax" or longest(finding.code, (self.code,)) < 0:
            return False
        return self.last is None or self.first <= finding.range.start.line <= self.last


def read_ignores(marks: Iterable[Mark], file: str | None) -> tuple[list[Ignore], list[Diagnostic]]:
    """Return what the marks of a file ignore, and what is wrong with them.

    Args:
        marks: The marks that the domain finds.
        file: The file, as ranges of a verdict name it.
    """
    ignores: list[Ignore] = []
    problems: list[Diagnostic] = []
    for mark in marks:
        where = mark.range._replace(file=file)
        form, _, rest = mark.words.partition(" ")
        codes = [code for code in re.split(r"[,\s]+", rest.partition("--")[0]) if code]
        if form not in _FORMS:
            problems.append(_finding(UNKNOWN_IGNORE, f"Unknown ignore: {form!r} means nothing here. {_HOW}", where))
        elif not codes:
            problems.append(_finding(UNKNOWN_IGNORE, f"Unknown ignore: it names no code. {_HOW}", where))
        for code in codes if form in _FORMS else ():
            if is_selector(code):
                ignores.append(Ignore(code, where, mark.first, None if _FORMS[form] else mark.last))
            else:
                problems.append(_finding(UNKNOWN_IGNORE, f"Unknown ignore: {why_no_selector(code)}", where))
    return ignores, problems


def without_ignored(
    findings: Sequence[Diagnostic], ignores: Mapping[str | None, Sequence[Ignore]]
) -> tuple[list[Diagnostic], list[Ignore]]:
    """Return the findings that are not ignored, and the unneeded ignores.

    Args:
        findings: Of one source.
        ignores: The ignores, by file as ranges name it.
    """
    unused = {id(one): one for found in ignores.values() for one in found}
    kept = []
    for finding in findings:
        covering = [one for one in ignores.get(finding.range.file, ()) if one.covers(finding)]
        for one in covering:
            unused.pop(id(one), None)
        if not covering:
            kept.append(finding)
    return kept, list(unused.values())


def unused_finding(ignore: Ignore) -> Diagnostic:
    """Return the finding about an unneeded ignore."""
    return _finding(UNUSED_IGNORE, f"Unused ignore: no {ignore.code} is found there. Remove it.", ignore.range)


def _finding(rule: Rule, message: str, where: Range) -> Diagnostic:
    return Diagnostic(rule.code, rule.severity, message, rule.layer, where)
