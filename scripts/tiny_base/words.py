"""Names and values to copy: half of the words are real, half are built from random vocabulary pieces.

A model that only copies words of its training text learns those words. Invented words teach it to copy anything.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

_UNITS = ("Mi", "Gi", "m", "s", "h", "d", "GB", "MB", "ms", "%", "k", " days", " seconds", " GB", "")


@dataclass(frozen=True, slots=True)
class Words:
    """Draws words, names and values. `real` are whole words, `pieces` the vocabulary's alias pieces."""

    real: Sequence[str]
    pieces: Sequence[str]

    def word(self, rng: random.Random) -> str:
        """Return a word of letters."""
        if rng.random() < 0.5:
            return rng.choice(self.real)
        return "".join(rng.choices(self.pieces, k=rng.choice((1, 2, 2, 3))))

    def name(self, rng: random.Random) -> str:
        """Return one to three words joined by `-`, `_` or `.`, perhaps with a number."""
        joint = rng.choice("---__.")
        parts = [self.word(rng) for _ in range(rng.choice((1, 1, 2, 2, 2, 3)))]
        if rng.random() < 0.25:
            parts.append(str(rng.randint(0, 99)))
        return joint.join(parts)

    def value(self, rng: random.Random) -> str:
        """Return a value of the sort found in configurations."""
        match rng.randrange(9):
            case 0:
                return str(rng.choice((rng.randint(0, 9), rng.randint(10, 400), rng.randint(400, 70000))))
            case 1:
                return f"{rng.randint(1, 999)}{rng.choice(_UNITS)}"
            case 2:
                return f"10.{rng.randint(0, 255)}.{rng.randint(0, 255)}.0/{rng.randint(16, 28)}"
            case 3:
                return f"{self.word(rng)}-{self.word(rng)}-{rng.randint(1, 3)}"
            case 4:
                return f"{self.name(rng)}:{rng.randint(1, 20)}.{rng.randint(0, 30)}"
            case 5:
                return "/" + "/".join(self.word(rng) for _ in range(rng.randint(1, 3)))
            case _:
                return self.name(rng)
