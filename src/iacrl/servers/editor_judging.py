"""Judging a file during editing, with the files next to it and with unsaved texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from iacrl.domains.base import Domain, Options
from iacrl.domains.ranges import START
from iacrl.domains.registry import all_domains, find_domain
from iacrl.domains.verdict import Diagnostic
from iacrl.seen_files import seeing, unsaved_in
from iacrl.sources.discover import Found, as_found, claimed, has_suffix
from iacrl.sources.judged import Judged, fast_judges
from iacrl.sources.judging import Judging
from iacrl.sources.settings import Given, Settings

#: In a folder with more files, a file is judged alone: judging all of them at each key takes too long.
MOST_TOGETHER: Final = 200


@dataclass(slots=True)
class FileFindings:
    """The findings of one file.

    Attributes:
        domain: The file's domain.
        text: The judged text.
        diagnostics: The findings.
        unchecked: What could not be judged, in words; for a module, it is with its first file.
    """

    domain: str
    text: str = ""
    diagnostics: list[Diagnostic] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)


class EditorJudge:
    """Judges files for an editor.

    Args:
        options: The options of the domains.

    Raises:
        UserError: There is no such option, or a domain is broken.
    """

    def __init__(self, options: Mapping[str, Options]) -> None:
        self._domains = all_domains()
        self._given = Given(settings=Settings(options=options))
        fast_judges(options)  # refuses options that no domain has

    def is_known(self, path: Path) -> bool:
        """Return whether a file may be judgeable, by the end of its name."""
        return has_suffix(path, self._domains)

    def findings(self, path: Path, unsaved: Mapping[Path, str]) -> dict[Path, FileFindings]:
        """Judge a file, and return the findings in it and in the files judged with it.

        Args:
            path: The resolved path of the file, which need not exist on the disk.
            unsaved: The editor's unsaved texts, by resolved path.

        Returns:
            The findings, by path. Nothing if the file is not judgeable, or has to be rendered first.

        Raises:
            UserError: Two domains claim the file, a file next to it cannot be read, or a settings file has mistakes.
        """
        with seeing(unsaved=unsaved):
            found = as_found(path, self._domains)
            if not isinstance(found, Found) or found.rendering is not None:
                return {}
            judging = Judging(self._given)  # again: the settings files may have changed
            if judging.finder.excludes(path):
                return {}
            things = self._beside(found) if found.path == path else [found]
            judged, _ = judging.without_known(things, list(judging.judge(things)))
            judging.finder.refuse_mistakes()
            if found.path == path:
                return {thing.path: _of_text(source) for thing, source in zip(things, judged, strict=True)}
            return _of_module(judged[0], found.path, find_domain(found.domain))

    def _beside(self, found: Found) -> list[Found]:
        """Return a text and the others of its directory that are judged with it."""
        folder = found.path.parent
        saved = [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
        beside = {path for path in (*saved, *unsaved_in(folder)) if self.is_known(path) and path.name[0] != "."}
        paths = sorted({found.path, *beside})
        if len(paths) > MOST_TOGETHER:
            return [found]
        things = [found if path == found.path else claimed(path, self._domains) for path in paths]
        return [thing for thing in things if isinstance(thing, Found) and thing.domain == found.domain] or [found]


def _of_text(source: Judged) -> FileFindings:
    verdict = source.verdict
    return FileFindings(verdict.domain, source.texts[None], list(verdict.diagnostics), list(verdict.unchecked))


def _of_module(source: Judged, directory: Path, domain: Domain) -> dict[Path, FileFindings]:
    files = domain.module_files(directory) if domain.module_files is not None else []
    found = {path: FileFindings(domain.name) for path in files}
    found[files[0]].unchecked = list(source.verdict.unchecked)
    for finding in source.verdict.diagnostics:
        name = finding.range.file
        path = directory / (name or "")
        if path in found:
            found[path].text = source.texts[name]
            found[path].diagnostics.append(finding)
        else:  # in a called module, whose own files show its findings
            start = finding.range.start
            message = f"{name}:{start.line}:{start.column}: {finding.message}"
            found[files[0]].diagnostics.append(finding._replace(message=message, range=START))
    return found
