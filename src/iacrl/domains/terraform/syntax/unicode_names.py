"""Which characters a name may contain, for names that are not ASCII.

HCL follows Unicode's ID_Start and ID_Continue, with `_` to begin and `-` inside. Both are derived from the general
category (https://www.unicode.org/reports/tr31/#D1): letters and letter numbers begin; marks, digits and connectors
follow; the few exceptions are listed in PropList.txt as Other_ID_Start and Other_ID_Continue.

Compared with Terraform 1.11 on every assigned character. It refuses characters added after Unicode 9 (15,381 in 164
ranges, such as Georgian capitals). They are accepted here, as by newer versions. Otherwise the two agree.
"""

from __future__ import annotations

import unicodedata

_START = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nl"})
_CONTINUE = _START | {"Mn", "Mc", "Nd", "Pc"}
_OTHER_START = frozenset("\u1885\u1886\u2118\u212e\u309b\u309c")
_OTHER_CONTINUE = frozenset("-\xb7\u0387\u1369\u136a\u136b\u136c\u136d\u136e\u136f\u1370\u1371\u19da")
_NEITHER = frozenset("\u2e2f")


def name_length(text: str) -> int:
    """Return how many characters at the beginning of `text` are a name; 0 if there is none."""
    for index, character in enumerate(text):
        if character in _NEITHER:
            return index
        category = unicodedata.category(character)
        if index == 0:
            fits = category in _START or character in _OTHER_START or character == "_"
        else:
            fits = category in _CONTINUE or character in _OTHER_START or character in _OTHER_CONTINUE
        if not fits:
            return index
    return len(text)
