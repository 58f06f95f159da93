"""The tokens of an expression, and the values of its literals.

Source: https://github.com/google/cel-spec/blob/master/doc/langdef.md
"""

from __future__ import annotations

import re
from typing import Final

from iacrl.domains.kubernetes.cel.nodes import CelError, Uint

_TOKEN = re.compile(
    r"""
    (?P<space>(?:\s|//[^\n]*)+)
    | (?P<text>[rR]?[bB]?[rR]?(?:\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''
        |(?<=[rR])"[^"\n]*"|(?<=[rR])'[^'\n]*'|"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*'))
    | (?P<float>(?:[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?))
    | (?P<integer>(?:0x[0-9a-fA-F]+|[0-9]+)[uU]?)
    | (?P<quoted>`[A-Za-z0-9_.\-/ ]+`)
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<sign>\|\||&&|==|!=|<=|>=|[-+*/%<>!?:.,()\[\]{}])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\?\"'`])|x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))",
    re.DOTALL,
)
#: More than 64 bits have, and less than Python refuses to read.
_MOST_DIGITS: Final = 1_000
_SIMPLE: Final = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))

#: Its kind, and its text.
Token = tuple[str, str]


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of an expression, with an empty one at the end.

    Raises:
        CelError: A part of it is not a token.
    """
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise CelError(f"no token begins at {text[at : at + 10]!r}")
        if match.lastgroup != "space":
            found.append((match.lastgroup or "", match[0]))
        at = match.end()
    return [*found, ("sign", "")]


def integer_of(text: str) -> int:
    """Return the number that a token writes.

    Raises:
        CelError: It does not fit into 64 bits.
    """
    digits = text.rstrip("uU")
    if len(digits) > _MOST_DIGITS:
        raise CelError(f"{text[:20]}… is not a 64-bit number")
    value = int(digits, 16 if "x" in digits else 10)
    if digits != text:
        if not 0 <= value < 2**64:
            raise CelError(f"{text} is not a 64-bit number")
        return Uint(value)
    if not -(2**63) <= value < 2**63:
        raise CelError(f"{text} is not a 64-bit number")
    return value


def text_of(token: str) -> str | bytes:
    """Return the text or the bytes of a quoted token.

    Raises:
        CelError: An escape is invalid, or is not a character.
    """
    start = min(token.find(quote) for quote in "\"'" if quote in token[:3])
    prefix = token[:start].lower()
    width = 3 if token[start : start + 3] in {'"""', "'''"} else 1
    body = token[start + width : -width]
    if "b" not in prefix:
        return body if "r" in prefix else _ESCAPE.sub(_unescape, body)
    if "r" in prefix:
        return body.encode()
    parts, at = b"", 0
    for match in _ESCAPE.finditer(body):
        octet = match[2] or match[3]
        value = int(octet, 16) if octet else int(match[6], 8) if match[6] else None
        parts += body[at : match.start()].encode()
        parts += _unescape(match).encode() if value is None else bytes([value])
        at = match.end()
    return parts + body[at:].encode()


def _unescape(match: re.Match[str]) -> str:
    simple, x, upper_x, u, upper_u, octal, other = match.groups()
    if simple:
        return _SIMPLE.get(simple, simple)
    if other:
        raise CelError(f"\\{other} is not an escape")
    code = int(octal, 8) if octal else int(x or upper_x or u or upper_u, 16)
    if code > 0x10FFFF or 0xD800 <= code < 0xE000:
        raise CelError("an escape names no character")
    return chr(code)
