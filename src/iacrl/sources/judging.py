"""The whole way from arguments to reports: settings by folder, judges by settings, and the rest of each verdict.

`iacrl validate`, `pytest --iacrl` and `assert_valid` of a path use it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Self

from iacrl.domains.base import Options
from iacrl.domains.data_folders import searching_first
from iacrl.domains.programs import Engine, JoiningEngine
from iacrl.domains.registry import find_domain
from iacrl.domains.verdict import Verdict
from iacrl.errors import UserError
from iacrl.sources.discover import Found, LeftOut
from iacrl.sources.judged import FastJudge, Judged, Judges, Sources, fast_judges, find_sources, judge
from iacrl.sources.render_budget import RenderBudget
from iacrl.sources.reported import reported
from iacrl.sources.settings import Given, Settings
from iacrl.sources.settings_file import SettingsFinder
from iacrl.sources.shared_codes import with_shared_codes


class Judging(AbstractContextManager["Judging"]):
    """Finds, judges and reports. A context manager: engines run until its end.

    Attributes:
        finder: The settings of each folder.
    """

    def __init__(self, given: Given, engine: str | None = None) -> None:
        self.finder = SettingsFinder(given)
        self._given = given
        self._engine = engine
        self._judges: dict[str, Judges] = {}
        self._budget = RenderBudget()
        self._stores: dict[tuple[Path, ...], str] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Return itself; engines start when they are first asked."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the engines."""
        self.close()

    def close(self) -> None:
        """End the engines, and delete what lasts for one run."""
        self._stack.close()

    def find(self, arguments: tuple[str, ...], domain: str | None, *, discover: bool = False) -> Sources:
        """Find what the arguments name, without exclusions; see `find_sources`.

        Raises:
            UserError: Paths do not exist or contain nothing to judge, or a configuration file has mistakes.
        """
        excluded = self.finder.excludes
        try:
            sources = find_sources(arguments, domain, discover=discover, excluded=excluded)
        finally:
            self.finder.refuse_mistakes()  # they may be the reason that nothing is found
        for thing in sources.things:
            self.finder.of(thing.path)
        self.finder.refuse_mistakes()
        return sources

    def judge(self, things: Sequence[Found]) -> Iterator[Judged]:
        """Judge each thing by the settings of its folder, in order, and yield its report.

        Files of one directory, and files that the user named, affect each other's verdicts.

        Raises:
            UserError: A file cannot be read.
        """
        settings = [self.finder.of(thing.path) for thing in things]
        judges = {_key(mine): self.judges(mine) for mine in settings}
        parts: dict[str, list[Found]] = {key: [] for key in judges}
        for thing, mine in zip(things, settings, strict=True):
            parts[_key(mine)].append(thing)
        running = {key: judge(part, judges[key], self._budget) for key, part in parts.items()}
        for thing, mine in zip(things, settings, strict=True):
            with searching_first(self._store(mine.schemas)):
                source = next(running[_key(mine)])
            yield reported(source, thing, mine, comments=not self._given.isolated)

    def without_known(self, things: Sequence[Found], found: Sequence[Judged]) -> tuple[list[Judged], int]:
        """Return the reports without the findings of their baselines, and how many of the baselines' findings are gone.

        Args:
            things: The judged things.
            found: The report on each.

        Raises:
            UserError: A baseline cannot be read.
        """
        from iacrl.sources.baseline import without_known

        remaining, all_gone = list(found), 0
        for file, indexes in self._by_baseline(things).items():
            kept, gone = without_known(file, [found[index] for index in indexes])
            all_gone += gone
            for index, source in zip(indexes, kept, strict=True):
                remaining[index] = source
        return remaining, all_gone

    def write_baselines(self, things: Sequence[Found], found: Sequence[Judged]) -> dict[Path, int]:
        """Write the findings to the baselines; return how many findings each contains.

        Raises:
            UserError: No baseline is named, or a baseline cannot be written.
        """
        from iacrl.sources.baseline import write_baseline

        by_file = self._by_baseline(things)
        if not by_file:
            raise UserError("--write-baseline needs to know where to; name a file with --baseline or in the settings.")
        return {file: write_baseline(file, [found[index] for index in indexes]) for file, indexes in by_file.items()}

    def fails(self, things: Sequence[Found], found: Sequence[Judged], left_out: Sequence[LeftOut]) -> bool:
        """Return whether a run fails: something is invalid, or `fail-on` makes a warning or an unchecked part fail."""
        judged = zip(things, found, strict=True)
        return any(self.finder.of(thing.path).fails(source.verdict) for thing, source in judged) or any(
            one.judgeable and "unchecked" in self.finder.of(one.path).fail_on for one in left_out
        )

    def _by_baseline(self, things: Sequence[Found]) -> dict[Path, list[int]]:
        by_file: dict[Path, list[int]] = {}
        for index, thing in enumerate(things):
            if file := self.finder.of(thing.path).baseline:
                by_file.setdefault(file, []).append(index)
        return by_file

    def judges(self, settings: Settings) -> Judges:
        """Return the judges by the options that settings have."""
        key = _key(settings)
        if key not in self._judges:
            self._judges[key] = self._made(settings.options)
        return self._judges[key]

    def _store(self, folders: tuple[Path, ...]) -> tuple[str, ...]:
        """Return the place of the compiled schemas of some folders; none without folders."""
        if folders and folders not in self._stores:
            from iacrl.sources.schema_folders import schema_store

            self._stores[folders] = self._stack.enter_context(schema_store(folders))
        return (self._stores[folders],) if folders else ()

    def _made(self, options: Mapping[str, Options]) -> Judges:
        judges = fast_judges(options)
        domain = find_domain(self._engine) if self._engine else None
        if domain is None or domain.engine is None:
            return judges
        given = options.get(domain.name, {})
        program = self._stack.enter_context(domain.engine(domain.resolved(given)))
        return {**judges, domain.name: EngineJudge(program, FastJudge(domain, given))}


class EngineJudge:
    """The real program of a domain, started."""

    def __init__(self, engine: Engine, fast: FastJudge) -> None:
        self._engine = engine
        self._fast = fast

    def __call__(self, source: str | Path) -> Verdict:
        """Judge a text, or the directory of a module."""
        return with_shared_codes(self._engine.validate(source), self._fast(source))

    def together(self, texts: Sequence[str]) -> Sequence[Verdict]:
        """Judge texts that belong together, each with regard to the others if the program can."""
        if not isinstance(self._engine, JoiningEngine):
            return [self(text) for text in texts]
        return list(map(with_shared_codes, self._engine.validate_together(texts), self._fast.together(texts)))


def _key(settings: Settings) -> str:
    return repr((sorted((name, sorted(given.items())) for name, given in settings.options.items()), settings.schemas))
