"""From the arguments of `iacrl validate` to sources with their verdicts."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from iacrl.domains.base import NO_OPTIONS, Domain, Options
from iacrl.domains.programs import Rendering
from iacrl.domains.registry import all_domains, domain_names, find_domain
from iacrl.domains.verdict import Verdict
from iacrl.errors import UserError
from iacrl.seen_files import is_there
from iacrl.sources.discover import (
    Found,
    LeftOut,
    as_walked,
    called,
    domain_of_named,
    left_out_note,
    nothing,
    walk,
    why_unread,
)
from iacrl.sources.reading import read_source
from iacrl.sources.render_budget import RenderBudget


class Judge(Protocol):
    """The judge of one domain's sources."""

    def __call__(self, source: str | Path) -> Verdict:
        """Judge a text, or the directory of a module."""
        ...

    def together(self, texts: Sequence[str]) -> Sequence[Verdict]:
        """Judge texts that belong together, each with regard to the others if the domain supports it."""
        ...


#: The judges, by domain.
Judges = Mapping[str, Judge]


@dataclass(frozen=True, slots=True)
class Judged:
    """One source with its verdict.

    Attributes:
        name: The path as given, or `<stdin>`. For a module, the path of its directory.
        texts: File name, as a diagnostic's range names it, to the text. None names the only file.
        verdict: The verdict.
        hint: What the user may have meant instead; mostly empty.
    """

    name: str
    texts: dict[str | None, str]
    verdict: Verdict
    hint: str = ""

    def path_of(self, file: str | None) -> str:
        """Return the path of a diagnostic's file."""
        return self.name if file is None else os.path.normpath(os.path.join(self.name, file))  # noqa: PTH118


@dataclass(frozen=True, slots=True)
class Sources:
    """The things that a command's arguments name, each once and in order, and what else was found."""

    things: list[Found]
    left_out: list[LeftOut]


def not_checked(found: Sequence[Judged], left_out: Sequence[LeftOut]) -> list[tuple[str, str]]:
    """Return what could not be judged: a path, with the part of it or the reason."""
    parts = [(source.name, reason) for source in found for reason in source.verdict.unchecked]
    return parts + [(str(file.path), file.reason) for file in left_out]


def fast_judges(options: Mapping[str, Options]) -> Judges:
    """Return the judges that run in process.

    Raises:
        UserError: A domain does not have this option, or not this value of it.
    """
    return {name: FastJudge(find_domain(name), options.get(name, NO_OPTIONS)) for name in domain_names()}


class FastJudge:
    """The judge of one domain that runs in process."""

    def __init__(self, domain: Domain, given: Options) -> None:
        self._domain = domain
        self._options = domain.resolved(given)

    def __call__(self, source: str | Path) -> Verdict:
        """Judge a text, or the directory of a module."""
        if isinstance(source, str):
            return self._domain.validate(source, self._options)
        if self._domain.validate_directory is None:
            label = self._domain.label
            raise UserError(f"{source}: is a directory, and in {label} a directory is not one thing to judge.")
        return self._domain.validate_directory(source, self._options)

    def together(self, texts: Sequence[str], files: Sequence[Path] = ()) -> Sequence[Verdict]:
        """Judge texts that belong together, each with regard to the others if the domain supports it.

        Args:
            texts: What is judged.
            files: The file of each text, whose name may decide options; empty if unknown.
        """
        if self._domain.validate_together is None:
            options = [self._options_for(file) for file in files] or [self._options] * len(texts)
            return [self._domain.validate(text, own) for text, own in zip(texts, options, strict=True)]
        return self._domain.validate_together(texts, self._options)

    def _options_for(self, file: Path) -> Options:
        decided = self._domain.file_options
        return self._options if decided is None else {**self._options, **decided(file)}


def find_sources(
    arguments: tuple[str, ...],
    domain: str | None,
    *,
    discover: bool = False,
    excluded: Callable[[Path], bool] = nothing,
) -> Sources:
    """Find what the arguments name, before judging anything.

    A directory that is a module is one thing, and so is each such directory below it. Each other file that a domain
    claims is one thing; unclaimed files are left out. A named file is judged by itself, whatever its content.

    Args:
        arguments: Files, directories, or `-` for standard input.
        domain: The domain of files whose name does not show it; in directories, the only one to look for.
        discover: Treat files as if found in their directory: a module's file represents the module, and unclaimed files
            are left out.
        excluded: Whether to skip a file or directory; named files are judged anyway.

    Raises:
        UserError: Paths do not exist, contain nothing to judge, or have an unknown domain.
    """
    missing = [argument or "''" for argument in arguments if argument != "-" and not os.path.lexists(argument)]
    if missing:
        raise UserError(f"{', '.join(missing)}: there is no such file or directory.")
    domains = all_domains() if domain is None else (find_domain(domain),)
    found: dict[Found | LeftOut, None] = {}  # an ordered set
    for argument in arguments:
        path = Path(argument)
        if argument != "-" and path.is_dir():
            skips = _Skips(excluded)
            inside = [] if skips(path) else list(walk(path, domains, skips))
            if not (skips.any or any(isinstance(each, Found) for each in inside)):
                inside.append(LeftOut(path, f"holds no {_looked_for(domains)}"))
            found.update(dict.fromkeys(inside))
        elif discover and argument != "-" and excluded(path):
            continue
        elif discover and argument != "-" and (walked := as_walked(path, domains)):
            found.update(dict.fromkeys(walked))
        else:
            found[Found(path, domain or _domain_of(argument, domains), named=True)] = None
    things = [each for each in found if isinstance(each, Found)]
    left_out = [each for each in found if isinstance(each, LeftOut)]
    empty = [each for each in left_out if each.path.is_dir()]
    if empty and not things:
        files = [each for each in left_out if each not in empty]
        also = f" {left_out_note(files)}" if files else ""
        raise UserError(f"{', '.join(str(each.path) for each in empty)}: {empty[0].reason}.{also}")
    return Sources(things, left_out)


