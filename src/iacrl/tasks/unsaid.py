"""Values that an intent wants and the request never mentions: nobody could know them, so a policy can only guess."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from iacrl.tasks.task import Task

#: Tests with a value that the request must give. The others ask for a form, or for another entity.
_GIVEN: Final = frozenset({"equals", "one_of", "cidr", "json", "items", "includes", "some", "at_least", "at_most"})
#: What one number of a request may be multiplied by: seconds of minutes, hours, days and weeks; bytes and milli-units.
_UNITS: Final = (1, 60, 3600, 86_400, 604_800, 7, 24, 1000, 1024, 1024**2, 1024**3, 30, 365)
_NUMBER = re.compile(r"\d[\d,_]*(?:\.\d+)?")
#: A name, an address, a version: a word that nobody can guess. Words of the domain ("Enabled") are paraphrased freely.
_OWN = re.compile(r"(?=.*\d)|(?=\S*[-./:@_]\S)")
_PIECE = re.compile(r"[a-z0-9]+")
_SHORTEST = 3


def unsaid_values(task: Task) -> tuple[str, ...]:
    """Return the values that a task's intent wants and its request and input do not mention.

    Looked for are names, addresses and numbers; not switches, references and the domain's own words. A value is
    mentioned if all its letters and digits are there in one piece, or each part of it is. A number is also mentioned in
    another unit, such as 604,800 seconds as 7 days.
    """
    if task.intent is None:
        return ()
    said = f"{task.instruction}\n{task.input}".casefold()
    pieces = set(_PIECE.findall(said))
    numbers = [float(found.replace(",", "").replace("_", "")) for found in _NUMBER.findall(said)]
    wanted = dict.fromkeys(
        value for entity in task.intent.to_json().get("must_exist", ()) for value in _values(entity.get("with", {}))
    )
    return tuple(str(value) for value in wanted if not _is_said(value, said, pieces, numbers))


def checkable_values(task: Task) -> int:
    """Return how many values of a task `unsaid_values` looks for."""
    if task.intent is None:
        return 0
    entities = task.intent.to_json().get("must_exist", ())
    return len({str(value) for entity in entities for value in _values(entity.get("with", {}))})


def _values(tests: Any) -> Iterator[str | float]:
    """Yield the names and numbers in the tests of an entity, or in an argument of one."""
    if isinstance(tests, Mapping):
        for test in tests.values():
            if isinstance(test, Mapping):
                for name, argument in test.items():
                    if name in _GIVEN:
                        yield from _values(argument)
            else:
                yield from _values(test)
    elif isinstance(tests, Sequence) and not isinstance(tests, str):
        for one in tests:
            yield from _values(one)
    elif isinstance(tests, str):
        if len(tests) >= _SHORTEST and _OWN.match(tests):
            yield tests
    elif isinstance(tests, int | float) and not isinstance(tests, bool) and tests not in (0, 1, -1):
        yield tests


def _is_said(value: str | float, said: str, pieces: set[str], numbers: Sequence[float]) -> bool:
    if isinstance(value, str):
        wanted = value.casefold()
        if wanted in said or set(_PIECE.findall(wanted)) <= pieces:
            return True
        found = re.fullmatch(r"\D{0,3}(\d+(?:\.\d+)?)\D{0,3}", wanted)  # 250m, 1Gi, PT5M
        if found is None:
            return False
        value = float(found[1])
    return any(abs(value) in (number * unit, number / unit) for number in numbers for unit in _UNITS)
