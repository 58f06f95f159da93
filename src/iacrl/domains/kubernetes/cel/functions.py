"""The functions of expressions, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from iacrl.domains.kubernetes.cel.conversions import CONVERSIONS
from iacrl.domains.kubernetes.cel.library_functions import LIBRARIES
from iacrl.domains.kubernetes.cel.list_functions import LISTS
from iacrl.domains.kubernetes.cel.operators import OPERATORS
from iacrl.domains.kubernetes.cel.text_functions import TEXTS
from iacrl.domains.kubernetes.cel.time_functions import TIMES

#: By name; a method takes what it is called on first.
FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    **TEXTS,
    **OPERATORS,
    **CONVERSIONS,
    **LISTS,
    **TIMES,
    **LIBRARIES,
}
