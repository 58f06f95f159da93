"""Hashes, and UUIDs made from names."""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
from collections.abc import Callable
from typing import Any, Final

from iacrl.domains.terraform.cty import values
from iacrl.domains.terraform.cty.types import STRING
from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.expressions.functions.arguments import CallError, Implementation
from iacrl.domains.terraform.expressions.functions.encodings import decode_base64

_NAMESPACES: Final = {
    "dns": uuid.NAMESPACE_DNS,
    "url": uuid.NAMESPACE_URL,
    "oid": uuid.NAMESPACE_OID,
    "x500": uuid.NAMESPACE_X500,
}
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _digest(algorithm: Callable[..., Any], in_base64: bool = False) -> Implementation:
    def apply(value: Value) -> Value:
        # Not for security: the configuration asks for this hash.
        made = algorithm(value.data.encode(errors="replace"), usedforsecurity=False)
        return values.string(base64.b64encode(made.digest()).decode() if in_base64 else made.hexdigest())

    return apply


def _uuidv5(*arguments: Value) -> Value:
    namespace, name = (value.data for value in arguments)
    space = _NAMESPACES.get(namespace)
    if space is None:
        if _UUID.fullmatch(namespace) is None:
            size = len(namespace.encode())
            problem = "invalid UUID format" if size == 36 else f"invalid UUID length: {size}"
            raise CallError(f"uuidv5() doesn't support namespace {namespace} ({problem})")
        space = uuid.UUID(namespace)
    return values.string(str(uuid.uuid5(space, name)))


def _rsadecrypt(value: Value, key: Value) -> Value:
    text = value.data
    if decode_base64(text) is None:
        raise CallError(f'failed to decode input "{text}": cipher text must be base64-encoded', 0)
    return values.unknown(STRING, not_null=True)


_base64sha256 = _digest(hashlib.sha256, in_base64=True)
_base64sha512 = _digest(hashlib.sha512, in_base64=True)
_md5 = _digest(hashlib.md5)
_sha1 = _digest(hashlib.sha1)
_sha256 = _digest(hashlib.sha256)
_sha512 = _digest(hashlib.sha512)
