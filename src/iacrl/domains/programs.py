"""What a domain brings beside its validator: the real program, its plans, another judge, and schemas to look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from iacrl.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

    from iacrl.domains.verdict import Diagnostic, Verdict


class Planned(NamedTuple):
    """What the real program would do with a source.

    Attributes:
        verdict: What it found.
        changes: The plan in the program's own plain form; None where planning failed.
        summary: The plan in a few lines for people.
    """

    verdict: Verdict
    changes: Mapping[str, Any] | None
    summary: Sequence[str] = ()


class Rendering(NamedTuple):
    """How a directory of templates becomes a text to judge.

    Attributes:
        what: What the directory is, such as "a Helm chart".
        program: The name of the program that renders it.
        arguments: What the program is called with; the directory follows.
        templates: Names of folders in it that hold nothing else to judge.
        mark: The file that makes the directory one.
    """

    what: str
    program: str
    arguments: tuple[str, ...]
    templates: tuple[str, ...] = ()
    mark: str = ""


class UnknownTypeError(UserError):
    """No schema of a domain is of the type that was asked for; another domain may have it."""


class SchemaList(NamedTuple):
    """The schemas that a domain has at hand.

    Attributes:
        rows: One for each, for programs.
        table: The same for people, as rows of cells under a row of titles.
        notes: Lines that follow the table.
    """

    rows: Sequence[Mapping[str, Any]] = ()
    table: Sequence[Sequence[str]] = ()
    notes: Sequence[str] = ()


class Schemas(NamedTuple):
    """The schemas by which a domain judges, for `iacrl schema`.

    Attributes:
        listed: What there is.
        add: `(content, file name)`: keeps the schemas in a file for later verdicts, and returns a line on each; None
            where it holds none of the domain's.
        taken: What `add` takes, in words.
        show: `(type, provider)`: what a type takes, in lines for people and in plain form. The provider is None where
            the name of the type tells it.
        export: The whole schema of a provider in plain form.
        brief: `(type, provider)`: what a type takes in few words, for models; `TYPE.FIELD` asks for a part of it.
    """

    listed: Callable[[], SchemaList]
    add: Callable[[bytes, str], Sequence[str] | None]
    taken: str
    show: Callable[[str, str | None], tuple[Sequence[str], Any]] | None = None
    export: Callable[[str], Any] | None = None
    brief: Callable[[str, str | None], Sequence[str]] | None = None


class Engine(AbstractContextManager["Engine"], Protocol):
    """The real program behind a domain. A context manager, which starts it and ends it."""

    def validate(self, source: str | Path) -> Verdict:
        """Return the program's verdict on a text or, where the files of a directory are one thing, on a directory."""
        ...


@runtime_checkable
class JoiningEngine(Protocol):
    """An engine that judges texts in the light of each other."""

    def validate_together(self, texts: Sequence[str]) -> Sequence[Verdict]:
        """Return the program's verdict on each of the texts that are applied together, in order."""
        ...


class SecondOpinion(NamedTuple):
    """What a second judge says of one text.

    Attributes:
        valid: Whether the text is valid; None where this judge cannot tell.
        diagnostics: What it found, where it says so in the form of a diagnostic.
        fault: How the judge itself failed on the text, in words; mostly empty.
    """

    valid: bool | None
    diagnostics: tuple[Diagnostic, ...] = ()
    fault: str = ""


class SecondJudge(AbstractContextManager["SecondJudge"], Protocol):
    """The real program, or another implementation: it judges what the validator judges, independently.

    A context manager. It starts when it is entered; making one only says whether it is at hand.
    """

    @property
    def name(self) -> str:
        """What it is, as reports name it."""
        ...

    def judge(self, texts: Sequence[str]) -> list[SecondOpinion]:
        """Return what it says of each text, in order. Judging many at once is faster than one after the other."""
        ...
