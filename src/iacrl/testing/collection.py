"""What `pytest --iacrl` collects: each Terraform module and each Kubernetes manifest is one test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest

from iacrl.domains.base import Options
from iacrl.errors import UserError
from iacrl.sources.discover import (
    SUFFIXES,
    Found,
    LeftOut,
    domain_by_name,
    left_out_note,
    module_files,
    why_no_manifest,
)
from iacrl.sources.judged import Judged, Judges, fast_judges, judge
from iacrl.sources.plain_text import details
from iacrl.testing.asserts import NotCheckedWarning


class Invalid(Exception):  # noqa: N818 - it carries a verdict to the report; nothing went wrong
    """A source is not valid."""

    def __init__(self, source: Judged) -> None:
        self.source = source
        super().__init__(source.name)


class Collection:
    """The hooks that collect; registered only for `--iacrl`."""

    def __init__(self, options: Mapping[str, Options]) -> None:
        self._judges = fast_judges(options)
        self._left_out: dict[Path, str] = {}

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Collect a manifest, or a module by the file that stands for it."""
        if not any(map(parent.session.isinitpath, (file_path, *file_path.parents))):
            return None  # it only stands beside what was asked for
        domain = domain_by_name(file_path)
        named = parent.session.isinitpath(file_path)
        found = None
        if domain == "terraform":
            if _stands_for_module(file_path, parent.session):
                found = Found(file_path.parent, domain)
        elif file_path.suffix in SUFFIXES:
            reason = None if named and domain else why_no_manifest(file_path)
            if reason is None:
                found = Found(file_path, "kubernetes")
            else:
                self._left_out[_relative(file_path, parent.config)] = reason
        if found is None and not (named and file_path.suffix in SUFFIXES):
            return None
        # A file that was named is collected even where another one stands for its module: pytest would miss it.
        return SourceFile.from_parent(parent, path=file_path, found=found, judges=self._judges)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand what was left out from a worker of pytest-xdist to the controller."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["iacrl_left_out"] = {str(path): reason for path, reason in self._left_out.items()}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take it there. Every worker collects everything."""
        left_out = getattr(node, "workeroutput", {}).get("iacrl_left_out", {})
        self._left_out |= {Path(path): reason for path, reason in left_out.items()}

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how many files were left out."""
        if self._left_out:
            files = [LeftOut(path, reason) for path, reason in sorted(self._left_out.items())]
            terminalreporter.write_line(f"iacrl: {left_out_note(files)}")


class SourceFile(pytest.File):
    """The file that a test is collected from; without one where another file stands for its module."""

    def __init__(self, *, found: Found | None, judges: Judges, **rest: Any) -> None:
        super().__init__(**rest)
        self.found = found
        self.judges = judges

    def collect(self) -> Iterator[SourceItem]:
        """Yield the one test."""
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
        (source,) = judge([self.found], self.parent.judges)
        source = Judged(str(_relative(self.found.path, self.config)), source.texts, source.verdict)
        for reason in source.verdict.unchecked:
            self.warn(NotCheckedWarning(f"{source.name}: not checked: {reason}"))
        if not source.verdict.valid:
            raise Invalid(source)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what `iacrl validate` would print; a traceback only for a bug in iacrl."""
        if isinstance(excinfo.value, Invalid):
            return click.unstyle(details([excinfo.value.source]))
        if isinstance(excinfo.value, UserError | OSError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where the test stands, and the heading of its failure."""
        return self.path, 0, f"{self.found.domain}: {_relative(self.found.path, self.config)}"


def _stands_for_module(file: Path, session: pytest.Session) -> bool:
    """Return whether a module is collected by this file: `main.tf`, or its first one.

    Where only other files of the module were named, it is the first of these.
    """
    files = module_files(file.parent)
    files.sort(key=lambda each: each.name != "main.tf")
    named = [each for each in files if session.isinitpath(each)]
    if not session.isinitpath(file):
        return files[:1] == [file]
    return named[0] == file


def _relative(path: Path, config: pytest.Config) -> Path:
    """Return the path as a user would write it: from the folder where pytest was started, where it lies below that."""
    start = config.invocation_params.dir
    return path.relative_to(start) if path.is_relative_to(start) else path
