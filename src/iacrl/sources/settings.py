"""What is reported of a verdict, and how: the settings of `iacrl validate` and `pytest --iacrl`.

They come from a configuration file (`settings_file`) and from the command line, and only change what is shown. Scoring
reads none of this: it sees the verdict itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from iacrl.domains.base import Options
from iacrl.domains.verdict import Severity, Verdict
from iacrl.sources.globs import Globs

#: What makes a run fail beside errors.
FailOn = Literal["error", "warning", "unchecked"]
#: The selector that every code begins with.
ALL = "ALL"
#: What the ids of security checks begin with.
SECURITY = "SEC"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which codes are reported, as one place says it.

    Attributes:
        select: Codes and beginnings of codes; None where the place leaves open what is reported.
        ignore: Those of them that are not. The longest that a code begins with decides, in a tie this one.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()

    def reports(self, code: str, before: bool) -> bool:
        """Return whether a code is reported, and `before` where nothing is said of it."""
        ignored = longest(code, self.ignore)
        if self.select is None:
            return before and ignored < 0
        return longest(code, self.select) > ignored


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings for the files of one folder.

    Attributes:
        source: The file that they come from; None where there is none.
        choices: Which codes are reported; a later one decides over an earlier one.
        severity: By code or the beginning of one; the longest decides.
        exclude: What is not judged.
        per_file_ignores: Codes that are not reported of some files.
        strict: Take warnings for errors.
        fail_on: What makes a run fail beside errors.
        security: Report what the security checks find.
        schemas: Folders with schemas that win over all others.
        baseline: The file of findings that are known, and not reported.
        options: Those of the domains, by name.
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
        """Whether the security checks run: because of `security`, or because one of them is selected by name."""
        named = (code for choice in self.choices for code in choice.select or ())
        return self.security or any(code.startswith(SECURITY) for code in named)

    def reports(self, code: str, file: Path, *, in_module: bool = False) -> bool:
        """Return whether a finding with this code is reported of a file.

        Args:
            code: The code.
            file: Where it is found.
            in_module: Whether the file is one of several that are judged as one: it may be excluded alone.
        """
        reported = True
        for choice in self.choices:
            reported = choice.reports(code, reported)
        if not reported or (in_module and self.excludes(file)):
            return False
        return not any(longest(code, codes) >= 0 and globs.match(file) for globs, codes in self.per_file_ignores)

    def severity_of(self, code: str, severity: Severity) -> Severity:
        """Return the severity that a finding is reported with."""
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
    """What the command line says; it decides over every file.

    Attributes:
        config: The only file of settings to read.
        isolated: Read no file of settings and no comments: report the verdict itself.
        settings: What else it says. Of its options, each decides over the same one of a file.
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
    """Return the length of the longest of these that a code begins with, -1 where it begins with none."""
    return max((0 if one == ALL else len(one) for one in beginnings if one == ALL or code.startswith(one)), default=-1)
