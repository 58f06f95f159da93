"""Regular expressions that anybody wrote, on texts that anybody wrote: RE2, with a limit of processor time.

RE2 never tries a character twice, but its time grows with the size of a pattern times the length of a text. A few
characters are a large pattern: `(((a{0,10}){0,10}){0,10}b?)` has 2,105 instructions. So a search that may take too long
is not started, and the searches of one verdict share half a second (`iacrl.effort`). `TooMuchError` then says that the
result is unknown, and each caller says so in its own way. It never means that there is no match.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from time import thread_time
from typing import Any, Final

from iacrl.effort import Effort, TooMuchError, current_effort

#: Instructions times bytes of one search; RE2 takes up to 14 ns for each.
_MOST_STEPS: Final = 40_000_000
#: Searches with fewer are not measured: looking at the clock takes as long. They count as what most of them take.
_FEW_STEPS: Final = 3_000
_SECONDS_OF_A_SEARCH: Final = 2e-6
_SECONDS_OF_A_STEP: Final = 2e-9
#: After so many, a row of matches looks at the clock.
_MANY_STEPS: Final = 1_000_000
#: How much a group adds to the time for an instruction.
_GROUP: Final = 1 / 16
#: What RE2 may take to read a pattern, before it looks at the size: copies that counted repetitions make, and in the
#: same unit classes such as `\pL` and brackets, whose depth counts twice.
_MOST_PARTS: Final = 200_000
_CLASS_PARTS: Final = 2_000
_BRACKET_PARTS: Final = 40
_COUNT: Final = re.compile(r"\{(?:(?:[0-9]{1,4},)?([0-9]{1,4})|([0-9]{1,4}),)\}", re.ASCII)
_CLASS: Final = re.compile(r"\\[pP]")
#: Memory in bytes for a pattern, and for one of the few with 200,000 instructions and more.
_MEMORY: Final = 4 << 20
_MEMORY_OF_A_LARGE_ONE: Final = 8 << 20


class InvalidPatternError(Exception):
    """A text is not a regular expression; the message is RE2's."""


class Pattern:
    """A compiled regular expression.

    Attributes:
        groups: How many groups it captures.
        groupindex: The numbers of the groups that have names.
    """

    __slots__ = ("_compiled", "_weight", "groupindex", "groups")

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled
        self.groups: int = compiled.groups
        self.groupindex: dict[str, int] = compiled.groupindex
        self._weight: float = compiled.programsize * (1 + self.groups * _GROUP)

    def search(self, text: str) -> Any:
        """Return the first match, or None.

        Raises:
            TooMuchError: It may take too long.
        """
        return self._measured(self._compiled.search, text)

    def fullmatch(self, text: str) -> Any:
        """Return the match of the whole text, or None.

        Raises:
            TooMuchError: It may take too long.
        """
        return self._measured(self._compiled.fullmatch, text)

    def finditer(self, text: str) -> Iterator[Any]:
        """Yield every match. Each search begins at the end of the last match, and may read the rest of the text.

        Raises:
            TooMuchError: They may take too long, or have taken too long.
        """
        effort = current_effort()
        steps = self._steps(text, effort)
        began = thread_time()
        ends = began + effort.seconds
        unseen = 0.0
        try:
            for found in self._compiled.finditer(text):
                yield found
                unseen += steps
                if unseen > _MANY_STEPS:
                    unseen = 0.0
                    if thread_time() > ends:
                        raise TooMuchError
        finally:
            effort.seconds -= thread_time() - began

    def sub(self, replacement: Callable[[Any], str], text: str) -> str:
        """Return the text with every match replaced.

        Raises:
            TooMuchError: It may take too long, or has taken too long.
        """
        pieces, end = [], 0
        for found in self.finditer(text):
            pieces += [text[end : found.start()], replacement(found)]
            end = found.end()
        return "".join((*pieces, text[end:]))

    def _measured(self, find: Callable[[str], Any], text: str) -> Any:
        effort = current_effort()
        steps = self._steps(text, effort)
        if steps < _FEW_STEPS:
            effort.seconds -= _SECONDS_OF_A_SEARCH + steps * _SECONDS_OF_A_STEP
            return find(text)
        began = thread_time()
        found = find(text)
        effort.seconds -= thread_time() - began
        return found

    def _steps(self, text: str, effort: Effort) -> float:
        """Return the instructions times bytes of a search.

        Raises:
            TooMuchError: It may take too long.
        """
        steps = self._weight * (len(text) if text.isascii() else 4 * len(text))
        if steps > _MOST_STEPS or effort.seconds <= 0:
            raise TooMuchError
        return steps


def compile_pattern(source: str, *, groups: bool = False, large: bool = True) -> Pattern:
    """Return a compiled regular expression.

    Args:
        source: In the syntax of RE2.
        groups: Whether its groups are wanted. Each is copied at each character, so many of them are slow.
        large: Whether it may have 200,000 instructions and more, which takes a tenth of a second.

    Raises:
        InvalidPatternError: It is not a regular expression.
        TooMuchError: It takes too long to compile.
    """
    try:
        return _compiled(source, groups)
    except TooMuchError:
        if not large:
            raise
    return _large(source, groups)


@lru_cache(maxsize=256)
def _compiled(source: str, groups: bool) -> Pattern:
    return _compile(source, groups, _MEMORY)


@lru_cache(maxsize=8)
def _large(source: str, groups: bool) -> Pattern:
    import re2

    try:
        return _compile(source, groups, _MEMORY_OF_A_LARGE_ONE)
    finally:
        re2.purge()  # it would keep more than a hundred of them


def _compile(source: str, groups: bool, memory: int) -> Pattern:
    import re2  # most texts have no pattern

    effort = current_effort()
    if effort.seconds <= 0 or _parts(source) > _MOST_PARTS:
        raise TooMuchError
    options = re2.Options()
    options.log_errors = False
    options.never_capture = not groups
    options.max_mem = memory
    began = thread_time()
    try:
        return Pattern(re2.compile(source, options))
    except re2.error as error:
        told = error.args[0]
        message = told.decode(errors="replace") if isinstance(told, bytes) else str(told)
        if message.startswith("pattern too large"):  # here; the programs that iacrl stands for take more
            raise TooMuchError from None
        raise InvalidPatternError(message) from None
    except UnicodeEncodeError:
        raise InvalidPatternError("half of a surrogate pair") from None
    finally:
        effort.seconds -= thread_time() - began


def _parts(source: str) -> int:
    """Return what a pattern takes to be read."""
    copies = sum(int(most or least) for most, least in _COUNT.findall(source))
    return copies + _CLASS_PARTS * len(_CLASS.findall(source)) + _BRACKET_PARTS * source.count("(")
