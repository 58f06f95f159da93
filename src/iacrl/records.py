"""Records (dataclasses) to and from plain data, by pydantic, which checks the form."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from iacrl.errors import UserError

Record = TypeVar("Record")


@cache
def _form_of(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def to_plain(record: Any, exclude: Collection[str] = ()) -> Any:
    """Return a record as plain data, ready for JSON, without some of its fields.

    Raises:
        UserError: It holds data that are nested too deeply, such as the manifest of a run from anybody.
    """
    try:
        return _form_of(record.__class__).dump_python(record, mode="json", exclude=set(exclude))
    except ValueError as error:
        if "depth exceeded" not in str(error):
            raise
        raise UserError(
            f"{record.__class__.__name__}: holds data that are nested too deeply to be written. Is a file of the run, "
            "such as manifest.json, damaged?"
        ) from None


def from_plain(kind: type[Record], plain: Any) -> Record:
    """Return the record that plain data hold; a JSON array may become a tuple.

    Raises:
        ValueError: The data have another form; the message says where and how.
    """
    try:
        record: Record = _form_of(cast(Hashable, kind)).validate_python(plain)
    except ValidationError as error:
        mistake = error.errors(include_url=False)[0]
        raise ValueError(f"{'.'.join(map(str, mistake['loc'])) or 'the whole'}: {mistake['msg']}") from None
    return record
