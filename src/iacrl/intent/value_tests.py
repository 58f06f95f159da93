"""What an intent may require of one value.

A plain JSON value requires equality. An object whose keys are all names below requires all of them:

    equals        the same value, as the domain compares (`Domain.same_value`)
    one_of        equal to one of these
    matches       a string in which this RE2 regular expression finds a match
    at_least      a number, or a string that is one, of at least this
    at_most       ... of at most this
    cidr          the same network: `2001:db8::/32` is `2001:0db8::/32`
    json          JSON text (or the value itself) that means exactly this, whatever its spaces and the order of its keys
    items         a list with exactly these elements, in any order
    includes      a list with at least these elements, or a mapping with at least these pairs
    some          a list with an element that passes all these tests (path -> test); in a list of such objects,
                  each is a separate clause
    keys          a mapping with exactly these keys, in any order
    length        a list of this many elements
    present       true: there is a value
    absent        true: there is no value, or null
    refers_to     refers to the entity of that alias (`Domain.flows`): uses one of its values, or its name
    by            with refers_to: the attribute, or one of several, at the end of an expression
    scalar        true: one value, not a list or a mapping of values

A domain may add its own tests (`Domain.value_tests`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from iacrl.domains.base import DomainTest, as_given
from iacrl.domains.paths import parse_path
from iacrl.effort import TooMuchError
from iacrl.errors import UserError, did_you_mean
from iacrl.intent.networks import parse_network
from iacrl.patterns import InvalidPatternError, compile_pattern
from iacrl.text import to_bytes


@dataclass(frozen=True)
class ValueTest:
    """One or more checks that a value must pass together.

    Attributes:
        checks: `(name, argument)` of each; the argument of `some` holds `(path, ValueTest)`s.
        own: The domain's own tests among them, by name.
    """

    checks: tuple[tuple[str, Any], ...]
    own: Mapping[str, DomainTest] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def absent(self) -> bool:
        """Whether a value is forbidden."""
        return "absent" in dict(self.checks)

    @cached_property
    def wanted(self) -> Mapping[str, Any]:
        """The tests that a present value must pass, by name."""
        return {name: argument for name, argument in self.checks if name != "absent"}

    @property
    def paths_within(self) -> tuple[str, ...]:
        """The paths of `some`, within one element."""
        return tuple(path for name, argument in self.checks if name == "some" for path, _ in argument)

    def __str__(self) -> str:
        if len(self.checks) == 1 and self.checks[0][0] == "equals":
            return f"= {show(self.checks[0][1])}"
        return " and ".join(_words(name, argument, self.own.get(name)) for name, argument in self.checks)


#: The tests of one `some`: paths within an element, and what is required there.
ElementTests = Sequence[tuple[str, ValueTest]]


def read_test(raw: object, own: Mapping[str, DomainTest]) -> ValueTest:
    """Read a plain value or an object of tests.

    Args:
        raw: The value in the intent.
        own: The domain's own tests, in addition to the general ones.

    Raises:
        UserError: A test is unknown or its argument is of the wrong kind.
    """
    if not isinstance(raw, Mapping):
        return ValueTest((("equals", raw),))
    if not raw:
        raise UserError('no test is given: write a plain value, or {"equals": {}} for an empty mapping.')
    for name in raw:
        if name not in _ARGUMENTS and name not in own:
            nearest = did_you_mean(str(name), [*_ARGUMENTS, *own])
            raise UserError(f'unknown test {name!r}.{nearest} For a mapping write {{"equals": …}}.')
    if "by" in raw and "refers_to" not in raw:
        raise UserError("'by' needs 'refers_to' too.")
    checks = tuple((name, _argument(name, argument, own)) for name, argument in raw.items())
    return ValueTest(checks, {name: own[name] for name in raw if name not in _ARGUMENTS})


def _argument(name: str, argument: Any, own: Mapping[str, DomainTest]) -> Any:
    if name == "some":
        return _some(argument, own)
    read = _ARGUMENTS.get(name)
    if read is not None:
        return read(name, argument)
    return _alias(name, argument) if own[name].of_alias else own[name].read(name, argument)


def read_tests(raw: object, own: Mapping[str, DomainTest]) -> list[ValueTest]:
    """Read the tests at one path of an intent: one, or several if `some` lists several elements.

    Raises:
        UserError: A test is unknown or its argument is of the wrong kind.
    """
    if not isinstance(raw, Mapping) or not isinstance(raw.get("some"), list | tuple):
        return [read_test(raw, own)]
    others = {name: argument for name, argument in raw.items() if name != "some"}
    elements = [read_test({"some": element}, own) for element in raw["some"]]
    return elements + ([read_test(others, own)] if others else [])


def aliases_in(test: ValueTest) -> Iterator[str]:
    """Yield every alias in the test."""
    for name, argument in test.checks:
        if name == "refers_to" or (name in test.own and test.own[name].of_alias):
            yield argument
        elif name == "some":
            for _, inner in argument:
                yield from aliases_in(inner)


def show(value: Any) -> str:
    """Return a value as a person would write it, shortened if it is long."""
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _words(name: str, argument: Any, own: DomainTest | None) -> str:
    if name == "some":
        return "some element with " + ", ".join(f"{path} {test}" for path, test in argument)
    if own is not None and own.words is not None:
        return own.words(argument)
    if name in ("present", "absent", "scalar"):
        return "is one value" if name == "scalar" else f"is {name}"
    as_it_is = name in ("refers_to", "by") or (own is not None and own.of_alias)
    return f"{name.replace('_', ' ')} {argument if as_it_is else show(argument)}"


def _array(name: str, argument: Any) -> Any:
    if not isinstance(argument, list | tuple) or not argument:
        raise UserError(f"{name!r} is {argument!r}: expected a list with elements.")
    return tuple(argument)


def _array_or_table(name: str, argument: Any) -> Any:
    return dict(argument) if isinstance(argument, Mapping) and argument else _array(name, argument)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression in RE2 syntax."""

    source: str

    def __str__(self) -> str:
        return f'"{self.source}"'

    def finds_in(self, value: Any) -> bool:
        """Return whether a value is a string in which the expression finds a match.

        Raises:
            TooMuchError: It takes too long to find out.
        """
        if not isinstance(value, str):
            return False
        whole = to_bytes(value).decode("utf-8", "replace")  # RE2 refuses lone surrogates
        return compile_pattern(self.source, large=False).search(whole) is not None


