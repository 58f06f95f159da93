"""Functions on strings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.normal_text import clusters
from iacrl.domains.terraform.cty.types import STRING
from iacrl.domains.terraform.cty.values import Value
from iacrl.domains.terraform.expressions.functions.arguments import CallError, Implementation, integer, strings

#: The characters of Go's `unicode.IsSpace`, which are fewer than those of Python's `str.isspace`.
_SPACE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f"
    "\u205f\u3000"
)


#: Each letter takes a fifth of a microsecond, so the case of longer texts is left unknown.
_LONGEST: Final = 20_000


def _of_letters(compute: Callable[[str], str]) -> Implementation:
    """An implementation that goes through a string letter by letter."""

    def apply(*arguments: Value) -> Value:
        text = arguments[0].data
        return values.string(compute(text)) if len(text) <= _LONGEST else values.unknown(STRING, not_null=True)

    return apply


def _of_texts(compute: Callable[..., str | bool]) -> Implementation:
    """An implementation that maps Python strings to a string or a bool."""

    def apply(*arguments: Value) -> Value:
        result = compute(*(value.data for value in arguments))
        return values.boolean(result) if isinstance(result, bool) else values.string(result)

    return apply


def _title_case(letter: str) -> str:
    """Return a letter's title case. Go maps one to one; where Python would give several, Go keeps the letter."""
    found = letter.title()
    return found if len(found) == 1 else letter


def _capital(letter: str) -> str:
    # Greek letters with an iota below become two in Python; in Go they are the same as in title case.
    found = letter.upper()
    return found if len(found) == 1 else _title_case(letter)


def _capitals(text: str) -> str:
    return "".join(map(_capital, text))


@_of_letters
def _lower(text: str) -> str:
    return "".join(letter.lower()[:1] for letter in text)


@_of_letters
def _title(text: str) -> str:
    written: list[str] = []
    after_separator = True
    for letter in text:
        written.append(_title_case(letter) if after_separator else letter)
        if letter.isascii():
            after_separator = not (letter.isalnum() or letter == "_")
        else:
            after_separator = not (letter.isalpha() or letter.isdigit()) and letter in _SPACE
    return "".join(written)


def _indent(count: Value, indented: Value) -> Value:
    spaces, text = integer(count), indented.data
    if spaces < 0:
        raise CallError("negative number of spaces")
    if spaces * text.count("\n") > values.MAX_TEXT:
        return values.unknown(STRING, not_null=True)
    return values.string(text.replace("\n", "\n" + " " * spaces))


def _join(separator: Value, *lists: Value) -> Value:
    if not lists:
        raise CallError("at least one list is required")
    texts: list[str] = []
    complete = True
    for position, value in enumerate(lists, start=1):
        for index, part in enumerate(value.data):
            if part.null:
                if not complete:
                    continue
                raise CallError(f"element {index} is null; cannot concatenate null values", position)
            if part.known:
                texts.append(part.data)
            else:
                complete = False
    if not complete or sum(map(len, texts)) + len(separator.data) * len(texts) > values.MAX_TEXT:
        return values.unknown(STRING, not_null=True)
    return values.string(separator.data.join(texts))


def _split(*arguments: Value) -> Value:
    separator, text = (value.data for value in arguments)
    if len(text) > values.MAX_SIZE and text.count(separator) > values.MAX_SIZE:
        return values.unknown(types.LIST_OF_STRING, not_null=True)
    return strings(text.split(separator) if separator else list(text))


def _substr(text: Value, offset: Value, size: Value) -> Value:
    letters = clusters(text.data)
    start, length = integer(offset), integer(size)
    if start < 0:
        start = max(len(letters) + start, 0)
    end = None if length < 0 else start + length
    return values.string("".join(letters[start:end]))


_chomp = _of_texts(lambda text: text.rstrip("\r\n"))
_endswith = _of_texts(lambda text, suffix: text.endswith(suffix))
_startswith = _of_texts(lambda text, prefix: text.startswith(prefix))
_strcontains = _of_texts(lambda text, part: part in text)
_strrev = _of_texts(lambda text: "".join(reversed(clusters(text))))
_trim = _of_texts(lambda text, cutset: text.strip(cutset) if cutset else text)
_trimprefix = _of_texts(lambda text, prefix: text.removeprefix(prefix))
_trimspace = _of_texts(lambda text: text.strip(_SPACE))
_trimsuffix = _of_texts(lambda text, suffix: text.removesuffix(suffix))
_upper = _of_letters(_capitals)
