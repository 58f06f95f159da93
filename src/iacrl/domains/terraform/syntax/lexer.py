"""Tokens of HashiCorp's native syntax, read on demand.

One regular expression reads one token, with the spaces and inline comments before it. The parser asks for tokens as it
goes, because only it knows whether a newline matters (not between brackets) and when a template begins.
The rules are those of the scanner of hashicorp/hcl (hclsyntax/scan_tokens.rl), which `terraform fmt` runs.
"""

from __future__ import annotations

import re
from typing import NoReturn

from iacrl.domains.rules import Rule
from iacrl.domains.terraform.rules import HCL_SPEC, syntax_rule
from iacrl.domains.terraform.syntax.repeats import kept
from iacrl.domains.terraform.syntax.syntax_rules import INVALID_CHARACTER, NESTING_TOO_DEEP

INVALID_CHARACTER_ENCODING = syntax_rule(
    "TF102", "Invalid character encoding", HCL_SPEC, "Files are UTF-8. Save the file in that encoding."
)
UNSUPPORTED_OPERATOR = syntax_rule(
    "TF103",
    "Unsupported operator",
    "expressions/operators",
    'There are no bitwise operators. Logical ones are written "&&", "||" and "!".',
)

#: More open brackets, blocks and templates are refused: nobody nests that deep, and functions over the tree recurse.
MAX_DEPTH = 100

# A letter or `_`, then letters, digits, `_` and `-`. Anything beyond ASCII is accepted here and looked up afterwards.
# The classes are negated because a range up to U+10FFFF takes the compiler of regular expressions ten milliseconds.
_WORD = r"[^\x00-@\[-^`{-\x7f][^\x00-,./:-@\[-^`{-\x7f]*+"
_COMMENTS = kept(r"/\*(?s:.*?)\*/[ \t]*+")
_PLAIN = kept(r'[^"\\\r\n$%]++|\\[^\r\n]|[$%](?!\{)')
_DIGITS = kept(r"\.*+(?:[0-9]|[eE][+-]?[0-9])")
_LINE_END = r"(?:\n|\r\n|(?:#|//)[^\n]*+(?:\n|\Z))"
#: A newline, with the comment before it and the blank and comment lines after it.
LINE_ENDS = _LINE_END + kept(rf"[ \t]*+{_LINE_END}")

_match_token = re.compile(
    rf"[ \t]*+{_COMMENTS}(?:"
    rf"({_WORD})"
    rf'|("{_PLAIN}")'
    rf"|({LINE_ENDS})"
    rf"|([0-9]{_DIGITS})"
    rf"|(<<-?{_WORD}\r?\n)"
    r'|([=!<>]=|=>|&&|\|\||::|\.\.\.|~\}|[-{}\[\](),.*/%+=<>!?:"])'
    r"|(\Z)"
    r"|((?s:.))"
    r")"
).match

#: Kinds of tokens. An operator or bracket is its own kind, and so is the quote that opens a string with a template.
IDENT = "identifier"
STRING = "string"
NEWLINE = "newline"
NUMBER = "number"
HEREDOC = "heredoc"
END = "end of file"
_OTHER = "other"
#: By the group that matched; two groups have a name.
_KINDS = ("", IDENT, STRING, NEWLINE, NUMBER, HEREDOC, "operator", END, _OTHER)
_NEWLINE, _OPERATOR = _KINDS.index(NEWLINE), _KINDS.index("operator")


class HclSyntaxError(Exception):
    """A syntax error; `parse` turns it into a diagnostic and continues at the next top-level block."""

    def __init__(self, rule: Rule, detail: str, start: int, end: int, *, title: str | None = None) -> None:
        self.rule = rule
        self.message = f"{rule.title if title is None else title}: {detail}"
        super().__init__(self.message)
        self.start = start
        self.end = end


