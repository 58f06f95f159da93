"""Every built-in function, called with symbols, unknowns, nulls and odd values: a verdict never raises."""

import random
from fractions import Fraction

import pytest

from iacrl.domains.terraform.cty import types, values
from iacrl.domains.terraform.cty.conversion import ConversionError, convert
from iacrl.domains.terraform.document.static_names import StaticNames
from iacrl.domains.terraform.document.symbolic_frame import SymbolicFrame
from iacrl.domains.terraform.document.symbols import Origin, Symbol
from iacrl.domains.terraform.expressions.frame import Budget, Frame
from iacrl.domains.terraform.expressions.functions import builtin
from iacrl.domains.terraform.expressions.functions.arguments import CallError
from iacrl.domains.terraform.expressions.functions.signatures import TABLE

#: `try`, `can` and the templates look at expressions, not at values.
NAMES = sorted({*TABLE, *builtin._TOFU} - {"can", "templatefile", "templatestring", "try"})
TEXTS = (
    "", "a", "1", "-1.5", "true", "%s %d %v", "é\U0001f600", ".*", "(", "10.0.0.0/8", "2020-01-01T00:00:00Z", "[1]",
    "{", "a,b\n1",
)  # fmt: skip
NUMBERS = (0, 1, -1, 2, 10**30, float("inf"), Fraction(1, 3), 1.5)
ELEMENTS = (types.STRING, types.NUMBER, types.DYNAMIC, types.list_of(types.STRING))
TYPES = (
    *ELEMENTS,
    types.BOOL,
    *(made(element) for made in (types.list_of, types.set_of, types.map_of) for element in ELEMENTS),
    types.tuple_of([types.STRING, types.NUMBER]),
    types.object_of({"a": types.STRING}),
)


class Odd:
    """The values of symbols according to a text that gives them any type."""

    def __init__(self, pool, rng):
        self.pool, self.rng = pool, rng

    def settled(self, value):
        return self.rng.choice(self.pool) if isinstance(value, Symbol) else value

    def find(self, origin):
        return self.rng.choice(self.pool)


class Arguments:
    """Random arguments that a call may pass: already converted to the parameters' types."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.names = StaticNames((), lambda _: Odd(self.leaves, self.rng))
        symbols = self.names.symbols
        self.leaves = [*map(values.string, TEXTS), *map(values.number, NUMBERS), values.TRUE, values.NULL]
        self.leaves.append(values.unknown(types.STRING).marked(values.SENSITIVE))
        for type in TYPES:
            symbol = symbols.symbol(Origin("aws_vpc.a", (".id",)), type)
            self.leaves += [values.unknown(type), values.unknown(type, not_null=True), values.null(type), symbol]
        self.leaves.append(symbols.spelled(f"a{symbol.spelling}b"))

    def value(self, depth=2):
        if depth == 0 or self.rng.random() < 0.5:
            return self.rng.choice(self.leaves)
        parts = [self.value(depth - 1) for _ in range(self.rng.randrange(4))]
        if self.rng.random() < 0.4:
            return values.object_value(dict(zip("abc", parts, strict=False)))
        return values.tuple_value(parts)

    def of(self, type):
        while True:
            try:
                return convert(self.value(), type)
            except ConversionError:
                pass


def outcome(frame, name, signature, passed):
    try:
        made = frame.call(name, signature, passed)
    except CallError as error:
        return error
    assert isinstance(made, values.Value)
    return made


@pytest.mark.parametrize("name", NAMES)
def test_a_function_takes_anything_and_refuses_no_symbol_that_may_fit(name):
    signature = builtin.find_signature(name) or builtin.find_tofu_signature(name)
    arguments = Arguments(name)
    for _ in range(100):
        count = len(signature.parameters) + (arguments.rng.randrange(3) if signature.variadic else 0)
        passed = [arguments.of(signature.parameter(position).type) for position in range(count)]
        unfollowed, followed = (
            outcome(kind(arguments.names, [], None, None, Budget()), name, signature, passed)
            for kind in (Frame, SymbolicFrame)
        )
        if isinstance(followed, CallError):
            assert isinstance(unfollowed, CallError), (followed.message, passed)
