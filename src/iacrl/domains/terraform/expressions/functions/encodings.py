"""JSON, CSV, base64, URLs and character sets."""

from __future__ import annotations

import base64
import codecs
import json
import re
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote_plus

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.numeric import format_number, from_decimal
from iacrl.domains.terraform.cty.types import NUMBER, STRING
from iacrl.domains.terraform.cty.values import ANY, NumberTooLarge, Value
from iacrl.domains.terraform.expressions.functions.arguments import CallError
from iacrl.nested_json import shallow
from iacrl.text import readable

#: What Go escapes in JSON beyond the required: HTML's special characters and JavaScript's line separators.
_ESCAPED: Final = re.compile("[<>&\u2028\u2029\x7f]")
_BASE64: Final = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
#: Deeper documents are left unknown.
_MAX_NESTING: Final = values.MAX_DEPTH


# ---- JSON --------------------------------------------------------------------------------------------------------


def to_json(value: Value) -> str:
    """Write a wholly known value as JSON, as Go does.

    Raises:
        CallError: The value contains an infinity.
    """
    written: list[str] = []
    _write_json(value, written)
    return "".join(written)


def _write_json(value: Value, written: list[str]) -> None:
    data = value.data
    if data is None:
        written.append("null")
    elif isinstance(data, bool):
        written.append("true" if data else "false")
    elif isinstance(data, str):
        written.append(_quoted(data))
    elif isinstance(data, dict):
        mark = "{"
        for name, part in data.items():
            written.append(f"{mark}{_quoted(name)}:")
            _write_json(part, written)
            mark = ","
        written.append("}" if data else "{}")
    elif isinstance(data, tuple):
        mark = "["
        for part in data:
            written.append(mark)
            _write_json(part, written)
            mark = ","
        written.append("]" if data else "[]")
    else:
        text = format_number(data)
        if "Inf" in text:
            raise CallError("cannot serialize infinity as JSON")
        written.append(text)


def _quoted(text: str) -> str:
    plain = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: found[0] if found[0] == "\x7f" else f"\\u{ord(found[0]):04x}", plain)


def _jsonencode(value: Value) -> Value:
    if not value.wholly_known:
        return values.unknown(STRING, not_null=True)
    text = to_json(value)
    return values.string(text) if len(text) <= values.MAX_TEXT else values.unknown(STRING, not_null=True)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"invalid character '{name[0]}' looking for beginning of value")


_JSON_SPACE: Final = " \t\r\n"


def _jsondecode(value: Value) -> Value:
    text = value.data
    try:
        decoder = json.JSONDecoder(parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse_constant, strict=True)
        decoded, end = decoder.raw_decode(shallow(text).lstrip(_JSON_SPACE))
        if text.lstrip(_JSON_SPACE)[end:].strip(_JSON_SPACE):
            raise CallError("extraneous data after JSON object")
    except RecursionError:
        return ANY
    except ArithmeticError:
        raise CallError("a number is required") from None  # its exponent is out of range
    except json.JSONDecodeError as error:
        raise CallError(_not_json(error)) from None
    except ValueError as error:
        raise CallError(str(error)) from None
    return from_python(decoded)


def _not_json(error: json.JSONDecodeError) -> str:
    """Return Go's message for an error that both libraries report alike."""
    rest = error.doc[error.pos :]
    if not rest.strip(_JSON_SPACE):
        return "unexpected EOF" if error.doc.strip(_JSON_SPACE) else "EOF"
    if error.msg == "Expecting value" and not "true false null".count(rest):
        return f"invalid character '{rest[0]}' looking for beginning of value"
    return error.msg


def from_python(data: Any, depth: int = 0) -> Value:
    """Return the value of decoded JSON; unknown where it is nested too deeply."""
    if depth > _MAX_NESTING:
        return ANY
    if isinstance(data, dict):
        return values.object_value({_clean(name): from_python(part, depth + 1) for name, part in data.items()})
    if isinstance(data, list):
        return values.tuple_value([from_python(part, depth + 1) for part in data])
    if isinstance(data, str):
        return values.string(_clean(data))
    if data is None or isinstance(data, bool):
        return values.NULL if data is None else values.boolean(data)
    try:
        return values.number(from_decimal(data if isinstance(data, Decimal) else Decimal(str(data))))
    except NumberTooLarge:
        return values.unknown(NUMBER, not_null=True)


def _clean(text: str) -> str:
    """Replace halves of surrogate pairs, as Go does."""
    return text if text.isascii() else readable(text)


# ---- base64, URLs, character sets --------------------------------------------------------------------------------


