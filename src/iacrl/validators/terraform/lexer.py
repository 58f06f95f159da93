"""Tokens of HashiCorp's native syntax, read on demand.

One regular expression reads one token, with the spaces and inline comments before it. The parser asks for tokens as it
goes, because only it knows whether a newline matters (not between brackets) and when a template begins.
The rules are those of the scanner of hashicorp/hcl (hclsyntax/scan_tokens.rl), which `terraform fmt` runs.
"""

from __future__ import annotations

import re
from typing import NoReturn

#: More open brackets, blocks and templates are refused: nobody nests so deep, and functions over the tree recurse.
MAX_DEPTH = 100

# A name may hold letters of any script; which of them are letters is looked up only where one is not ASCII.
_WORD = r"[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\-\x80-\U0010ffff]*+"
_LINE_END = r"(?:\r?\n|(?:\#|//)[^\n]*+(?:\n|\Z))"

_match_token = re.compile(
    rf"""[ \t]*+(?:/\*.*?\*/[ \t]*+)*+
    (?: ({_WORD})
      | ("(?:[^"\\\r\n$%\ud800-\udfff]++|\\[^\r\n\ud800-\udfff]|[$%](?!\{{))*+")
      | ({_LINE_END}(?:[ \t]*+{_LINE_END})*+)
      | ([0-9](?:\.*+(?:[0-9]|[eE][+-]?[0-9]))*+)
      | (<<-?{_WORD}\r?\n)
      | ([=!<>]=|=>|&&|\|\||::|\.\.\.|~\}}|[-{{}}\[\](),.*/%+=<>!?:"])
      | (\Z)
      | (.)
    )""",
    re.VERBOSE | re.DOTALL,
).match

#: Kinds of tokens. An operator or bracket is its own kind, as is the quote that opens a string with a template in it.
IDENT = "identifier"
STRING = "string"
NEWLINE = "newline"
NUMBER = "number"
HEREDOC = "heredoc"
END = "end of file"
_OPERATOR = "operator"
_OTHER = "other"
_KINDS = ("", IDENT, STRING, NEWLINE, NUMBER, HEREDOC, _OPERATOR, END, _OTHER)


class HclSyntaxError(Exception):
    """A syntax error; `parse` turns it into a diagnostic and goes on at the next top-level block."""

    def __init__(self, code: str, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.start = start
        self.end = end


class Cursor:
    """The current token of a text.

    Attributes:
        kind: What the token is.
        start: Where it begins.
        end: Where it ends; the next token is read from there.
        free: Whether newlines are skipped, as they are between brackets.
        depth: How many brackets, blocks and templates are open.
    """

    __slots__ = ("ascii", "depth", "end", "free", "kind", "start", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.ascii = text.isascii()
        self.free = False
        self.depth = 0
        self.kind = NEWLINE
        self.start = self.end = 0

    def advance(self) -> None:
        """Read the next token.

        Raises:
            HclSyntaxError: A character that no token begins with.
        """
        end = self.end
        while True:
            found = _match_token(self.text, end)
            assert found is not None  # its last alternatives match anything
            group: int = found.lastindex  # type: ignore[assignment]
            start, end = found.span(group)
            kind = _KINDS[group]
            if kind is NEWLINE and self.free:
                continue
            break
        self.start = start
        self.end = end
        if kind is _OPERATOR:
            self.kind = found[group]
            return
        self.kind = kind
        if kind is _OTHER:
            self._refuse_character()
        if not self.ascii and (kind is IDENT or kind is HEREDOC):
            self._check_name()

    def enter(self) -> None:
        """Count one more level of nesting; `depth` goes down again where the level ends.

        Raises:
            HclSyntaxError: There are too many.
        """
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(
                "TF190", f"Nesting too deep: more than {MAX_DEPTH} brackets, blocks or templates are open here."
            )

    def token(self) -> str:
        """Return the text of the current token."""
        return self.text[self.start : self.end]

    def error(self, code: str, message: str, start: int | None = None, end: int | None = None) -> HclSyntaxError:
        """Return an error at the current token, or at the given place."""
        return HclSyntaxError(code, message, self.start if start is None else start, self.end if end is None else end)

    def _check_name(self) -> None:
        """Cut a name at its first character that no name may hold, and check the marker of a heredoc."""
        token = self.token()
        if token.isascii():
            return
        from iacrl.validators.terraform.unicode_names import name_length

        if self.kind is HEREDOC:
            marker = token.lstrip("<-").rstrip("\r\n")
            if name_length(marker) < len(marker):
                self.kind = "<"
                self.end = self.start + 1
            return
        length = name_length(token)
        if length == 0:
            self.end = self.start + 1
            self._refuse_character()
        self.end = self.start + length

    def _refuse_character(self) -> NoReturn:
        character = self.text[self.start]
        if character in "&|^~":
            instead = {"&": ' Did you mean "&&"?', "|": ' Did you mean "||"?', "~": ' Did you mean "!"?'}
            raise self.error(
                "TF103", f"Unsupported operator: there are no bitwise operators.{instead.get(character, '')}"
            )
        if "\ud800" <= character <= "\udfff":
            raise self.error("TF102", "Invalid character encoding: the text is not valid UTF-8.")
        hint = {
            "'": " Strings are written in double quotes.",
            "`": " A string over several lines is a heredoc, <<EOT.",
            ";": " Arguments are separated by newlines, elements of collections by commas.",
        }
        shown = character if character.isprintable() else f"U+{ord(character):04X}"
        raise self.error("TF101", f'Invalid character: "{shown}" is not used in the language.{hint.get(character, "")}')
