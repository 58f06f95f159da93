"""The keys of a configuration file: what each takes, how to read it, and its JSON Schema.

Both come from one table, so an editor refuses what the commands refuse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from iacrl.domains.registry import all_domains
from iacrl.errors import did_you_mean
from iacrl.sources.code_names import is_selector, why_no_selector
from iacrl.terminal import printable

_WORDS = {bool: "a boolean", str: "a string", int: "an integer", float: "a float", list: "an array", dict: "a table"}
CODE: Mapping[str, Any] = {"$ref": "#/definitions/code"}


@dataclass(slots=True)
class Mistakes:
    """What is wrong in one file, and where."""

    where: str
    found: list[str] = field(default_factory=list)

    def add(self, key: str, words: str) -> None:
        """Add one mistake: `FILE: KEY: what is wrong`."""
        self.found.append(printable(f"{self.where}: {key}: {words}"))

    def wrong_type(self, key: str, value: object, expected: str) -> None:
        """Add that a value has another type."""
        self.add(key, f"is {_WORDS.get(type(value), type(value).__name__)}; expected {expected}.")


class Kind(Protocol):
    """What a key takes."""

    def read(self, key: str, value: Any, mistakes: Mistakes) -> Any:
        """Return the value for the settings; add what is wrong with it to the mistakes."""
        ...

    def schema(self) -> Mapping[str, Any]:
        """Return the JSON Schema of what `read` takes."""
        ...


@dataclass(frozen=True, slots=True)
class Flag:
    """`true` or `false`."""

    def read(self, key: str, value: Any, mistakes: Mistakes) -> bool:
        """Return the value."""
        if not isinstance(value, bool):
            mistakes.wrong_type(key, value, "true or false")
        return value is True

    def schema(self) -> Mapping[str, Any]:
        """Return the JSON Schema."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Text:
    """A string: one of some words, or any non-empty one."""

    what: str
    choices: tuple[str, ...] = ()

    def read(self, key: str, value: Any, mistakes: Mistakes) -> str:
        """Return the value."""
        if not isinstance(value, str):
            mistakes.wrong_type(key, value, self.what)
        elif self.choices and value not in self.choices:
            near = did_you_mean(value, self.choices)
            mistakes.add(key, f"is {value!r}.{near} Choices: {', '.join(self.choices)}.")
        elif not value:
            mistakes.add(key, f"is empty; expected {self.what}.")
        else:
            return value
        return ""

    def schema(self) -> Mapping[str, Any]:
        """Return the JSON Schema."""
        return {"enum": list(self.choices)} if self.choices else {"type": "string", "minLength": 1}


@dataclass(frozen=True, slots=True)
class Code:
    """A code, or the beginning of several."""

    def read(self, key: str, value: Any, mistakes: Mistakes) -> str:
        """Return the value."""
        if not isinstance(value, str):
            mistakes.wrong_type(key, value, "a code, such as TF304, or the beginning of some")
        elif not is_selector(value):
            mistakes.add(key, why_no_selector(value))
        else:
            return value
        return ""

    def schema(self) -> Mapping[str, Any]:
        """Return the JSON Schema."""
        return CODE


@dataclass(frozen=True, slots=True)
class Several:
    """An array of values of one kind."""

    kind: Kind

    def read(self, key: str, value: Any, mistakes: Mistakes) -> tuple[Any, ...]:
        """Return the elements."""
        if not isinstance(value, list):
            mistakes.wrong_type(key, value, "an array")
            return ()
        return tuple(self.kind.read(f"{key}[{index}]", one, mistakes) for index, one in enumerate(value))

    def schema(self) -> Mapping[str, Any]:
        """Return the JSON Schema."""
        return {"type": "array", "items": self.kind.schema()}


@dataclass(frozen=True, slots=True)
class Table:
    """A table from names of one kind to values of another."""

    names: Kind
    values: Kind

    def read(self, key: str, value: Any, mistakes: Mistakes) -> dict[str, Any]:
        """Return the table."""
        if not isinstance(value, dict):
            mistakes.wrong_type(key, value, "a table")
            return {}
        return {
            self.names.read(f"{key}.{name}", name, mistakes): self.values.read(f"{key}.{name}", one, mistakes)
            for name, one in value.items()
        }

    def schema(self) -> Mapping[str, Any]:
        """Return the JSON Schema."""
        return {
            "type": "object",
            "propertyNames": self.names.schema(),
            "additionalProperties": self.values.schema(),
        }


@dataclass(frozen=True, slots=True)
class Key:
    """One key.

    Attributes:
        name: The name as written.
        kind: What it takes.
        description: A sentence for the documentation.
        default: The default, as a file would write it.
    """

    name: str
    kind: Kind
    description: str
    default: str


@dataclass(frozen=True, slots=True)
class Section:
    """A table with known names."""

    keys: tuple[Key, ...]

    def read(self, key: str, value: Any, mistakes: Mistakes) -> dict[str, Any]:
        """Return the given values."""
        if not isinstance(value, dict):
            mistakes.wrong_type(key or "the file", value, "a table")
            return {}
        known = {one.name: one.kind for one in self.keys}
        read = {}
        for name, one in value.items():
            path = f"{key}.{name}" if key else name
            if name in known:
                read[name] = known[name].read(path, one, mistakes)
            else:
                listed = f" Keys: {', '.join(known)}." if known else ""
                mistakes.add(path, f"there is no such key.{did_you_mean(name, known)}{listed}")
        return read

    def schema(self) -> Mapping[str, Any]:
        """Return the JSON Schema."""
        properties = {
            one.name: {**one.kind.schema(), "description": one.description}
            if "$ref" not in one.kind.schema()
            else one.kind.schema()
            for one in self.keys
        }
        return {"type": "object", "additionalProperties": False, "properties": properties}


_PATTERN = Text("a pattern of paths")

KEYS: tuple[Key, ...] = (
    Key(
        "select",
        Several(Code()),
        "Codes, or beginnings of codes, to report. Syntax errors are always reported.",
        '["ALL"]',
    ),
    Key("ignore", Several(Code()), "Those of them not to report. The longest that a code begins with decides.", "[]"),
    Key(
        "severity",
        Table(Code(), Text("a severity", ("error", "warning"))),
        "The severity of a code, or of all that begin with it. Syntax errors stay errors.",
        "{}",
    ),
    Key(
        "exclude",
        Several(_PATTERN),
        "Files and folders that are not judged, unless they are named on the command line.",
        "[]",
    ),
    Key("per-file-ignores", Table(_PATTERN, Several(Code())), "Codes not to report of files, by pattern.", "{}"),
    Key("strict", Flag(), "Take warnings for errors.", "false"),
    Key(
        "fail-on",
        Several(Text("what makes a run fail", ("error", "warning", "unchecked"))),
        "What makes a run fail, in addition to errors: warnings, and what could not be judged.",
        '["error"]',
    ),
    Key("security", Flag(), "Report what the security checks find, as warnings.", "false"),
    Key(
        "schemas",
        Several(Text("a folder")),
        "Folders of provider schemas and definitions of custom resources, which win over the shipped ones.",
        "[]",
    ),
    Key("baseline", Text("a file"), "The file of known findings, which are not reported.", "none"),
)


def all_keys() -> Section:
    """Return the keys of a file; those of the domains come last."""
    return Section((*KEYS, *map(_of_domain, all_domains())))


def _of_domain(domain: Any) -> Key:
    options = [option for option in domain.options if not option.of_engine]
    keys = tuple(Key(one.name, Text("a string", one.choices), one.description, one.default) for one in options)
    return Key(domain.name, Section(keys), f"Options of {domain.label}.", "{}")
