"""`Task`: one problem, with an answer that proves it solvable and the part that a program can check."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args

from iacrl.domains.registry import domain_names, find_domain
from iacrl.errors import UserError, did_you_mean
from iacrl.intent.language import Intent
from iacrl.text import is_writable

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

#: Difficulty levels of generated tasks, from one resource with two values to eight linked ones.
LEVELS = (1, 2, 3, 4, 5)

_KNOWN = ("id", "domain", "family", "difficulty", "split", "seed", "instruction", "input", "output", "intent")


@dataclass(frozen=True, slots=True)
class Task:
    """One problem. `instruction`, `input` and `output` are the Alpaca fields.

    Attributes:
        instruction: The request in words.
        input: The input for the instruction (a configuration to extend, diagnostics for a repair); may be empty.
        output: The gold answer; empty if unknown.
        domain: The domain whose validator judges an answer.
        id: Unique within its file; empty if the row had none and no file gave it one.
        family: The task family that made it; empty for a task from elsewhere.
        difficulty: 1 to 5; None if unknown.
        split: `train`, `validation` or `test`; None if the row belongs to none.
        seed: The generator's seed; None for a task from elsewhere.
        intent: What an answer must declare; None if only validity can be judged.
        extra: Unknown fields of the row. They are written back unchanged.
        schemas: What the types that it names take, as the prompt shows it (`prompt.schemas`). It is not in the row.
    """

    instruction: str
    input: str
    output: str
    domain: str
    id: str = ""
    family: str = ""
    difficulty: int | None = None
    split: Split | None = None
    seed: int | None = None
    intent: Intent | None = field(default=None, hash=False)
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
    schemas: str = field(default="", compare=False)

    @classmethod
    def from_json(cls, row: Mapping[str, Any], *, domain: str | None = None) -> Task:
        """Build a task from one row of a task file.

        Args:
            row: The decoded JSON object. Only `instruction` and `output` are required.
            domain: The domain of rows without one, such as plain Alpaca rows.

        Raises:
            UserError: A field is missing or malformed; the message names it and what was expected.
        """
        missing = [name for name in _KNOWN if name not in row]
        for key in row:
            if key not in _KNOWN and (near := did_you_mean(str(key), missing, cutoff=0.8)):
                raise UserError(f"Field {key!r} is unknown.{near}")
        found = _domain(row, domain)
        extra = {key: value for key, value in row.items() if key not in _KNOWN}
        _refuse_halves(extra, row.get("intent"))
        return cls(
            instruction=_text(row, "instruction", required=True),
            input=_text(row, "input"),
            output=_text(row, "output", may_be_empty=True, required=True),
            domain=found,
            id=_text(row, "id"),
            family=_text(row, "family"),
            difficulty=_difficulty(row),
            split=_split(row),
            seed=_integer(row, "seed"),
            intent=None if row.get("intent") is None else Intent.from_json(row["intent"], found),
            extra=extra,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the row. Fields that are not set are left out, except the three of Alpaca."""
        row: dict[str, Any] = {
            "id": self.id,
            "domain": self.domain,
            "family": self.family,
            "difficulty": self.difficulty,
            "split": self.split,
            "seed": self.seed,
        }
        row = {key: value for key, value in row.items() if value not in ("", None)}
        row |= {"instruction": self.instruction, "input": self.input, "output": self.output}
        if self.intent is not None:
            row["intent"] = self.intent.to_json()
        return row | dict(self.extra)


def _text(row: Mapping[str, Any], name: str, *, required: bool = False, may_be_empty: bool = False) -> str:
    value = row.get(name)
    if value is None:
        if required:
            raise UserError(f"Field {name!r} is missing: expected a string.")
        return ""
    if not isinstance(value, str):
        raise UserError(f"Field {name!r} is {type(value).__name__}: expected a string.")
    if not is_writable(value):
        raise UserError(f"Field {name!r} holds half of a surrogate pair, which no file can hold as text.")
    if required and not may_be_empty and not value.strip():
        raise UserError(f"Field {name!r} is empty: expected a string with text in it.")
    return value


def _refuse_halves(extra: Mapping[str, Any], intent: Any) -> None:
    """Refuse what a run could not write later, after hours of sampling."""
    try:
        written = json.dumps([extra, intent], default=str)
        halves = "\\ud" in written and not is_writable(json.dumps([extra, intent], default=str, ensure_ascii=False))
    except RecursionError:
        raise UserError("A field is nested too deeply.") from None
    if halves:
        raise UserError("A field holds half of a surrogate pair, which no file can hold as text.")


def _domain(row: Mapping[str, Any], default: str | None) -> str:
    value = row.get("domain", default)
    if value is None:
        raise UserError(f"Field 'domain' is missing: expected one of {', '.join(domain_names())}.")
    try:
        return find_domain(value).name
    except UserError as error:
        raise UserError(f"Field 'domain': {error}") from None


def _split(row: Mapping[str, Any]) -> Split | None:
    value = row.get("split")
    if value is None or value in SPLITS:
        return cast(Split | None, value)
    near = did_you_mean(value, SPLITS) if isinstance(value, str) else ""
    raise UserError(f"Field 'split' is {value!r}: expected one of {', '.join(SPLITS)}.{near}")


def _integer(row: Mapping[str, Any], name: str) -> int | None:
    value = row.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise UserError(f"Field {name!r} is {value!r}: expected a whole number.")
    return value


def _difficulty(row: Mapping[str, Any]) -> int | None:
    value = _integer(row, "difficulty")
    if value is not None and value not in LEVELS:
        raise UserError(f"Field 'difficulty' is {value}: expected a whole number from {LEVELS[0]} to {LEVELS[-1]}.")
    return value
