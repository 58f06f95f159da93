"""What a Terraform block does beyond what it sets up: it runs commands, is switched off, or denies what it allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from iacrl.domains.document import Entity, Expression
from iacrl.domains.meaning import Extras

_Settings = tuple[tuple[str, Callable[[Any], bool]], ...]


def extras_of(entity: Entity) -> Extras:
    """Return what nothing may set unasked. A data source looks something up, however narrowly."""
    if entity.category == "resource":
        return _of_resource(entity.kind)
    return _OF_DATA if entity.category == "data" else Extras()


@cache
def _of_resource(kind: str) -> Extras:
    return Extras((*_RESOURCES, *_BY_KIND.get(kind, ())))


def _any(value: Any) -> bool:
    return True


def _true(value: Any) -> bool:
    return value is True


def _false(value: Any) -> bool:
    return value is False


def _deny(value: Any) -> bool:
    return bool(value == "Deny")


_RESOURCES: _Settings = (
    ("provisioner", _any),
    ("lifecycle[*].ignore_changes", lambda value: isinstance(value, Expression) and value.text == "all"),
    ("count", lambda value: isinstance(value, Expression)),
    ("for_each", lambda value: isinstance(value, Expression)),
    ("disabled", _true),
    ("enabled", _false),
    ("is_enabled", _false),
    ("state", lambda value: value in ("DISABLED", "disabled")),
    ("publicly_accessible", _true),
)
_BY_KIND: Mapping[str, _Settings] = {
    "aws_iam_role": (
        ("assume_role_policy.Statement[*].Effect", _deny),
        ("inline_policy", _any),
        ("managed_policy_arns", _any),
    ),
    "aws_iam_role_policy": (("policy.Statement[*].Effect", _deny),),
    "aws_iam_policy": (("policy.Statement[*].Effect", _deny),),
    "aws_s3_bucket": (("acl", _any), ("policy", _any)),
}
_OF_DATA = Extras((("statement[*].effect", _deny),), closed_lists=False)