class _Skips:
    """The exclusions, remembering whether anything was excluded."""

    def __init__(self, excluded: Callable[[Path], bool]) -> None:
        self._excluded = excluded
        self.any = False

    def __call__(self, path: Path) -> bool:
        """Return whether to skip a file or directory."""
        found = self._excluded(path)
        self.any = self.any or found
        return found


def _looked_for(domains: Sequence[Domain]) -> str:
    return " or ".join(called(domain) for domain in domains if domain.suffixes or domain.module_files)


def _domain_of(argument: str, domains: Sequence[Domain]) -> str:
    if reason := why_unread(Path(argument), domains):
        raise UserError(f"{argument}: {reason}.")
    domain = None if argument == "-" else domain_of_named(Path(argument), domains)
    if domain is None:
        name = "standard input" if argument == "-" else argument
        labels = [each.label for each in domains]
        titles = " or ".join(part for part in (", ".join(labels[:-1]), labels[-1]) if part)
        raise UserError(f"{name}: nothing tells whether this is {titles}; say --domain.")
    return domain.name


def judge(things: list[Found], judges: Judges, budget: RenderBudget | None = None) -> Iterator[Judged]:
    """Judge each thing, in order. Files of one directory, and files that the user named, affect each other's verdicts.

    Args:
        things: What to judge.
        judges: The judge of each domain.
        budget: The time for rendering, if other calls share it.

    Raises:
        UserError: A file cannot be read.
    """
    groups: dict[tuple[str, Path | None], list[Found]] = {}
    for thing in things:
        if is_text(thing):
            groups.setdefault(group_of(thing), []).append(thing)
    modules = Counter(thing.domain for thing in things if thing.rendering is None and not is_text(thing))
    judged: dict[Found, Judged] = {}
    budget = budget or RenderBudget()
    for thing in things:
        if thing.rendering is not None:
            yield _judge_rendered(thing, thing.rendering, judges, budget)
        elif not is_text(thing):
            yield _judge_module(thing, judges, among_others=modules[thing.domain] > 1)
        else:
            if thing not in judged:
                judged |= _judge_group(groups[group_of(thing)], judges[thing.domain])
            yield judged.pop(thing)


def is_text(thing: Found) -> bool:
    """Return whether a thing is a separate text, not a module or a rendered directory."""
    return thing.rendering is None and not thing.path.is_dir()


def group_of(thing: Found) -> tuple[str, Path | None]:
    """Return a key that is the same for all texts that are judged together."""
    return thing.domain, None if thing.named else thing.path.parent


def _judge_group(group: list[Found], judge_one: Judge) -> dict[Found, Judged]:
    texts = [read_source(str(thing.path)) for thing in group]
    names = ["<stdin>" if str(thing.path) == "-" else str(thing.path) for thing in group]
    return {
        thing: _with_hint(Judged(name, {None: text}, verdict), thing)
        for thing, name, text, verdict in zip(group, names, texts, _together(texts, group, judge_one), strict=True)
    }


def _together(texts: Sequence[str], group: Sequence[Found], judge_one: Judge) -> Sequence[Verdict]:
    if isinstance(judge_one, FastJudge):
        return judge_one.together(texts, [thing.path for thing in group])
    return judge_one.together(texts)


def _judge_rendered(thing: Found, rendering: Rendering, judges: Judges, budget: RenderBudget) -> Judged:
    from iacrl.sources.rendered import RenderError

    try:
        text = budget.render(thing.path, rendering, thing.root)
    except RenderError as error:
        return Judged(str(thing.path), {}, Verdict(thing.domain, unchecked=(f"{rendering.what}: {error}",)))
    verdict = judges[thing.domain](text)
    program = f"{rendering.program} {rendering.arguments[0]}"
    hint = f"the lines are those of what `{program}` prints." if verdict.diagnostics else ""
    return Judged(str(thing.path), {None: text}, verdict, hint)


def _judge_module(thing: Found, judges: Judges, *, among_others: bool) -> Judged:
    verdict = judges[thing.domain](thing.path)
    change = find_domain(thing.domain).among_others
    if among_others and change is not None:
        verdict = change(verdict)
    named = {finding.range.file for finding in verdict.diagnostics} - {None}
    texts: dict[str | None, str] = {
        # A broken link is a separate finding.
        name: read_source(str(thing.path / name)) if is_there(thing.path / name) else ""
        for name in sorted(filter(None, named))
    }
    return Judged(str(thing.path), texts, verdict)


def _with_hint(source: Judged, thing: Found) -> Judged:
    """Add a hint if a module's file was judged alone: the things it refers to may be in other files."""
    module_files = find_domain(thing.domain).module_files
    dangling = any(finding.layer == "references" for finding in source.verdict.errors)
    if module_files is None or not dangling or len(module_files(thing.path.parent)) < 2:
        return source
    hint = f"this file was judged by itself; `iacrl validate {thing.path.parent}` judges its whole module."
    return Judged(source.name, source.texts, source.verdict, hint)
