"""Seeded random Terraform expressions, well typed and ill typed, for `tools/compare_expressions.py`."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

from iacrl.domains.terraform.expressions.functions.signatures import TABLE

#: Declarations that every generated expression may refer to; their values are unknown to `terraform validate`.
VARIABLES = """
variable "s" { type = string }
variable "n" { type = number }
variable "b" { type = bool }
variable "any" {}
variable "l" { type = list(string) }
variable "ln" { type = list(number) }
variable "m" { type = map(string) }
variable "mo" { type = map(object({ a = string, b = number })) }
variable "st" { type = set(string) }
variable "o" { type = object({ a = string, b = optional(number, 3), c = list(string) }) }
variable "lo" { type = list(object({ a = string, d = bool })) }
variable "tu" { type = tuple([string, number]) }
""".strip()

#: Values for those variables, which a plan needs.
VARIABLE_VALUES = {
    "s": "x",
    "n": 1,
    "b": True,
    "any": 1,
    "l": ["x", "y"],
    "ln": [1],
    "m": {"k": "v"},
    "mo": {},
    "st": ["x"],
    "o": {"a": "", "c": []},
    "lo": [],
    "tu": ["", 1],
}

_BY_TYPE = {
    "string": ["var.s", "var.o.a", "var.l[0]", "var.tu[0]", "path.module", "var.any"],
    "number": ["var.n", "var.o.b", "var.ln[0]", "var.tu[1]", "var.any"],
    "bool": ["var.b", "var.any"],
    "list": ["var.l", "var.ln", "var.o.c", "var.lo", "var.st", "var.tu", "var.lo[*].a", "var.any", "values(var.m)"],
    "map": ["var.m", "var.o", "var.mo", "var.any"],
}
_STRINGS = [
    "",
    "a",
    "b",
    "c",
    "hello world",
    "Hello",
    "10",
    "1.5",
    "-3",
    "true",
    "false",
    "null",
    "é",
    "x-y_z",
    "a,b,c",
    "  pad ",
    "line\nbreak",
    "10.0.0.0/16",
    "10.0.0.0/8",
    "192.168.1.0/24",
    "fd00::/48",
    "2020-02-03T04:05:06Z",
    "2024-12-31T23:59:59+01:00",
    "1h30m",
    "YYYY-MM-DD",
    "%s",
    "%d",
    "%s-%s",
    "%05.2f|%q|%v",
    "%t %x",
    '{"a":[1,2]}',
    "[1,",
    "a: 1",
    "aGVsbG8=",
    "a,b\n1,2",
    "/[a-z]+/",
    "[a-z]+",
    "(a)(b)?",
    "(?P<x>h)(?P<y>e)",
    "(?=a)",
    "utf-8",
    "UTF-16LE",
    "zz",
    "foo.txt",
    "日本",
]
_NUMBERS = ["0", "1", "2", "3", "5", "8", "10", "16", "24", "32", "-1", "1.5", "0.1", "255", "1e3", "100", "1000000"]
_TYPES = ["string", "number", "bool", "list", "map"]
_SKIPPED = {"bcrypt", "uuid", "timestamp", "plantimestamp", "templatestring", "rsadecrypt", "base64gzip", "abspath"}
_FUNCTIONS = sorted(set(TABLE) - _SKIPPED)


class Generator:
    """Makes expressions; the same seed makes the same ones.

    Args:
        seed: The seed of the random numbers.
        wrong: How often a part has the wrong type, from 0 to 1.
        unknown: How often a variable is used instead of a constant, from 0 to 1.
    """

    def __init__(self, seed: int, wrong: float = 0.06, unknown: float = 0.12) -> None:
        self.random = random.Random(seed)
        self.wrong = wrong
        self.unknown = unknown
        self.names: list[str] = []
        self.next_name = 0

    def expression(self, depth: int = 4) -> str:
        """Return an expression of any type."""
        return self.of(self.random.choice(_TYPES), depth)

    def of(self, kind: str, depth: int) -> str:
        """Return an expression that usually gives the wanted kind of value."""
        chance = self.random.random()
        if chance < self.wrong:
            kind = self.random.choice(_TYPES)
            if chance < self.wrong / 6:
                return "null"
        if self.names and self.random.random() < 0.15:
            return self.random.choice(self.names)
        if depth <= 0 or self.random.random() < 0.2:
            return self.leaf(kind)
        choices: list[Callable[[str, int], str]] = [
            self.call,
            self.call,
            self.operation,
            self.conditional,
            self.structure,
            self.structure,
            self.iteration,
            self.access,
        ]
        return self.random.choice(choices)(kind, depth - 1)

    def leaf(self, kind: str) -> str:
        """Return a constant or a variable."""
        if self.random.random() < self.unknown:
            return self.random.choice(_BY_TYPE[kind])
        if kind == "string":
            return quoted(self.random.choice(_STRINGS))
        if kind == "number":
            return self.random.choice(_NUMBERS)
        if kind == "bool":
            return self.random.choice(["true", "false"])
        if kind == "list":
            return self.random.choice(
                ['["a", "b"]', "[1, 2, 3]", "[]", '["a", 1]', 'toset(["x", "y"])', "[[1], [2]]", "tolist([3])"]
            )
        return self.random.choice(
            ["{ a = 1 }", '{ a = "x", b = "y" }', "{}", '{ a = ["x"] }', "tomap({ k = 1 })", "{ a = { b = 1 } }"]
        )

    def call(self, kind: str, depth: int) -> str:
        """Return a call of a random function, preferably of one that returns the wanted kind."""
        for _ in range(6):
            name = self.random.choice(_FUNCTIONS)
            returns = TABLE[name].rpartition("-> ")[2]
            if returns == "any" or returns.startswith(kind) or (kind == "list" and returns.startswith("set")):
                break
        written = TABLE[name].rpartition("-> ")[0].strip()
        arguments: list[str] = []
        for parameter in filter(None, written.split(", ")):
            label, _, wanted = parameter.partition(": ")
            times = self.random.choice([0, 1, 1, 2, 3]) if label.startswith("*") else 1
            arguments += [
                self.argument(name, label.removeprefix("*"), wanted.removesuffix("?"), depth) for _ in range(times)
            ]
        if self.random.random() < self.wrong / 2:
            arguments = arguments[:-1] if self.random.random() < 0.5 else [*arguments, self.expression(0)]
        expand = "..." if arguments and self.random.random() < 0.03 else ""
        return f"{name}({', '.join(arguments)}{expand})"

    def argument(self, function: str, label: str, wanted: str, depth: int) -> str:
        """Return an argument for a parameter."""
        outer, _, inner = wanted.rstrip(")").partition("(")
        if outer in ("list", "set"):
            if inner in ("string", "number", "bool") and self.random.random() < 0.6:
                return f"[{', '.join(self.of(inner, depth - 1) for _ in range(self.random.randint(0, 3)))}]"
            return self.of("list", depth)
        if outer == "map":
            return self.of("map", depth)
        if outer == "any":
            if label in ("list", "seqs", "sets", "vals") and function not in ("coalesce", "index"):
                return self.of("list", depth)
            if label in ("inputMap", "maps", "mapping", "vars"):
                return self.of("map", depth)
            if function == "parseint":
                return self.of("string", depth)
            return self.expression(depth)
        return self.of(outer, depth)

    def operation(self, kind: str, depth: int) -> str:
        """Return an arithmetic, comparing or logical operation, or a template."""
        if kind == "number":
            if self.random.random() < 0.15:
                return f"-{self.of('number', depth)}"
            return f"({self.of('number', depth)} {self.random.choice('+-*/%')} {self.of('number', depth)})"
        if kind == "bool":
            way = self.random.random()
            if way < 0.2:
                return f"!{self.of('bool', depth)}"
            if way < 0.45:
                return f"({self.of('bool', depth)} {self.random.choice(['&&', '||'])} {self.of('bool', depth)})"
            if way < 0.7:
                sign = self.random.choice(["<", "<=", ">", ">="])
                return f"({self.of('number', depth)} {sign} {self.of('number', depth)})"
            return f"({self.expression(depth)} {self.random.choice(['==', '!='])} {self.expression(depth)})"
        if kind == "string":
            part = self.expression(depth) if self.random.random() < self.wrong else self.of("string", depth)
            way = self.random.random()
            if way < 0.5:
                before, after = self.random.choice(["a-", "", "x "]), self.random.choice(["", ".z", "${1}"])
                return f'"{before}${{{part}}}{after}"'
            if way < 0.75:
                condition = self.of("bool", depth)
                return f'"%{{ if {condition} }}y${{{part}}}%{{ else }}n%{{ endif }}"'
            name = self.name()
            collection = self.of("list", depth)
            body = self.inside([name], lambda: self.of("string", depth - 1))
            return f'"%{{ for {name} in {collection} }}${{{body}}},%{{ endfor }}"'
        return self.structure(kind, depth)

    def conditional(self, kind: str, depth: int) -> str:
        """Return a conditional."""
        return f"({self.of('bool', depth)} ? {self.of(kind, depth)} : {self.of(kind, depth)})"

    def structure(self, kind: str, depth: int) -> str:
        """Return a tuple or an object, with parts of one type or of several."""
        if kind not in ("list", "map"):
            return self.call(kind, depth)
        of = self.random.choice(_TYPES)
        mixed = self.random.random() < 0.25
        parts = [self.expression(depth) if mixed else self.of(of, depth) for _ in range(self.random.randint(0, 3))]
        if kind == "list":
            return f"[{', '.join(parts)}]"
        keys = self.random.sample(["a", "b", "c", '"d e"', "(var.s)", "1"], k=len(parts))
        return "{ " + ", ".join(f"{key} = {part}" for key, part in zip(keys, parts, strict=True)) + " }"

    def iteration(self, kind: str, depth: int) -> str:
        """Return a `for` expression or a splat."""
        if kind not in ("list", "map"):
            return self.conditional(kind, depth)
        collection = self.of(self.random.choice(["list", "list", "map"]), depth)
        if kind == "list" and self.random.random() < 0.2:
            return f"({collection})[*]{self.random.choice(['', '.a', '[0]', '.b'])}"
        key, value = self.name(), self.name()
        names = [key, value] if self.random.random() < 0.5 else [value]
        filtered = ""
        if self.random.random() < 0.3:
            filtered = " if " + self.inside(names, lambda: self.of("bool", depth - 1))
        result = self.inside(names, lambda: self.expression(depth - 1))
        if kind == "list":
            return f"[for {', '.join(names)} in {collection} : {result}{filtered}]"
        label = self.inside(names, lambda: self.of("string", depth - 1))
        groups = "..." if self.random.random() < 0.3 else ""
        return f"{{ for {', '.join(names)} in {collection} : {label} => {result}{groups}{filtered} }}"

    def access(self, kind: str, depth: int) -> str:
        """Return an attribute or an element of something."""
        way = self.random.random()
        if way < 0.4:
            step = self.random.choice([".a", ".b", '["a"]', '["zz"]'])
            return f"({self.of('map', depth)}){step}"
        if way < 0.8:
            return f"({self.of('list', depth)})[{self.of('number', 0)}]"
        return f"({self.expression(depth)})[{self.expression(0)}]"

    def name(self) -> str:
        """Return a fresh name."""
        self.next_name += 1
        return f"v{self.next_name}"

    def inside(self, names: list[str], make: Callable[[], str]) -> str:
        """Make an expression that may use the names."""
        self.names += names
        made = make()
        del self.names[-len(names) :]
        return made


def quoted(text: str) -> str:
    """Write a string literal."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