def _pattern(name: str, argument: Any) -> Pattern:
    if not isinstance(argument, str):
        raise UserError(f"{name!r} is {show(argument)}: expected a regular expression.")
    try:
        compile_pattern(argument, large=False)
    except InvalidPatternError as error:
        raise UserError(f"{name!r} is {show(argument)}: expected a regular expression of RE2 ({error}).") from None
    except TooMuchError:
        raise UserError(f"{name!r} is {show(argument)}: expected a smaller regular expression.") from None
    return Pattern(argument)


def _number(name: str, argument: Any) -> Any:
    if isinstance(argument, bool) or not isinstance(argument, int | float):
        raise UserError(f"{name!r} is {argument!r}: expected a number.")
    return argument


def _cidr(name: str, argument: Any) -> Any:
    if parse_network(argument) is None:
        raise UserError(f'{name!r} is {argument!r}: expected a network such as "10.0.0.0/16".')
    return argument


def _true(name: str, argument: Any) -> Any:
    if argument is not True:
        raise UserError(f"{name!r} is {argument!r}: expected true.")
    return argument


def _alias(name: str, argument: Any) -> Any:
    if not isinstance(argument, str) or not argument:
        raise UserError(f"{name!r} is {argument!r}: expected the `as` of another entity.")
    return argument


def _attributes(name: str, argument: Any) -> Any:
    names = (argument,) if isinstance(argument, str) else argument
    if not isinstance(names, list | tuple) or not names or not all(isinstance(item, str) for item in names):
        raise UserError(f"{name!r} is {argument!r}: expected an attribute's name, or a list of them.")
    return tuple(names)


def _some(argument: Any, own: Mapping[str, DomainTest]) -> Any:
    if not isinstance(argument, Mapping) or not argument:
        raise UserError(f"'some' is {argument!r}: expected an object of path -> test.")
    if _levels(argument) > _MOST_LEVELS:
        raise UserError(f"'some' is nested more than {_MOST_LEVELS} levels deep.")
    for path in argument:
        parse_path(path)
    return tuple((path, read_test(test, own)) for path, test in argument.items())


def _levels(argument: Mapping[str, Any]) -> int:
    """Return how deep `some` is nested, but at most one level more than is allowed; without recursion."""
    levels, inside = 0, [argument]
    while inside and levels <= _MOST_LEVELS:
        levels += 1
        tests = (test for one in inside for test in one.values() if isinstance(test, Mapping))
        inside = [test["some"] for test in tests if isinstance(test.get("some"), Mapping)]
    return levels


#: Each level takes several Python frames, to read, to check and to say it.
_MOST_LEVELS = 20

#: How to read the argument of each general test; that of `some` contains tests itself.
_ARGUMENTS: dict[str, Callable[[str, Any], Any] | None] = {
    "equals": as_given,
    "one_of": _array,
    "matches": _pattern,
    "at_least": _number,
    "at_most": _number,
    "cidr": _cidr,
    "json": as_given,
    "items": _array,
    "includes": _array_or_table,
    "some": None,
    "keys": _array,
    "length": _number,
    "present": _true,
    "absent": _true,
    "scalar": _true,
    "refers_to": _alias,
    "by": _attributes,
}
