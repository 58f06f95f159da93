"""What a domain may have in addition to its validator: the real program, plans, a second judge, and schemas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
        changes: The plan in the program's own plain form; None if planning failed.
        summary: The plan in a few lines for people.
    """

    verdict: Verdict
    changes: Mapping[str, Any] | None
    summary: Sequence[str] = ()


class Rendering(NamedTuple):
    """How to render a directory of templates into a text.

    Attributes:
        what: The kind of directory, such as "a Helm chart".
        program: The program that renders it.
        arguments: The program's arguments; the directory follows.
        templates: Names of folders in it that contain only templates.
        mark: The file that identifies such a directory.
        partial: Why such a directory is not judged alone; empty if it is.
        leads_to: Yields what a resolved directory names and the program follows out of it, with the resolved folder. It
            raises UserError if that is unknown.
    """

    what: str
    program: str
    arguments: tuple[str, ...]
    templates: tuple[str, ...] = ()
    mark: str = ""
    partial: str = ""
    leads_to: Callable[[Path], Iterator[tuple[str, Path]]] | None = None


class UnknownTypeError(UserError):
    """A domain has no schema of this type; another domain may have it."""


class SchemaList(NamedTuple):
    """The schemas that are available to a domain.

    Attributes:
        rows: One row per schema, for programs.
        table: The same for people: a row of titles, then rows of cells.
        notes: Lines that follow the table.
    """

    rows: Sequence[Mapping[str, Any]] = ()
    table: Sequence[Sequence[str]] = ()
    notes: Sequence[str] = ()


class Schemas(NamedTuple):
    """The schemas that a domain judges by, for `iacrl schema`.

    Attributes:
        listed: Lists the schemas.
        add: `(content, file name)`: stores the schemas of a file for later verdicts, and returns a line for each; None
            if it contains none for the domain.
        taken: What `add` accepts, in words.
        show: `(type, provider)`: what a type takes, in lines for people and in plain form. The provider may be None if
            the type's name implies it.
        export: Returns the whole schema of a provider in plain form.
        brief: `(type, provider)`: a short form of what a type takes, for models; `TYPE.FIELD` gives a part of it.
    """

    listed: Callable[[], SchemaList]
    add: Callable[[bytes, str], Sequence[str] | None]
    taken: str
    show: Callable[[str, str | None], tuple[Sequence[str], Any]] | None = None
    export: Callable[[str], Any] | None = None
    brief: Callable[[str, str | None], Sequence[str]] | None = None


class Engine(AbstractContextManager["Engine"], Protocol):
    """The real program behind a domain. A context manager that starts and stops it."""

    def validate(self, source: str | Path) -> Verdict:
        """Return the program's verdict on a text, or on a directory if its files form one module."""
        ...


@runtime_checkable
class JoiningEngine(Protocol):
    """An engine that judges several texts together."""

    def validate_together(self, texts: Sequence[str]) -> Sequence[Verdict]:
        """Return the program's verdict on each of the texts that are applied together, in order."""
        ...


class SecondOpinion(NamedTuple):
    """A second judge's result for one text.

    Attributes:
        valid: Whether the text is valid; None if this judge cannot decide.
        diagnostics: What it found, if it reports diagnostics.
        fault: How the judge itself failed on the text, in words; usually empty.
    """

    valid: bool | None
    diagnostics: tuple[Diagnostic, ...] = ()
    fault: str = ""


class SecondJudge(AbstractContextManager["SecondJudge"], Protocol):
    """The real program, or another implementation: it judges the same as the validator, independently.

    A context manager. It starts when it is entered; the constructor only checks that it is installed.
    """

    @property
    def name(self) -> str:
        """Its name in reports."""
        ...

    def judge(self, texts: Sequence[str]) -> list[SecondOpinion]:
        """Return its results for the texts, in order. Judging many at once is faster than one by one."""
        ...
