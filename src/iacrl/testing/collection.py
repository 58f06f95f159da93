"""Collection for `pytest --iacrl`: each module, and each file that a domain claims, is one test.

A file is judged together with those next to it, as by `iacrl validate DIRECTORY`. This does not depend on the selected
tests, so a test that runs alone by its node id has the same result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest

from iacrl.domains.base import Options
from iacrl.domains.registry import all_domains, find_domain
from iacrl.errors import UserError
from iacrl.sources.discover import (
    ClaimedTwiceError,
    Found,
    LeftOut,
    claimed,
    domain_of_named,
    has_suffix,
    left_out_note,
    module_of,
    rendered_with,
    unread_among,
)
from iacrl.sources.judged import Judged, is_text
from iacrl.sources.judging import Judging
from iacrl.sources.plain_text import details
from iacrl.sources.settings import Given, Settings
from iacrl.terminal import printable, shown
from iacrl.testing.asserts import NotCheckedWarning


class Invalid(Exception):  # noqa: N818 - it carries a verdict to the report; nothing went wrong
    """A source is not valid."""

    def __init__(self, source: Judged) -> None:
        self.source = source
        super().__init__(source.name)


class Collection:
    """The hooks that collect; registered only for `--iacrl`."""

    def __init__(self, options: Mapping[str, Options]) -> None:
        self.judging = Judging(Given(settings=Settings(options=options)))
        self._left_out: dict[Path, str] = {}
        self._judged: dict[Found, Judged] = {}

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Collect a file that a domain claims, or a module by the file that represents it."""
        if not any(map(parent.session.isinitpath, (file_path, *file_path.parents))):
            return None  # it is only next to what was asked for
        try:
            found = _find(file_path, parent.session, self.judging)
        except (UserError, OSError) as error:
            return self._file(parent, file_path, error)
        if isinstance(found, LeftOut):
            self._left_out[_relative(file_path, parent.config)] = found.reason
        if isinstance(found, Found):
            return self._file(parent, file_path, found)
        if parent.session.isinitpath(file_path) and has_suffix(file_path, all_domains()):
            # Collected even if another file represents its module: pytest would miss it.
            return self._file(parent, file_path, None)
        return None

    def _file(self, parent: pytest.Collector, path: Path, found: Found | Exception | None) -> SourceFile:
        """Return the collector of a file. pytest prints its node id at the beginning of lines, as it is."""
        file = SourceFile.from_parent(parent, path=path, place=path, found=found, collection=self)
        clean = "/".join(shown(printable(part)).replace("::", ":\ufffd") for part in file.nodeid.split("/"))
        if clean == file.nodeid:
            return file
        place = parent.config.rootpath / clean
        return SourceFile.from_parent(parent, path=path, place=place, found=found, collection=self, nodeid=clean)

    def judged(self, found: Found, session: pytest.Session) -> Judged:
        """Judge a source once, with everything that is judged together with it.

        Raises:
            UserError: It cannot be read.
        """
        if found not in self._judged:
            group = sorted([found, *_beside(found, session, self.judging)], key=lambda each: each.path)
            self._judged |= zip(group, self.judging.judge(group), strict=True)
        return self._judged.pop(found)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send the list of omitted files from a worker of pytest-xdist to the controller."""
        self.judging.close()
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["iacrl_left_out"] = {str(path): reason for path, reason in self._left_out.items()}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Receive it there. Every worker collects everything."""
        left_out = getattr(node, "workeroutput", {}).get("iacrl_left_out", {})
        self._left_out |= {Path(path): reason for path, reason in left_out.items()}

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how many files were left out."""
        if self._left_out:
            files = [LeftOut(path, reason) for path, reason in sorted(self._left_out.items())]
            terminalreporter.write_line(shown(f"iacrl: {left_out_note(files)}"))


class SourceFile(pytest.File):
    """The file that a test is collected from; it has no test if another file represents its module.

    Attributes:
        place: The path that pytest prints.
        found: What is judged, or the error on finding it.
        collection: Judges it.
    """

    def __init__(self, *, place: Path, found: Found | Exception | None, collection: Collection, **rest: Any) -> None:
        super().__init__(**rest)
        self.place = place
        self.found = found
        self.collection = collection

    def collect(self) -> Iterator[SourceItem]:
        """Yield the one test."""
        if isinstance(self.found, ClaimedTwiceError):
            raise self.CollectError(
                f"{shown(self.found.what)}; --ignore leaves it out, `iacrl validate --domain` judges it."
            )
        if isinstance(self.found, Exception):
            raise self.CollectError(shown(str(self.found)))
        if self.found is not None:
            yield SourceItem.from_parent(self, name=self.found.domain, found=self.found)


class SourceItem(pytest.Item):
    """One source is valid."""

    parent: SourceFile

    def __init__(self, *, found: Found, **rest: Any) -> None:
        super().__init__(**rest)
        self.found = found

    def runtest(self) -> None:
        """Judge the source. What could not be judged is a warning of the test."""
        judging = self.parent.collection.judging
        (source,), _ = judging.without_known([self.found], [self.parent.collection.judged(self.found, self.session)])
        source = Judged(str(_relative(self.found.path, self.config)), source.texts, source.verdict)
        for reason in source.verdict.unchecked:
            self.warn(NotCheckedWarning(printable(f"{source.name}: not checked: {reason}")))
        if judging.fails([self.found], [source], ()):
            raise Invalid(source)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the output of `iacrl validate`; a traceback only for a bug in iacrl."""
        if isinstance(excinfo.value, Invalid):
            return click.unstyle(shown(details([excinfo.value.source])))
        if isinstance(excinfo.value, UserError | OSError):
            return shown(str(excinfo.value))
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the place of the test, and the heading of its failure."""
        return self.parent.place, 0, printable(f"{self.found.domain}: {_relative(self.found.path, self.config)}")


def _find(file: Path, session: pytest.Session, judging: Judging) -> Found | LeftOut | None:
    """Return what is judged when this file is collected; None if another file represents its module.

    Raises:
        UserError: Two domains claim it, or a settings file has mistakes.
    """
    domains = all_domains()
    named_by_user = session.isinitpath(file)
    if has_suffix(file, domains) and not named_by_user:
        judging.finder.of(file)
        judging.finder.refuse_mistakes()
    if not named_by_user and has_suffix(file, domains) and (unread := unread_among([file], session.config.rootpath)):
        return unread[0]
    if module := module_of(file, domains):
        module_files = find_domain(module.domain).module_files
        if not named_by_user and module_files and all(map(judging.finder.excludes, module_files(module.path))):
            return None
        if module_files and (unread := unread_among(module_files(module.path), session.config.rootpath)):
            return LeftOut(file, f"its module has {unread[0].path.name}: {unread[0].reason}")
        return module if _stands_for_module(file, module, session) else None
    if named_by_user and (named := domain_of_named(file, domains)):
        return Found(file, named.name)
    if not named_by_user and has_suffix(file, domains) and judging.finder.excludes(file):
        return None
    if not isinstance(whole := rendered_with(file, domains, session.config.rootpath), Found):
        return whole or claimed(file, domains)
    return whole if whole.rendering and file.name == whole.rendering.mark else None


def _beside(found: Found, session: pytest.Session, judging: Judging) -> Iterator[Found]:
    """Yield the files that are judged together: those of its domain in its directory that pytest does not ignore."""
    if not is_text(found):
        return
    ignored = session.gethookproxy(found.path.parent).pytest_ignore_collect
    for file in sorted(found.path.parent.iterdir()):
        if file == found.path or not file.is_file() or ignored(collection_path=file, config=session.config):
            continue
        try:
            other = _find(file, session, judging)
        except (UserError, OSError):
            continue  # its own test reports it
        if isinstance(other, Found) and other.domain == found.domain and is_text(other):
            yield other


def _stands_for_module(file: Path, module: Found, session: pytest.Session) -> bool:
    """Return whether a module is collected by this file: its first file, or the first of the named ones."""
    module_files = find_domain(module.domain).module_files
    files = module_files(module.path) if module_files else []
    named = [each for each in files if session.isinitpath(each)]
    return file == (named if session.isinitpath(file) else files)[0]


def _relative(path: Path, config: pytest.Config) -> Path:
    """Return the path as a user would write it: relative to the folder where pytest started, if it is below that."""
    start = config.invocation_params.dir
    return path.relative_to(start) if path.is_relative_to(start) else path
