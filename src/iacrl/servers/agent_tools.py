"""What a coding agent may ask, as plain functions. Each answers briefly and reads nothing outside a directory.

They write nothing, start no other program and use no network.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import click

from iacrl.domains import domain_names, find_domain, validate
from iacrl.domains.base import NO_OPTIONS, Options
from iacrl.errors import UserError
from iacrl.seen_files import is_outside, seeing
from iacrl.sources.discover import LeftOut
from iacrl.sources.formats import explanation
from iacrl.sources.judged import Judged
from iacrl.sources.judging import Judging
from iacrl.sources.plain_text import each_once, headline
from iacrl.sources.schemas import brief_schema
from iacrl.sources.settings import Given, Settings
from iacrl.tasks import IntentResult, check_intent
from iacrl.terminal import printable
from iacrl.testing.intents import read_intent
from iacrl.text import shortened

#: The most findings, and the most unchecked things, in an answer: more would fill an agent's context.
MOST_SHOWN: Final = 40
#: The most characters of a finding, a clause or a mistake: each may quote any part of what was sent.
LONGEST: Final = 1_000


@dataclass(frozen=True, slots=True)
class AgentTools:
    """The tools over one directory.

    Attributes:
        root: The directory, resolved. Paths are relative to it.
    """

    root: Path

    def validate_text(self, text: str, domain: str, options: Options = NO_OPTIONS) -> str:
        """Judge a text, and return what was found.

        Raises:
            UserError: There is no such domain or option.
        """
        with self._confined():
            return _findings([Judged("", {None: text}, validate(text, domain, **options))], [])

    def validate_path(self, path: str, domain: str | None = None, options: Options = NO_OPTIONS) -> str:
        """Judge a file, or a directory and everything below it; return what its settings and comments leave.

        Raises:
            UserError: The path leads out of the directory, does not exist, or contains nothing to judge; or there is no
                such domain or option.
        """
        if options and domain is None:
            raise UserError(f"Give `domain` with `options`: the domain that has {', '.join(options)}.")
        with self._confined():
            place = self._inside(path)
            judging = Judging(Given(settings=Settings(options={domain: options} if domain else {})))
            sources = judging.find((str(place),), domain)
            things = [thing for thing in sources.things if thing.rendering is None]
            left_out = list(sources.left_out)
            left_out += [
                LeftOut(thing.path, f"{thing.rendering.what}, and no other program is started here")
                for thing in sources.things
                if thing.rendering is not None
            ]
            judged, _ = judging.without_known(things, list(judging.judge(things)))
            found = [replace(source, name=self._shown(source.name)) for source in judged]
            return _findings(found, [LeftOut(Path(self._shown(each.path)), each.reason) for each in left_out])

    def explain(self, code: str) -> str:
        """Return the meaning of a finding's code, and what to write instead.

        Raises:
            UserError: There is no such code.
        """
        return explanation(code)

    def schema(self, name: str, provider: str | None = None) -> str:
        """Return what a type takes.

        Raises:
            UserError: No domain has the type.
        """
        return "\n".join(brief_schema(name, provider))

    def check_intent(self, text: str, intent: Mapping[str, Any], domain: str | None = None) -> str:
        """Return whether a text is valid and meets each clause of an intent.

        Raises:
            UserError: The intent is invalid, or does not identify the domain.
        """
        asked, domain = read_intent(intent, domain)
        with self._confined():
            source = Judged("", {None: text}, validate(text, domain))
            result = check_intent(asked, source.verdict.document)
            head = "The intent is met." if source.verdict.valid and result.met else "The intent is not met."
            return f"{head}\n{_clauses(result)}{_findings([source], [])}"

    def _inside(self, path: str) -> Path:
        place = self.root / path
        if is_outside(place):
            raise UserError(f"{path}: leads out of the directory that this server may read, {self.root}.")
        return place

    @contextmanager
    def _confined(self) -> Iterator[None]:
        with seeing(root=self.root):
            yield

    def _shown(self, path: str | Path) -> str:
        return os.path.relpath(path, self.root)


def domains_in_words() -> str:
    """Return the domains with their options, for the description of a tool."""
    lines = []
    for name in domain_names():
        options = [
            f"{option.name} ({', '.join(option.choices) or 'any'}; default {option.default or 'none'})"
            for option in find_domain(name).options
            if not option.of_engine
        ]
        lines.append(f"{name}: {'; '.join(options) or 'no options'}")
    return "Domains and their options: " + ". ".join(lines) + "."


def _findings(found: Sequence[Judged], left_out: Sequence[LeftOut]) -> str:
    findings = [headline(finding, source.path_of(finding.range.file) or None) for source, finding in each_once(found)]
    unchecked = [(source.name or "text", words) for source in found for words in source.verdict.unchecked]
    unchecked += [(str(each.path), each.reason) for each in left_out]
    notes = [printable(f"{name}: not checked: {words}") for name, words in unchecked]
    invalid = sum(not source.verdict.valid for source in found)
    one = "invalid" if invalid else "valid"
    head = one if len(found) == 1 else f"{len(found) - invalid} of {len(found)} valid"
    return "\n".join([head, *_first(findings, "findings"), *_first(notes, "notes")]) + "\n"


def _first(lines: list[str], what: str) -> list[str]:
    more = len(lines) - MOST_SHOWN
    shown = [shortened(click.unstyle(line), LONGEST) for line in lines[:MOST_SHOWN]]
    return [*shown, f"and {more} more {what}; ask for a part of it"] if more > 0 else shown


def _clauses(result: IntentResult) -> str:
    lines = (
        printable(f"met: {clause.clause}" if clause.met else f"NOT MET: {clause.clause}: {clause.reason}")
        for clause in result.clauses
    )
    return "".join(f"{shortened(line, LONGEST)}\n" for line in lines)
