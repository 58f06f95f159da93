"""Functions with regular expressions, in the syntax of RE2. What takes too long stays unknown."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any, Final

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.types import DYNAMIC, STRING, Type
from iacrl.domains.terraform.cty.values import UNKNOWN, Value
from iacrl.domains.terraform.expressions.functions.arguments import CallError
from iacrl.effort import TooMuchError
from iacrl.go_patterns import compile_go_pattern
from iacrl.patterns import InvalidPatternError, Pattern

#: Each group is copied at each character: thousands of them would take minutes. The result of more stays unknown.
_MOST_GROUPS: Final = 100
#: `$1`, `${1}` and `${name}` in a replacement.
_REFERENCE: Final = re.compile(r"\$(?:(?P<dollar>\$)|(?P<bare>\w+)|\{(?P<braced>\w+)\})", re.ASCII)
#: Go's messages for those of the C++ library.
_WORDS: Final = {
    "invalid perl operator": "invalid or unsupported Perl syntax",
    "invalid repetition size": "invalid repeat count",
    "bad repetition operator": "invalid nested repetition operator",
    "no argument for repetition operator": "missing argument to repetition operator",
    "missing )": "missing closing )",
    "missing ]": "missing closing ]",
    "unexpected )": "unexpected )",
    "invalid escape sequence": "invalid escape sequence",
    "invalid character class range": "invalid character class range",
    "invalid named capture group": "invalid named capture",
}


class _PatternError(Exception):
    """An invalid pattern; the two parts are Go's message and the text that it blames."""

    def __init__(self, problem: str, blamed: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.blamed = blamed


def _compile(pattern: str) -> Pattern:
    try:
        return compile_go_pattern(pattern, groups=True)
    except InvalidPatternError as error:
        problem, _, blamed = str(error).partition(": ")
        raise _PatternError(_WORDS.get(problem, problem), blamed) from None


def _result_type(pattern: Pattern) -> Type:
    """A string without groups; else a tuple of strings, or an object of strings if the groups have names."""
    if not pattern.groups:
        return STRING
    if not pattern.groupindex:
        return types.tuple_of([STRING] * pattern.groups)
    if len(pattern.groupindex) != pattern.groups:
        raise CallError("invalid regexp pattern: cannot mix both named and unnamed capture groups", 0)
    return types.object_of(dict.fromkeys(pattern.groupindex, STRING))


def _match_value(found: Any, pattern: Pattern) -> Value:
    if not pattern.groups:
        return values.string(found.group(0))
    parts = [values.null(STRING) if part is None else values.string(part) for part in found.groups()]
    if not pattern.groupindex:
        return values.tuple_value(parts)
    return values.object_value({name: parts[index - 1] for name, index in pattern.groupindex.items()})


def _prepare(text: str) -> Pattern:
    try:
        return _compile(text)
    except _PatternError as error:
        where = f" in {error.blamed}" if error.blamed else ""
        raise CallError(f"invalid regexp pattern: {error.problem}{where}", 0) from None


def _regex(pattern_value: Value, text: Value) -> Value:
    if pattern_value.data is UNKNOWN:
        return values.ANY
    try:
        pattern = _prepare(pattern_value.data)
    except TooMuchError:
        return values.ANY
    kind = _result_type(pattern)
    if text.data is UNKNOWN or pattern.groups > _MOST_GROUPS:
        return values.unknown(kind, not_null=True)
    try:
        found = pattern.search(text.data)
    except TooMuchError:
        return values.unknown(kind, not_null=True)
    if found is None:
        raise CallError("pattern did not match any part of the given string")
    return _match_value(found, pattern)


def _regexall(pattern_value: Value, text: Value) -> Value:
    if pattern_value.data is UNKNOWN:
        return values.unknown(types.list_of(DYNAMIC), not_null=True)
    try:
        pattern = _prepare(pattern_value.data)
    except TooMuchError:
        return values.unknown(types.list_of(DYNAMIC), not_null=True)
    kind = _result_type(pattern)
    if text.data is UNKNOWN or len(text.data) > values.MAX_SIZE or pattern.groups > _MOST_GROUPS:
        return values.unknown(types.list_of(kind), not_null=True)
    most = values.MAX_SIZE // (pattern.groups + 1)
    try:
        found_all = list(islice(pattern.finditer(text.data), most + 1))
    except TooMuchError:
        found_all = []
        most = -1
    if len(found_all) > most:
        return values.unknown(types.list_of(kind), not_null=True)
    return values.list_value(kind, [_match_value(found, pattern) for found in found_all])


def _replace(*arguments: Value) -> Value:
    text, wanted, replacement = (value.data for value in arguments)
    if len(wanted) > 1 and wanted[0] == wanted[-1] == "/":
        try:
            return _replace_pattern(text, wanted[1:-1], replacement)
        except TooMuchError:
            return values.unknown(STRING, not_null=True)
    if text.count(wanted) * len(replacement) > values.MAX_TEXT:
        return values.unknown(STRING, not_null=True)
    return values.string(text.replace(wanted, replacement))


def _replace_pattern(text: str, written: str, replacement: str) -> Value:
    try:
        pattern = _compile(written)
    except _PatternError as error:
        where = f": `{error.blamed}`" if error.blamed else ""
        raise CallError(f"error parsing regexp: {error.problem}{where}") from None
    if len(text) * (len(replacement) + 1) > values.MAX_TEXT or pattern.groups > _MOST_GROUPS:
        return values.unknown(STRING, not_null=True)
    return values.string(pattern.sub(lambda found: _fill(replacement, found, pattern), text))


def _fill(replacement: str, found: Any, pattern: Pattern) -> str:
    """Put the groups into a replacement. A missing group becomes empty, as in Go."""

    def group(reference: re.Match[str]) -> str:
        if reference["dollar"]:
            return "$"
        name = reference["bare"] or reference["braced"]
        index = int(name) if name.isdigit() and len(name) < 5 else pattern.groupindex.get(name, -1)
        return (found.group(index) or "") if 0 <= index <= pattern.groups else ""

    return _REFERENCE.sub(group, replacement)
