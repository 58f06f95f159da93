"""The functions that OpenTofu has and Terraform does not (opentofu.org/docs/language/functions)."""

from __future__ import annotations

import ipaddress
import re
import zlib
from typing import Final
from urllib.parse import unquote_to_bytes

from iacrl.domains.terraform.cty import values
from iacrl.domains.terraform.cty.types import BOOL, STRING
from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.expressions.functions.arguments import CallError
from iacrl.domains.terraform.expressions.functions.encodings import decode_base64

_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2}).{0,2}")
_GZIP: Final = zlib.MAX_WBITS | 16


def _urldecode(text: Value) -> Value:
    bad = _BAD_ESCAPE.search(text.data)
    if bad is not None:
        raise CallError(f'failed to decode URL: invalid URL escape "{bad.group()}"')
    decoded = unquote_to_bytes(text.data.replace("+", " "))
    try:
        return values.string(decoded.decode())
    except UnicodeDecodeError:
        return values.unknown(STRING, not_null=True)


def _base64gunzip(text: Value) -> Value:
    packed = decode_base64(text.data)
    if packed is None:
        raise CallError(f'failed to decode base64 data "{text.data}"')
    try:
        # Data is not unpacked if it would be larger than any string that is kept.
        unpacked = zlib.decompressobj(_GZIP).decompress(packed, values.MAX_TEXT)
    except zlib.error:
        raise CallError("failed to gunzip bytes") from None
    try:
        return values.string(unpacked.decode())
    except UnicodeDecodeError:
        return values.unknown(STRING, not_null=True)


def _cidrcontains(containing: Value, contained: Value) -> Value:
    try:
        outer = ipaddress.ip_network(containing.data, strict=False)
        inner = ipaddress.ip_network(contained.data, strict=False)
    except ValueError:
        raise CallError("invalid CIDR address or IP address") from None
    if "/" not in containing.data or outer.version != inner.version:
        return values.unknown(BOOL, not_null=True)
    return values.boolean(inner.subnet_of(outer))  # type: ignore[arg-type]  # of one version