class Cursor:
    """The current token of a text.

    Attributes:
        end: Where it ends; the next token is read from there.
        free: Whether newlines are skipped, as they are between brackets.
        depth: How many brackets, blocks and templates are open.
    """

    __slots__ = ("ascii", "broken", "depth", "end", "free", "kind", "start", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.ascii = text.isascii()
        self.broken = not self.ascii and find_broken(text, 0, len(text)) is not None
        self.free = False
        self.depth = 0
        self.kind = NEWLINE
        self.start = self.end = 0

    def advance(self) -> None:
        """Read the next token.

        Raises:
            HclSyntaxError: No token begins with this character.
        """
        found = _match_token(self.text, self.end)
        group: int = found.lastindex  # type: ignore[union-attr,assignment]  # its last alternatives match anything
        while group == _NEWLINE and self.free:
            found = _match_token(self.text, found.end())  # type: ignore[union-attr]
            group = found.lastindex  # type: ignore[union-attr,assignment]
        self.start, self.end = found.span(group)  # type: ignore[union-attr]
        if group == _OPERATOR:
            self.kind = found[group]  # type: ignore[index]
            return
        self.kind = kind = _KINDS[group]
        if kind is _OTHER:
            self._refuse_character()
        if not self.ascii:
            self._check_token()

    def too_deep(self) -> HclSyntaxError:
        """Return the error for more than MAX_DEPTH levels of nesting."""
        return self.error(NESTING_TOO_DEEP, f"more than {MAX_DEPTH} brackets, blocks or templates are open.")

    def token(self) -> str:
        """Return the text of the current token."""
        return self.text[self.start : self.end]

    def error(
        self, rule: Rule, detail: str, start: int | None = None, end: int | None = None, *, title: str | None = None
    ) -> HclSyntaxError:
        """Return an error at the current token, or at the given place; `title` replaces the rule's title."""
        at, until = self.start if start is None else start, self.end if end is None else end
        return HclSyntaxError(rule, detail, at, until, title=title)

    def _check_token(self) -> None:
        """Cut a name at its first invalid character; check a heredoc's marker and a string's encoding."""
        token = self.token()
        kind = self.kind
        if token.isascii():
            return
        from iacrl.domains.terraform.syntax.unicode_names import name_length

        if kind is STRING and self.broken:
            self.check_encoding(self.start, self.end)
        elif kind is IDENT:
            length = name_length(token)
            if length == 0:
                self.end = self.start + 1
                self._refuse_character()
            self.end = self.start + length
        elif kind is HEREDOC:
            marker = token.lstrip("<-").rstrip("\r\n")
            if name_length(marker) < len(marker):
                self.kind = "<"
                self.end = self.start + 1

    def check_encoding(self, start: int, end: int) -> None:
        """Raise an error if a part of the text came from bytes that are not UTF-8."""
        at = find_broken(self.text, start, end)
        if at is not None:
            raise self.error(INVALID_CHARACTER_ENCODING, "the text is not valid UTF-8.", at, at + 1)

    def _refuse_character(self) -> NoReturn:
        character = self.text[self.start]
        if character in "&|^~":
            instead = {"&": ' Did you mean "&&"?', "|": ' Did you mean "||"?', "~": ' Did you mean "!"?'}
            raise self.error(UNSUPPORTED_OPERATOR, f"there are no bitwise operators.{instead.get(character, '')}")
        self.check_encoding(self.start, self.end)
        hint = {
            "'": " Strings are written in double quotes.",
            "`": " A string over several lines is a heredoc, <<EOT.",
            ";": " Arguments are separated by newlines, elements of collections by commas.",
        }
        shown = character if character.isprintable() else f"U+{ord(character):04X}"
        raise self.error(INVALID_CHARACTER, f'"{shown}" is not used in the language.{hint.get(character, "")}')


def find_broken(text: str, start: int, end: int) -> int | None:
    """Return the offset of the first lone surrogate, which marks a byte that is not UTF-8; None without any."""
    try:
        text[start:end].encode()
    except UnicodeEncodeError as error:
        return start + error.start
    return None


def compose(text: str) -> str:
    """Return the text in Normalization Form C, the form of every string in Terraform."""
    from iacrl.domains.terraform.cty.normal_text import normal_form

    return normal_form(text)
