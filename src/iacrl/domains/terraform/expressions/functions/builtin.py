"""Terraform's built-in functions: which exist, what they take, and what they return for known arguments.

The implementations are in one module per group, which is imported when a text calls one of its functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.types import Type
from iacrl.domains.terraform.cty.values import ANY, NO_MARKS, UNKNOWN, NumberTooLarge, Value
from iacrl.domains.terraform.expressions.functions.arguments import CallError, Implementation, Unread
from iacrl.domains.terraform.expressions.functions.groups import (
    FILE_FUNCTIONS,
    GROUP_OF,
    IMPURE,
    MOVES_PARTS,
    TAKES_ANY,
    TAKES_MARKED,
    TAKES_UNKNOWN,
)
from iacrl.domains.terraform.expressions.functions.signatures import TABLE

if TYPE_CHECKING:
    from pathlib import Path


class Parameter(NamedTuple):
    """A parameter of a function: its name and type, and whether null may be passed."""

    name: str
    type: Type
    nullable: bool


class Signature(NamedTuple):
    """What a function takes and returns; `variadic` takes all arguments after the `parameters`."""

    parameters: tuple[Parameter, ...]
    variadic: Parameter | None
    returns: Type

    def parameter(self, position: int) -> Parameter:
        """Return the parameter that the argument at `position` is for."""
        if position < len(self.parameters):
            return self.parameters[position]
        return self.variadic or self.parameters[-1]


@cache
def find_signature(name: str) -> Signature | None:
    """Return the signature of a built-in function, or None if it does not exist."""
    if name in _REMOVED:
        return Signature((), Parameter("vals", types.DYNAMIC, True), types.DYNAMIC)
    return _read_signature(TABLE.get(name))


@cache
def find_tofu_signature(name: str) -> Signature | None:
    """Return the signature of a function that only OpenTofu has, or None if it does not exist there either."""
    return _read_signature(_TOFU.get(name))


def _read_signature(written: str | None) -> Signature | None:
    if written is None:
        return None
    taken, _, returns = written.rpartition("-> ")
    parameters: list[Parameter] = []
    variadic = None
    for part in filter(None, taken.strip().split(", ")):
        label, _, kind = part.partition(": ")
        made = Parameter(label.removeprefix("*"), _read_type(kind.removesuffix("?")), kind.endswith("?"))
        if label.startswith("*"):
            variadic = made
        else:
            parameters.append(made)
    return Signature(tuple(parameters), variadic, _read_type(returns))


def _read_type(written: str) -> Type:
    outer, bracket, inner = written.partition("(")
    if not bracket:
        return types.from_json(outer)
    return types.from_json([outer, _read_type(inner.removesuffix(")")).to_json()])


_TOFU: Final = {
    "base64gunzip": "str: string -> string",
    "cidrcontains": "containing_prefix: string, contained_ip_or_prefix: string -> bool",
    "urldecode": "str: string -> string",
}
_REMOVED: Final = {
    "list": (
        'the "list" function was deprecated in Terraform v0.12 and is no longer available; use tolist([ ... ]) syntax '
        "to write a literal list"
    ),
    "map": (
        'the "map" function was deprecated in Terraform v0.12 and is no longer available; use tomap({ ... }) syntax to '
        "write a literal map"
    ),
}


def suggest(name: str) -> str:
    """Return ` Did you mean "x"?` for the built-in function nearest to `name`, or nothing."""
    import difflib

    near = difflib.get_close_matches(name, TABLE, n=1, cutoff=0.6)
    return f' Did you mean "{near[0]}"?' if near else ""


def call(name: str, signature: Signature, arguments: Sequence[Value], directory: Path | Unread | None = None) -> Value:
    """Compute a call.

    Args:
        arguments: As many as it takes, already of the parameters' types.
        directory: The configuration's directory, for the functions on files; None for one text, `UNREAD` to read none.

    Raises:
        CallError: Terraform refuses these arguments.
    """
    if name in _REMOVED:
        raise CallError(_REMOVED[name])
    takes_any = name in TAKES_ANY
    for position, value in enumerate(arguments):
        if value.data is None and not signature.parameter(position).nullable:
            raise CallError("argument must not be null", position)
        if value.type.kind == "dynamic" and not takes_any:
            return ANY.marked(_all_marks(arguments))
    if name in IMPURE:
        return values.unknown(signature.returns, not_null=True)
    marks = NO_MARKS
    if name in MOVES_PARTS:
        if all(value.known for value in arguments):
            marks = NO_MARKS.union(*(value.marks for value in arguments))
        arguments = [value.unmarked() for value in arguments]
    elif name not in TAKES_MARKED and any(value.has_marks for value in arguments):
        marks = _all_marks(arguments)
        arguments = [values.unmark_deep(value)[0] for value in arguments]
    if name not in TAKES_UNKNOWN and any(value.data is UNKNOWN for value in arguments):
        return values.unknown(_RETURNS_ANYWAY.get(name, signature.returns), not_null=True).marked(marks)
    try:
        if name in FILE_FUNCTIONS:
            from iacrl.domains.terraform.expressions.functions.file_functions import call_on_file

            made = call_on_file(name, arguments, directory)
        else:
            made = _implementation(name)(*arguments)
    except NumberTooLarge:
        made = values.unknown(signature.returns)
    return made.marked(marks) if marks else made


#: Result types of functions that Terraform's metadata leaves open although they never vary.
_RETURNS_ANYWAY: Final = {"contains": types.BOOL, "index": types.NUMBER, "sum": types.NUMBER}


def _all_marks(arguments: Sequence[Value]) -> frozenset[str]:
    return NO_MARKS.union(*(values.unmark_deep(value)[1] for value in arguments))


@cache
def _implementation(name: str) -> Implementation:
    """Return the function of this name, behind an underscore, in the module of its group."""
    made: Implementation = getattr(import_module(f"{__package__}.{GROUP_OF[name]}"), f"_{name}")
    return made
