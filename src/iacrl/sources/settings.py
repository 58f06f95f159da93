"""What is reported of a verdict and how: the settings of `iacrl validate` and `pytest --iacrl`.

They come from a configuration file (`settings_file`) and from the command line, and only change what is shown. Scoring
does not read them: it sees the verdict itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from iacrl.domains.base import Options
from iacrl.domains.verdict import Severity, Verdict
from iacrl.sources.globs import Globs

#: What makes a run fail in addition to errors.
FailOn = Literal["error", "warning", "unchecked"]
#: The selector that every code begins with.
ALL = "ALL"
#: What the ids of security checks begin with.
SECURITY = "SEC"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which codes are reported, according to one place.

    Attributes:
        select: Codes and beginnings of codes; None if the place does not decide.
        ignore: Codes that are not reported. The longest match of a code decides; in a tie, `ignore` does.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()

    def reports(self, code: str, before: bool) -> bool:
        """Return whether a code is reported; `before` if this place does not decide."""
        ignored = longest(code, self.ignore)
        if self.select is None:
            return before and ignored < 0
        return longest(code, self.select) > ignored


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings for the files of one folder.

    Attributes:
        source: The file that they come from; None if there is none.
        choices: Which codes are reported; a later choice overrides an earlier one.
        severity: By code or beginning of a code; the longest match decides.
        exclude: What is not judged.
        per_file_ignores: Codes that are not reported for some files.
        strict: Treat warnings as errors.
        fail_on: What makes a run fail in addition to errors.
        security: Report the findings of the security checks.
        schemas: Folders with schemas that override all others.
        baseline: The file of known findings, which are not reported.
        options: The domains' options, by domain.
    """

    source: Path | None = None
    choices: tuple[Choice, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    exclude: tuple[Globs, ...] = ()
    per_file_ignores: tuple[tuple[Globs, tuple[str, ...]], ...] = ()
    strict: bool = False
    fail_on: frozenset[FailOn] = frozenset()
    security: bool = False
    schemas: tuple[Path, ...] = ()
    baseline: Path | None = None
    options: Mapping[str, Options] = field(default_factory=dict)

    @property
    def with_security(self) -> bool:
        """Whether the security checks run: with `security`, or if one of them is selected by name."""
        named = (code for choice in self.choices for code in choice.select or ())
        return self.security or any(code.startswith(SECURITY) for code in named)

    def reports(self, code: str, file: Path, *, in_module: bool = False) -> bool:
        """Return whether a finding with this code is reported for a file.

        Args:
            code: The code.
            file: The file of the finding.
            in_module: Whether the file is one of several that are judged as one: it may be excluded alone.
        """
        reported = True
        for choice in self.choices:
            reported = choice.reports(code, reported)
        if not reported or (in_module and self.excludes(file)):
            return False
        return not any(longest(code, codes) >= 0 and globs.match(file) for globs, codes in self.per_file_ignores)

    def severity_of(self, code: str, severity: Severity) -> Severity:
        """Return the reported severity of a finding."""
        if self.severity and (found := max(self.severity, key=lambda one: longest(code, (one,)))):
            severity = self.severity[found] if longest(code, (found,)) >= 0 else severity
        return "error" if self.strict else severity

    def fails(self, verdict: Verdict) -> bool:
        """Return whether a report makes the run fail."""
        return (
            not verdict.valid
            or ("warning" in self.fail_on and bool(verdict.diagnostics))
            or ("unchecked" in self.fail_on and bool(verdict.unchecked))
        )

    def excludes(self, path: Path) -> bool:
        """Return whether a file or folder is not judged."""
        return any(globs.match(path) for globs in self.exclude)


@dataclass(frozen=True, slots=True)
class Given:
    """The settings of the command line, which override every file.

    Attributes:
        config: The only file of settings to read.
        isolated: Read no file of settings and no comments: report the verdict itself.
        settings: Its other settings. Each of its options overrides the same option of a file.
    """

    config: Path | None = None
    isolated: bool = False
    settings: Settings = field(default_factory=Settings)

    def over(self, settings: Settings) -> Settings:
        """Return the settings of a file with these on top."""
        mine = self.settings
        domains = {**settings.options, **mine.options}
        return replace(
            settings,
            choices=(*settings.choices, *mine.choices),
            exclude=(*settings.exclude, *mine.exclude),
            strict=settings.strict or mine.strict,
            fail_on=mine.fail_on or settings.fail_on,
            security=settings.security or mine.security,
            baseline=mine.baseline or settings.baseline,
            options={name: {**settings.options.get(name, {}), **mine.options.get(name, {})} for name in domains},
        )


def longest(code: str, beginnings: tuple[str, ...]) -> int:
    """Return the length of the longest of these with which a code begins; -1 if there is none."""
    return max((0 if one == ALL else len(one) for one in beginnings if one == ALL or code.startswith(one)), default=-1)
