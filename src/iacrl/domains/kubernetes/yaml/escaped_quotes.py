"""The escape `\\'` in double quotes: kubectl's YAML library reads it as a quote, libyaml refuses it.

Such a text is read with another escape of the same length in its place, so that every position stays right.
Source: https://github.com/yaml/go-yaml, scannerc.go, yaml_parser_scan_flow_scalar.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]
from yaml.events import ScalarEvent, StreamEndEvent

#: What is between double quotes, up to the closing one.
_QUOTED = re.compile(r'(?:[^"\\]|\\.)*', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_REFUSED = "found unknown escape character"
#: Escapes that are rarely written, with the characters that they give.
_RARE = {"P": "\u2029", "L": "\u2028", "N": "\u0085", "e": "\x1b", "v": "\x0b"}
#: Scalars with such an escape in one text. Each costs another reading of the text.
_MOST = 20


class Replaced(NamedTuple):
    """A text that libyaml reads, with `\\LETTER` where the original has an escaped quote."""

    text: str
    letter: str

    def restore(self, event: ScalarEvent) -> None:
        """Give a scalar of the text the value that it has in the original."""
        if event.style == '"':
            event.value = event.value.replace(_RARE[self.letter], "'")


def without_escaped_quotes(text: str) -> Replaced | None:
    """Return a text that libyaml reads in place of one that it refuses for escaped quotes; None if it needs none."""
    if "\\'" not in text:
        return None
    free = (
        letter
        for letter, character in _RARE.items()
        if f"\\{letter}" not in text and character not in text and f"{ord(character):x}" not in text.lower()
    )
    letter = next(free, None)
    if letter is None:
        return None
    replaced = text
    for _ in range(_MOST):
        begin = _refused_scalar(replaced)
        if begin is None:
            break
        quoted = _QUOTED.match(replaced, begin + 1)
        inside = quoted[0] if quoted else ""
        spelt = _ESCAPE.sub(lambda escape: f"\\{letter}" if escape[1] == "'" else escape[0], inside)
        if spelt == inside:  # another escape is refused
            break
        replaced = f"{replaced[: begin + 1]}{spelt}{replaced[begin + 1 + len(spelt) :]}"
    return None if replaced == text else Replaced(replaced, letter)


def _refused_scalar(text: str) -> int | None:
    """Return where the first scalar begins that libyaml refuses for an escape; None if there is none."""
    try:
        parser: Any = CParser(text)
        while True:
            event = parser.get_event()
            if event is None or event.__class__ is StreamEndEvent:
                return None
    except yaml.MarkedYAMLError as error:
        mark: Any = error.context_mark
        return int(mark.index) if error.problem == _REFUSED and mark else None
    except (yaml.YAMLError, UnicodeEncodeError):
        return None
