"""From arguments, as `iacrl validate` takes them, to sources with their verdicts."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from iacrl.domains.base import NO_OPTIONS, Domain, Options
from iacrl.domains.registry import all_domains, domain_names, find_domain
from iacrl.domains.verdict import Verdict
from iacrl.errors import UserError
from iacrl.sources.discover import (
    Found,
    LeftOut,
    as_found,
    called,
    domain_of_named,
    left_out_note,
    walk,
    why_unread,
)
from iacrl.text import from_bytes

#: For each domain: from a text, or the directory of a module, to a verdict.
Judges = Mapping[str, Callable[[str | Path], Verdict]]


@dataclass(frozen=True, slots=True)
class Judged:
    """One source with its verdict.

    Attributes:
        name: The path as it was given, or `<stdin>`. For a module, the path of its directory.
        texts: File name, as a diagnostic's range names it, to its text. None names the only file.
        verdict: What was found.
        hint: What the user may have meant instead; empty when there is nothing to say.
    """

    name: str
    texts: dict[str | None, str]
    verdict: Verdict
    hint: str = ""

    def path_of(self, file: str | None) -> str:
        """Return the path of the file that a diagnostic stands in."""
        return self.name if file is None else os.path.normpath(os.path.join(self.name, file))  # noqa: PTH118


@dataclass(frozen=True, slots=True)
class Sources:
    """What the arguments of a command name, each thing once, in their order; and what was found and is none of it."""

    things: list[Found]
    left_out: list[LeftOut]


def fast_judges(options: Mapping[str, Options]) -> Judges:
    """Return the judges that run in process.

    Raises:
        UserError: A domain has no such option, or not that value of it.
    """
    return {name: _fast_judge(find_domain(name), options.get(name, NO_OPTIONS)) for name in domain_names()}


def _fast_judge(domain: Domain, given: Options) -> Callable[[str | Path], Verdict]:
    options = domain.resolved(given)

    def judge_one(source: str | Path) -> Verdict:
        if isinstance(source, str):
            return domain.validate(source, options)
        if domain.validate_directory is None:
            raise UserError(f"{source}: is a directory, and in {domain.label} a directory is not one thing to judge.")
        return domain.validate_directory(source, options)

    return judge_one


def find_sources(arguments: tuple[str, ...], domain: str | None, *, discover: bool = False) -> Sources:
    """Find what the arguments name, before anything is judged.

    A directory that is a module is one thing, and so is each such directory below it; so is each other file in it that
    a domain claims, and files that none claims are left out. A file that is named is judged by itself, whatever it
    holds.

    Args:
        arguments: Files, directories, or `-` for standard input.
        domain: Of files whose name does not tell; in directories, the only one to look for.
        discover: Take files as if they had been found in their directory: a file of a module stands for the module,
            and what no domain claims is left out.

    Raises:
        UserError: Paths are not there, hold nothing to judge, or nothing tells their domain.
    """
    missing = [argument or "''" for argument in arguments if argument != "-" and not os.path.lexists(argument)]
    if missing:
        raise UserError(f"{', '.join(missing)}: there is no such file or directory.")
    domains = all_domains() if domain is None else (find_domain(domain),)
    found: dict[Found | LeftOut, None] = {}  # a set that keeps the order
    for argument in arguments:
        path = Path(argument)
        if argument != "-" and path.is_dir():
            inside = list(walk(path, domains))
            if not any(isinstance(each, Found) for each in inside):
                inside.append(LeftOut(path, f"holds no {_looked_for(domains)}"))
            found.update(dict.fromkeys(inside))
        elif discover and argument != "-" and (one := as_found(path, domains)):
            found[one] = None
        else:
            found[Found(path, domain or _domain_of(argument, domains))] = None
    things = [each for each in found if isinstance(each, Found)]
    left_out = [each for each in found if isinstance(each, LeftOut)]
    empty = [each for each in left_out if each.path.is_dir()]
    if empty and not things:
        files = [each for each in left_out if each not in empty]
        also = f" {left_out_note(files)}" if files else ""
        raise UserError(f"{', '.join(str(each.path) for each in empty)}: {empty[0].reason}.{also}")
    return Sources(things, left_out)


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


def judge(things: list[Found], judges: Judges) -> Iterator[Judged]:
    """Judge each thing, in order.

    Raises:
        UserError: A file cannot be read.
    """
    for thing in things:
        if thing.path.is_dir():
            yield _judge_module(thing, judges)
        elif str(thing.path) == "-":
            yield _judge_text("<stdin>", read_source("-"), thing.domain, judges)
        else:
            source = _judge_text(str(thing.path), read_source(str(thing.path)), thing.domain, judges)
            yield _with_hint(source, thing)


def read_source(name: str) -> str:
    """Return the text of a file, or of standard input for `-`.

    Raises:
        UserError: It cannot be read.
    """
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except IsADirectoryError:
        raise UserError(f"{name}: is a directory; name a file.") from None
    except OSError as error:
        raise UserError(f"{name}: {error.strerror}.") from None
    return from_bytes(content)


def _judge_text(name: str, text: str, domain: str, judges: Judges) -> Judged:
    return Judged(name, {None: text}, judges[domain](text))


def _judge_module(thing: Found, judges: Judges) -> Judged:
    verdict = judges[thing.domain](thing.path)
    named = {finding.range.file for finding in verdict.diagnostics} - {None}
    texts: dict[str | None, str] = {
        # A link that leads nowhere is a finding of its own.
        name: from_bytes((thing.path / name).read_bytes()) if (thing.path / name).exists() else ""
        for name in sorted(filter(None, named))
    }
    return Judged(str(thing.path), texts, verdict)


def _with_hint(source: Judged, thing: Found) -> Judged:
    """Say where a file of a module was judged by itself, and what it refers to may stand beside it."""
    module_files = find_domain(thing.domain).module_files
    dangling = any(finding.layer == "references" for finding in source.verdict.errors)
    if module_files is None or not dangling or len(module_files(thing.path.parent)) < 2:
        return source
    hint = f"this file was judged by itself; `iacrl validate {thing.path.parent}` judges its whole module."
    return Judged(source.name, source.texts, source.verdict, hint)
