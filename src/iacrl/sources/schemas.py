"""Asking every domain for a schema, because a type does not show its domain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from iacrl.domains.programs import Schemas, UnknownTypeError
from iacrl.domains.registry import all_domains
from iacrl.errors import UserError

Answer = TypeVar("Answer")


def all_schemas() -> list[Schemas]:
    """Return the schemas of each domain that has any."""
    return [domain.schemas() for domain in all_domains() if domain.schemas is not None]


def first_answer(asked: Sequence[Callable[..., Answer]], *arguments: str | None) -> Answer:
    """Return the first answer.

    Raises:
        UserError: Nobody has one. The error is that of the domain that knows the type, or a similar one, or of the
            first.
    """
    refused: list[UserError] = []
    for ask in asked:
        try:
            return ask(*arguments)
        except UserError as error:
            refused.append(error)
    raise min(refused, key=lambda error: (isinstance(error, UnknownTypeError), "Did you mean" not in str(error)))


def brief_schema(name: str, provider: str | None = None) -> Sequence[str]:
    """Return a short description of what a type takes.

    Raises:
        UserError: No domain has the type.
    """
    return first_answer([schemas.brief for schemas in all_schemas() if schemas.brief], name, provider)
