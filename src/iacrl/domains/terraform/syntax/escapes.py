"""The text of strings: escapes, and the lines of heredocs."""

from __future__ import annotations

import re

from iacrl.domains.terraform.rules import syntax_rule
from iacrl.domains.terraform.syntax.lexer import Cursor, compose

INVALID_ESCAPE_SEQUENCE = syntax_rule(
    "TF105",
    "Invalid escape sequence",
    "expressions/strings",
    'Known are \\n, \\r, \\t, \\", \\\\, \\u with four and \\U with eight hexadecimal digits. "${" and "%{" are '
    'escaped by doubling the first character: "$${".',
)

# The spaces of Go's unicode.IsSpace; str.strip() alone would also strip the separators U+001C to U+001F.
SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))

_find_escape = re.compile(r"\\(?:u([0-9A-Fa-f]{0,4})|U([0-9A-Fa-f]{0,8})|(.))|\$\$\{|%%\{", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}

#: How many lines with a heredoc's marker are checked one by one, which is fast for what people write.
_CANDIDATES = 100


def decode_quoted(cursor: Cursor, start: int, end: int) -> str:
    """Return the decoded text between two offsets in a quoted string.

    Raises:
        HclSyntaxError: An escape sequence is invalid.
    """
    raw = cursor.text[start:end]
    if "\\" in raw or "{" in raw:
        return _find_escape.sub(lambda found: _decode_escape(cursor, found, start), raw)
    return raw


def _decode_escape(cursor: Cursor, found: re.Match[str], offset: int) -> str:
    sequence = found[0]
    if sequence[0] != "\\":
        return sequence[1:]
    if found[3] is not None:
        if found[3] in _ESCAPES:
            return _ESCAPES[found[3]]
        why = f'"\\{found[3]}" does not exist; a backslash itself is written "\\\\".'
    else:
        digits = found[1] if found[2] is None else found[2]
        wanted = 4 if found[2] is None else 8
        code = int(digits, 16) if digits else 0
        if len(digits) < wanted:
            why = f'"{sequence[:2]}" must be followed by {wanted} hexadecimal digits.'
        elif code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            why = f"there is no character U+{code:04X}."
        else:
            return chr(code)
    raise cursor.error(INVALID_ESCAPE_SEQUENCE, f"{why}", offset + found.start(), offset + found.end())


def find_last_line(text: str, at: int, marker: str) -> int | None:
    """Return the start of the first line that has only the marker and ends with a newline; None without one."""
    for _ in range(_CANDIDATES):
        found = text.find(marker, at)
        end = text.find("\n", found)
        if found < 0 or end < 0:
            return None
        start = max(text.rfind("\n", at, found) + 1, at)
        if text[start:end].strip(SPACE) == marker:
            return start
        at = end + 1
    space = "[" + SPACE.replace("\n", "") + "]*+"
    line = re.compile(f"^{space}{re.escape(marker)}{space}\n", re.MULTILINE).search(text, at)
    return None if line is None else line.start()


def plain_text(body: str, flush: bool) -> str:
    """Return the text of a heredoc's lines without template sequences."""
    if flush and body:
        lines = body.split("\n")
        indentations = [len(line) - len(line.lstrip(SPACE)) for line in lines[:-1] if line.strip(SPACE)]
        smallest = min(indentations, default=0)
        body = "\n".join([line[smallest:] if line.strip(SPACE) else line for line in lines]) if smallest else body
    return body if body.isascii() else compose(body)
