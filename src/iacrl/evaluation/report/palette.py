"""The colours of a report, in a light and a dark form: the same in the page, in its charts and in the PNG files.

Text keeps a contrast of at least 4.5:1 against its background in both forms, and the marks of models and runs 3:1. No
chart relies on colour alone: markers, dashes or labels make the same distinctions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = get_args(Theme)

#: Colour name -> (light, dark). The page has each as a CSS variable of that name.
COLOURS: Mapping[str, tuple[str, str]] = {
    "page": ("#f6f7f9", "#101418"),
    "surface": ("#ffffff", "#181d23"),
    "raised": ("#eef1f5", "#222932"),
    "ink": ("#16202b", "#e8edf2"),
    "muted": ("#526071", "#a3b0be"),
    "grid": ("#d9dfe6", "#333d48"),
    "accent": ("#0b57b0", "#7db8ff"),
    "good": ("#12703c", "#5fce8d"),
    "bad": ("#b3261e", "#ff8a80"),
    "warn": ("#8a5300", "#f0b450"),
    "neutral": ("#6b7785", "#93a1b0"),
    # The syntax of a text: comments, numbers, strings, keywords, names
    "syntax-0": ("#526071", "#a3b0be"),
    "syntax-1": ("#8a3b00", "#f0b383"),
    "syntax-2": ("#0f6634", "#7fd6a2"),
    "syntax-3": ("#7a2f9e", "#d4a8f5"),
    "syntax-4": ("#0b4f9e", "#8cc2ff"),
    # Models and runs
    "series-0": ("#7a4fa3", "#c4a1ee"),
    "series-1": ("#c2570c", "#ff9f5a"),
    "series-2": ("#0b6bcb", "#6db6ff"),
    "series-3": ("#0f766e", "#4fd1c0"),
    "series-4": ("#b0246b", "#ff8fc4"),
    "series-5": ("#6b6a12", "#d4cf5a"),
    # The layers that a completion passed, from none to all
    "step-0": ("#7f1d1d", "#ffb4ab"),
    "step-1": ("#b3391f", "#f28b70"),
    "step-2": ("#d9692a", "#d9743f"),
    "step-3": ("#eb9a4d", "#b26a2a"),
    "step-4": ("#f4c98a", "#84592a"),
    "step-5": ("#c3cad3", "#5b6774"),
    "step-6": ("#a9c7ea", "#2f5f96"),
    "step-7": ("#0b57b0", "#7db8ff"),
}

#: The number of series colours; further series start again from the first.
SERIES = sum(name.startswith("series-") for name in COLOURS)


def colours(theme: Theme) -> dict[str, str]:
    """Return colour name to `#rrggbb`."""
    return {name: pair[theme == "dark"] for name, pair in COLOURS.items()}


def series_name(hue: int) -> str:
    """Return the name of a series' colour; -1 is neutral."""
    return "neutral" if hue < 0 else f"series-{hue % SERIES}"
