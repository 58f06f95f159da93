"""The parameters and results of Terraform's built-in functions, from `signatures.txt`."""

from __future__ import annotations

import os
from typing import Final


def _read() -> dict[str, str]:
    # Without pathlib, which a first verdict does not import.
    path = os.path.join(os.path.dirname(__file__), "signatures.txt")  # noqa: PTH118, PTH120
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        rows = (line.rstrip("\n").partition(": ") for line in file if not line.startswith("#"))
        return {name: signature for name, _, signature in rows}


TABLE: Final = _read()
