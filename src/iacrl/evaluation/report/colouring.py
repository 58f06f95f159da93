"""The colours of a text's syntax, by pygments, as runs of characters that a page can paint."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Literal, Name
from pygments.util import ClassNotFound

from iacrl.domains.registry import find_domain
from iacrl.errors import UserError
from iacrl.evaluation.report.marks import units

#: The most characters of a text that are coloured: some lexers take quadratic time on hostile texts.
MOST_CHARACTERS = 4_000

#: Kinds of tokens to the number that a page knows them by, the special before the general.
_KINDS = (
    (Comment, 0),
    (Literal.Number, 1),
    (Keyword.Constant, 1),
    (Name.Constant, 1),
    (Literal, 2),
    (Keyword, 3),
    (Name.Tag, 4),
    (Name.Attribute, 4),
    (Name.Builtin, 4),
    (Name.Class, 4),
)

#: Each run is `(plain units before it, units, kind)`; units are UTF-16 code units, which browsers count.
Runs = list[int]


@lru_cache(maxsize=4096)
def colour_runs(text: str, domain: str) -> Sequence[int]:
    """Return the coloured runs of a text, flat: plain units before the run, its units, its kind, and so on.

    Empty if pygments knows none of the domain's languages.
    """
    lexer = _lexer(domain)
    runs: Runs = []
    plain = at = 0
    shown = text[:MOST_CHARACTERS]
    for start, token, value in () if lexer is None else lexer.get_tokens_unprocessed(shown):
        if start < at:  # hostile texts make some lexers go back
            continue
        plain += units(shown[at:start])
        at = min(start + len(value), len(shown))
        size = units(shown[start:at])
        kind = _kind(token)
        if kind is None or value.isspace():
            plain += size
        elif runs and plain == 0 and runs[-1] == kind:
            runs[-2] += size
        elif size:
            runs += (plain, size, kind)
            plain = 0
    return runs


@cache
def _kind(token: object) -> int | None:
    return next((number for kind, number in _KINDS if token in kind), None)


@cache
def _lexer(domain: str) -> Lexer | None:
    try:
        languages = find_domain(domain).languages
    except UserError:  # the samples may come from elsewhere, with a domain that is not installed here
        return None
    for language in languages:
        try:
            return get_lexer_by_name(language, stripnl=False, ensurenl=False)
        except ClassNotFound:
            continue
    return None
