"""From the verdict to the report: security findings are added, ignored ones dropped, severities changed.

The verdict that scoring sees never changes; a report is a changed copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from iacrl.domains.base import Domain
from iacrl.domains.marks import MENTION
from iacrl.domains.registry import find_domain
from iacrl.domains.verdict import Diagnostic, Verdict, layers_passed
from iacrl.seen_files import is_there
from iacrl.sources.discover import Found
from iacrl.sources.ignores import Ignore, read_ignores, unused_finding, without_ignored
from iacrl.sources.judged import Judged
from iacrl.sources.reading import read_source
from iacrl.sources.settings import SECURITY, Settings


def reported(source: Judged, thing: Found, settings: Settings, *, comments: bool = True) -> Judged:
    """Return a source with the findings that its settings and its own comments leave.

    Args:
        source: The source with the verdict itself.
        thing: The judged thing.
        settings: The settings of its folder.
        comments: Whether ignore comments count.
    """
    verdict = source.verdict
    findings = [*verdict.diagnostics, *(security_findings(verdict) if settings.with_security else ())]
    domain = find_domain(thing.domain)
    texts = dict(source.texts)
    if comments:
        texts = {**_marked_files(thing, domain), **texts}
        findings = _heeding_comments(findings, texts, source, domain, settings)
    in_module = _is_partly_judged(thing, domain, settings)
    kept = tuple(
        one._replace(severity=one.severity if one.layer == "syntax" else settings.severity_of(one.code, one.severity))
        for one in sorted(findings, key=_order)
        if one.layer == "syntax" or settings.reports(one.code, _file_of(source, one), in_module=in_module)
    )
    named = {one.range.file for one in kept}
    texts = {name: text for name, text in texts.items() if name in source.texts or name in named}
    changed = verdict._replace(diagnostics=kept, layers=layers_passed(verdict.layers, kept))
    return replace(source, texts=texts, verdict=changed)


def security_findings(verdict: Verdict) -> list[Diagnostic]:
    """Return the findings of the domain's security checks in a text or module, as warnings."""
    from iacrl.scoring.security import examine

    if verdict.document is None:
        return []
    found = {
        (one.check.id, one.entity.range_of(one.steps)): f"{one.check.title}: {one.check.why}"
        for one in examine(verdict.document)
        if not one.holds
    }
    return [Diagnostic(code, "warning", words, "references", where) for (code, where), words in found.items()]


def _heeding_comments(
    findings: list[Diagnostic],
    texts: Mapping[str | None, str],
    source: Judged,
    domain: Domain,
    settings: Settings,
) -> list[Diagnostic]:
    ignores: dict[str | None, list[Ignore]] = {}
    problems: list[Diagnostic] = []
    for file, text in texts.items():
        if MENTION in text:
            document = source.verdict.document if file is None else None
            ignores[file], wrong = read_ignores(domain.marks(text, document), file)
            problems += wrong
    if not (ignores or problems):
        return findings
    kept, unused = without_ignored(findings, ignores)
    if _is_whole(source.verdict, kept):
        problems += [
            unused_finding(one) for one in unused if settings.with_security or not one.code.startswith(SECURITY)
        ]
    return kept + problems


def _is_whole(verdict: Verdict, kept: list[Diagnostic]) -> bool:
    """Return whether everything was judged: an error may hide others, and a real program has other findings."""
    return not (verdict.unchecked or verdict.judge or any(one.severity == "error" for one in kept))


def _marked_files(thing: Found, domain: Domain) -> dict[str | None, str]:
    """Return the files of a module that may contain marks, by their names in ranges."""
    if thing.rendering is not None or domain.module_files is None or not thing.path.is_dir():
        return {}
    files = [file for file in domain.module_files(thing.path) if is_there(file)]
    texts: dict[str | None, str] = {str(file.relative_to(thing.path)): read_source(str(file)) for file in files}
    return {name: text for name, text in texts.items() if MENTION in text}


def _is_partly_judged(thing: Found, domain: Domain, settings: Settings) -> bool:
    """Return whether a thing is a module that is not wholly excluded; otherwise the user named it explicitly."""
    if thing.rendering is not None or domain.module_files is None or not thing.path.is_dir():
        return False
    here = thing.path.resolve()
    return not all(settings.excludes(here / file.relative_to(thing.path)) for file in domain.module_files(thing.path))


def _file_of(source: Judged, finding: Diagnostic) -> Path:
    path = Path(source.path_of(finding.range.file))
    return path.parent.resolve() / path.name


def _order(finding: Diagnostic) -> tuple[str, int, int]:
    return finding.range.file or "", finding.range.start.line, finding.range.start.column