def decode_base64(text: str) -> bytes | None:
    """Decode standard base64 as Go does, ignoring newlines; None if it is not base64."""
    clean = text.replace("\n", "").replace("\r", "")
    return base64.b64decode(clean) if _BASE64.fullmatch(clean) else None


def _base64encode(value: Value) -> Value:
    return values.string(base64.b64encode(_bytes(value.data)).decode())


def _bytes(text: str) -> bytes:
    return text.encode(errors="replace")


def _base64decode(value: Value) -> Value:
    decoded = decode_base64(value.data)
    if decoded is None:
        raise CallError(f'failed to decode base64 data "{value.data}"')
    try:
        return values.string(decoded.decode())
    except UnicodeDecodeError:
        raise CallError("the result of decoding the provided string is not valid UTF-8") from None


def _base64gzip(*_: Value) -> Value:
    return values.unknown(STRING, not_null=True)


def _urlencode(value: Value) -> Value:
    return values.string(quote_plus(_bytes(value.data)))


def _codec(name: str) -> str:
    """Python's name for an IANA character set."""
    try:
        found = codecs.lookup(name)
        if not found._is_text_encoding or found.name in ("punycode", "idna", "unicode_escape", "raw_unicode_escape"):
            raise LookupError
    except (LookupError, ValueError):
        problem = f'"{name}" is not a supported IANA encoding name or alias in this Terraform version'
        raise CallError(problem, 1) from None
    return found.name


def _textencodebase64(*arguments: Value) -> Value:
    text, name = (value.data for value in arguments)
    codec = _codec(name)
    try:
        encoded = text.encode(codec)
    except UnicodeEncodeError:
        problem = f"the given string contains characters that cannot be represented in {name.upper()}"
        raise CallError(problem, 0) from None
    return values.string(base64.b64encode(encoded).decode())


def _textdecodebase64(*arguments: Value) -> Value:
    text, name = (value.data for value in arguments)
    codec = _codec(name)
    decoded = decode_base64(text)
    if decoded is None:
        raise CallError(f"the given value is has an invalid base64 symbol at offset {_first_bad_symbol(text)}", 0)
    return values.string(decoded.decode(codec, errors="replace"))


def _first_bad_symbol(text: str) -> int:
    found = re.match(r"[A-Za-z0-9+/\r\n]*", text)
    end = found.end() if found else 0
    return end if end < len(text) else end // 4 * 4


# ---- CSV ---------------------------------------------------------------------------------------------------------


def _csvdecode(value: Value) -> Value:
    rows = _csv_rows(value.data)
    if not rows:
        raise CallError("missing header line")
    header = rows[0][1]
    for index, name in enumerate(header):
        if name in header[:index]:
            raise CallError(f'duplicate column name "{name}"')
    kind = types.object_of(dict.fromkeys(header, STRING))
    made = []
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise CallError(f"CSV parse error on line {line}: wrong number of fields")
        made.append(values.object_value(dict(zip(header, map(values.string, row), strict=True))))
    return values.list_value(kind, made)


def _csv_rows(text: str) -> list[tuple[int, list[str]]]:
    """Split CSV into rows with their line numbers, by the strict rules of Go's reader."""
    rows: list[tuple[int, list[str]]] = []
    at, line = 0, 1
    text = text.replace("\r\n", "\n")
    while at < len(text):
        if text[at] == "\n":
            at, line = at + 1, line + 1
            continue
        first, row = line, []
        while True:
            if text.startswith('"', at):
                end = at + 1
                while True:
                    end = text.find('"', end)
                    if end < 0:
                        lines = text.count("\n", at)
                        raise CallError(
                            f'CSV parse error on line {line + lines}: extraneous or missing " in quoted-field'
                        )
                    if not text.startswith('"', end + 1):
                        break
                    end += 2
                line += text.count("\n", at, end)
                row.append(text[at + 1 : end].replace('""', '"'))
                at = end + 1
                if at < len(text) and text[at] not in ",\n":
                    raise CallError(f'CSV parse error on line {line}: extraneous or missing " in quoted-field')
            else:
                stop = text.find("\n", at)
                stop = len(text) if stop < 0 else stop
                comma = text.find(",", at, stop)
                end = stop if comma < 0 else comma
                if '"' in text[at:end]:
                    raise CallError(f'CSV parse error on line {line}: bare " in non-quoted-field')
                row.append(text[at:end])
                at = end
            if not text.startswith(",", at):
                break
            at += 1
        at, line = at + 1, line + 1
        rows.append((first, row))
    return rows
