"""Positions and ranges in a text. `verdict` says why they are named tuples."""

from __future__ import annotations

from typing import Any, NamedTuple


class Position(NamedTuple):
    """A place in a text. `line` and `column` count from 1; a column is one Unicode code point."""

    line: int
    column: int

    def to_json(self) -> dict[str, Any]:
        """Return the plain form that `iacrl validate --jsonl` writes."""
        return {"line": self.line, "column": self.column}

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return written_by_name(cls, handler(source))


class Range(NamedTuple):
    """From `start` up to, not including, `end`. `file` is the path within a validated directory, else None."""

    start: Position
    end: Position
    file: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the plain form that `iacrl validate --jsonl` writes."""
        place: dict[str, Any] = {"start": self.start.to_json(), "end": self.end.to_json()}
        return place if self.file is None else {"file": self.file, **place}

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return written_by_name(cls, handler(source))


def written_by_name(cls: Any, schema: Any) -> Any:
    """Make pydantic write a named tuple as an object, as `to_json` does; by default it writes a list."""
    from pydantic_core import core_schema

    return {**schema, "serialization": core_schema.plain_serializer_function_ser_schema(cls.to_json)}


def one_character(line: int, column: int) -> Range:
    """Return the range of one character."""
    return Range(Position(line, column), Position(line, column + 1))


#: The first character of a text: findings about the whole text are shown there.
START = one_character(1, 1)
