"""Regular expressions as Go's regexp takes them: Terraform and Kubernetes compile theirs with it."""

from __future__ import annotations

import re
from typing import Final

from iacrl.patterns import InvalidPatternError, Pattern, compile_pattern
from iacrl.regex_height import is_too_deep

#: Syntax that the C++ library accepts and Go's does not.
_NOT_IN_GO: Final = re.compile(r"(?<!\\)(?:\\\\)*+\\C")


def compile_go_pattern(source: str, *, groups: bool = False) -> Pattern:
    """Return a compiled regular expression, unless Go refuses it; see `compile_pattern`.

    Raises:
        InvalidPatternError: It is not a regular expression, or Go finds it nested too deeply.
        TooMuchError: It takes too long to compile.
    """
    if _NOT_IN_GO.search(source):
        raise InvalidPatternError(r"invalid escape sequence: \C")
    compiled = compile_pattern(source, groups=groups)
    if is_too_deep(source):
        raise InvalidPatternError(f"expression nests too deeply: {source}")
    return compiled
