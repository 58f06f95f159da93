"""The common texts that many arguments are tried with, and which of them each expression of a provider matches."""

from __future__ import annotations

import random
import warnings
from collections.abc import Sequence

import numpy as np
import re2

from provider_facts.battery import LONG, SHORT
from provider_facts.samples import altered, matching
from provider_facts.survey import STRINGS

#: The texts written by hand.
WRITTEN: Sequence[str] = tuple(dict.fromkeys((*STRINGS, *SHORT, *LONG)))
#: How many matching texts are made of each expression, and how long they may be.
_EACH, _LONGEST = 4, 300
#: All expressions together, as one automaton, need more than the library allows by itself.
_MEMORY_BYTES = 1 << 30


def samples_of(patterns: Sequence[str], seed: int = 0) -> dict[str, list[str]]:
    """Return, by expression, texts that match it and texts that just fail to match."""
    source = random.Random(seed)
    found: dict[str, list[str]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # Python's parser warns of brackets in brackets.
        for pattern in patterns:
            made = [text for _ in range(_EACH) if (text := matching(pattern, source)) is not None]
            made += [f"a{text}b1" for text in made[:1] if not pattern.startswith("^")]
            both = [one for text in made if len(text) < _LONGEST for one in (text, altered(text, source))]
            found[pattern] = list(dict.fromkeys(both))
    return found


def found_in(patterns: Sequence[str], texts: Sequence[str]) -> np.ndarray:
    """Return which expression is found in which text: a row for each expression, a column for each text."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY_BYTES
    joined = re2.Set.SearchSet(options)
    for pattern in patterns:
        joined.Add(pattern)
    joined.Compile()
    found = np.zeros((len(patterns), len(texts)), dtype=bool)
    for column, text in enumerate(texts):
        found[joined.Match(text) or [], column] = True
    return found


def telling(found: np.ndarray, most: int | None = None) -> list[int]:
    """Return columns that distinguish the rows: the most useful one first, and none that is useless."""
    label = np.zeros(len(found), dtype=np.int64)
    chosen: list[int] = []
    while most is None or len(chosen) < most:
        both = found + 2 * label[:, None]
        counts = [len(np.unique(both[:, column])) for column in range(found.shape[1])]
        best = int(np.argmax(counts)) if counts else 0
        if not counts or counts[best] == label.max(initial=-1) + 1:
            break
        label = np.unique(both[:, best], return_inverse=True)[1]
        chosen.append(best)
    return chosen
