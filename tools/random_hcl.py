"""Random HCL that is valid by construction, and mutants of it that may not be.

Both are functions of a `random.Random`, so a seed always gives the same file. The generator covers the whole grammar of
HashiCorp's native syntax with all the spacing that it allows. It ignores meaning.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

_NAMES = (
    "a",
    "b",
    "aws_vpc",
    "main",
    "for",
    "in",
    "if",
    "null",
    "true",
    "_x",
    "a-b",
    "x1",
    "été",
    "each",
    "var",
    "EOT",
)
_NUMBERS = ("0", "1", "42", "007", "1.5", "1e3", "2.5E-3", "1e+2", "12345678901234567890", "0.0")
_OPERATORS = ("+", "-", "*", "/", "%", "==", "!=", "<", ">", "<=", ">=", "&&", "||")
_TEXTS = (
    "x",
    "hello world",
    " ",
    "$5",
    "100%",
    "$${a}",
    "%%{b}",
    "é",
    "a/b",
    "#no",
    "//no",
    "{",
    "}",
    "'",
    "$",
    "%",
    "~",
)
_ESCAPES = ("\\n", "\\t", "\\r", '\\"', "\\\\", "\\u00e9", "\\U0001F600")
_MARKERS = ("EOT", "E", "END_1", "a-b", "été")


class Generator:
    """Writes one valid file.

    Args:
        random: The source of every choice.
    """

    def __init__(self, random: Random) -> None:
        self.random = random
        self.depth = 0

    def file(self) -> str:
        """Return a file of a few items."""
        text = "\ufeff" if self.random.random() < 0.02 else ""
        text += self.body(self.random.randint(1, 3))
        if self.random.random() < 0.2:
            text = text.rstrip(" \t\n") if "<<" not in text else text
        if self.random.random() < 0.1:
            text = text.replace("\n", "\r\n")
        return text

    def body(self, count: int) -> str:
        """Return lines of arguments and blocks; no argument's name comes twice."""
        names = self.random.sample(_NAMES, min(count, len(_NAMES)))
        return "".join(self.blank_lines() + self.item(name) for name in names) + self.blank_lines()

    def item(self, name: str) -> str:
        """Return one argument or block with its newline."""
        if self.depth < 4 and self.random.random() < 0.45:
            return self.space() + self.block() + self.space() + self.line_end()
        value = self.expression(False)
        end = "\n" if self.ends_in_heredoc(value) else self.line_end()
        return self.space() + name + self.space() + "=" + self.space() + value + end

    def block(self) -> str:
        """Return a block, in one of its three shapes."""
        header = self.name()
        for _ in range(self.random.choice((0, 1, 1, 2, 2, 3))):
            header += self.some_space() + (self.quoted_label() if self.random.random() < 0.8 else self.name())
        header += self.space() + "{"
        shape = self.random.random()
        if shape < 0.15:
            return header + self.space() + "}"
        self.depth += 1
        if shape < 0.35:
            inner = self.space() + self.name() + self.space() + "=" + self.space() + self.expression(False)
            text = header + inner + self.space() + "}"
        else:
            text = header + self.space() + self.line_end() + self.body(self.random.randint(0, 3)) + self.space() + "}"
        self.depth -= 1
        # A heredoc's end marker ends its line, so no brace can follow it on a block of one line.
        return text if shape >= 0.35 or "<<" not in text else header + self.space() + "}"

    def expression(self, free: bool) -> str:
        """Return any expression; `free` says whether newlines are ignored around it."""
        if not free and self.random.random() < 0.06:
            return self.heredoc(False)
        self.depth += 1
        try:
            choice = 0.0 if self.depth > 5 else self.random.random()
            if choice < 0.68:
                return self.operand(free)
            if choice < 0.9:
                operator = self.random.choice(_OPERATORS)
                return self.operand(free) + self.some_gap(free) + operator + self.some_gap(free) + self.operand(free)
            parts = (self.operand(free), "?", self.operand(free), ":", self.operand(free))
            return self.some_gap(free).join(parts)
        finally:
            self.depth -= 1

    def operand(self, free: bool) -> str:
        """Return a term with what may follow it."""
        leaves: list[Callable[[bool], str]] = [self.number, self.constant, self.traversal, self.plain_string]
        inner: list[Callable[[bool], str]] = [
            self.quoted,
            self.heredoc if free else self.quoted,
            self.tuple,
            self.object,
            self.call,
            self.parentheses,
            self.unary,
            self.for_tuple,
            self.for_object,
        ]
        term = self.random.choice(leaves if self.depth > 5 or self.random.random() < 0.5 else inner)
        text = term(free)
        if term in (self.number, self.constant, self.unary) or text.endswith("\n"):
            return text
        for step in self.random.sample(range(8), self.random.choice((0, 0, 0, 0, 0, 1, 1, 2, 3))):
            text += self.step(step)
        return text

    def step(self, kind: int) -> str:
        """Return an attribute, index or splat. Each kind comes once: two old splats or indexes cannot follow."""
        if kind == 0:
            return f"[{self.gap(True)}{self.expression(True)}{self.gap(True)}]"
        if kind == 1:
            return self.space() + "." + self.space() + self.name()
        return ("", "", ".*", f".{self.random.randint(0, 12)}", "[*]", "[ * ]", "." + self.name(), '["key"]')[kind]

    def number(self, free: bool) -> str:
        """Return a number."""
        return self.random.choice(_NUMBERS)

    def constant(self, free: bool) -> str:
        """Return a keyword."""
        return self.random.choice(("true", "false", "null"))

    def name(self) -> str:
        """Return an identifier."""
        return self.random.choice(_NAMES)

    def traversal(self, free: bool) -> str:
        """Return a name with attributes."""
        return ".".join(self.name() for _ in range(self.random.randint(1, 4)))

    def plain_string(self, free: bool) -> str:
        """Return a quoted string without templates."""
        return '"' + self.literal_text() + '"'

    def literal_text(self) -> str:
        """Return text for a quoted string, with no accidental `$` or `%` before a brace."""
        parts = [self.random.choice(_TEXTS + _ESCAPES) for _ in range(self.random.randint(0, 3))]
        return re.sub(r"(?<=[$%])\{", "x", "".join(parts)) if not any("{" in part[1:] for part in parts) else parts[0]

    def quoted_label(self) -> str:
        """Return a label in quotes."""
        return self.plain_string(False)

    def quoted(self, free: bool) -> str:
        """Return a quoted template."""
        return '"' + self.template(self.literal_text) + '"'

    def template(self, literal: Callable[[], str]) -> str:
        """Return text with interpolations and directives; no `$` runs into them."""
        text = ""
        for _ in range(self.random.randint(1, 3)):
            choice = self.random.random()
            text += literal() + "-"
            left, right = self.random.choice(("", "~")), self.random.choice(("", "~"))
            if choice < 0.6 or self.depth > 6:
                text += f"${{{left}{self.gap(True)}{self.expression(True)}{self.gap(True)}{right}}}"
            elif choice < 0.8:
                text += f"%{{{left}{self.gap(True)}if {self.expression(True)}{self.gap(True)}{right}}}" + literal()
                if self.random.random() < 0.5:
                    text += f"-%{{{left} else {right}}}" + literal()
                text += f"-%{{ endif{self.gap(True)}{right}}}"
            else:
                names = self.name() + (self.gap(True) + "," + self.gap(True) + self.name()) * self.random.randint(0, 1)
                text += f"%{{ for {names} in {self.expression(True)}{self.gap(True)}{right}}}"
                text += self.template(literal) if self.depth < 4 else literal()
                text += f"-%{{{left} endfor }}"
        return text

    def heredoc(self, free: bool) -> str:
        """Return a heredoc. It ends with a newline only where newlines are ignored; elsewhere the line ends it."""
        marker = self.random.choice(_MARKERS)
        lines = [
            self.random.choice(("", "  ", "\t", "    "))
            + (self.template(self.heredoc_text) if self.random.random() < 0.4 else self.heredoc_text())
            for _ in range(self.random.randint(0, 3))
        ]
        flush = self.random.choice(("", "-"))
        text = f"<<{flush}{marker}\n" + "".join(line + "\n" for line in lines)
        return text + self.random.choice(("", "  ", "\t")) + marker + "\n" * free

    def heredoc_text(self) -> str:
        """Return a part of a line of a heredoc."""
        return self.random.choice(("x", " y z", '"quoted"', "\\d+", "$${a}", "%%{b}", "$5 ", "50% ", "é", "# no", ""))

    def tuple(self, free: bool) -> str:
        """Return a list."""
        items = [self.gap(True) + self.expression(True) + self.gap(True) for _ in range(self.random.randint(0, 3))]
        if items and "for" in items[0]:
            items.insert(0, "null")  # a bare name `for` would begin a for expression
        comma = self.random.choice(("", "," + self.gap(True))) if items else ""
        return "[" + ",".join(items) + comma + self.gap(True) + "]"

    def object(self, free: bool) -> str:
        """Return an object; the keyword `for` cannot be its first key."""
        text = "{" + self.object_gap()
        for index in range(self.random.randint(0, 3)):
            key = self.object_key()
            if index == 0 and key == "for":
                key = '"for"'
            value = self.expression(False)
            text += key + self.space() + self.random.choice(("=", ":")) + self.space() + value
            ends = (
                "\n"
                if self.ends_in_heredoc(value)
                else self.random.choice((",", self.line_end(), "," + self.line_end()))
            )
            text += ends + self.object_gap()
        return text + "}"

    def object_key(self) -> str:
        """Return a key of an object."""
        return self.random.choice(
            (self.name, self.name, lambda: self.plain_string(False), lambda: self.parentheses(False), lambda: "1")
        )()

    def object_gap(self) -> str:
        """Return what may separate two attributes of an object."""
        return self.random.choice(("", " ", "\n", "\n  ", " # note\n", "/* note */"))

    def call(self, free: bool) -> str:
        """Return a function call."""
        name = self.name() + ("::" + self.name()) * self.random.choice((0, 0, 0, 1, 2))
        arguments = [self.gap(True) + self.expression(True) + self.gap(True) for _ in range(self.random.randint(0, 3))]
        ending = self.random.choice(("", "", ",", "...")) if arguments else ""
        return name + self.space() + "(" + ",".join(arguments) + ending + self.gap(True) + ")"

    def parentheses(self, free: bool) -> str:
        """Return an expression in parentheses."""
        return "(" + self.gap(True) + self.expression(True) + self.gap(True) + ")"

    def unary(self, free: bool) -> str:
        """Return a negation."""
        return self.random.choice(("-", "!", "- ", "!!", "-!")) + self.operand(free)

    def for_names(self) -> str:
        """Return the introduction of a for expression, up to its colon."""
        names = self.name() + self.random.choice(("", ", " + self.name()))
        return f"{self.gap(True)}for {names} in {self.expression(True)}{self.gap(True)}:{self.gap(True)}"

    def condition(self) -> str:
        """Return a filter of a for expression, or nothing."""
        return self.random.choice(("", self.some_gap(True) + "if " + self.expression(True))) + self.gap(True)

    def for_tuple(self, free: bool) -> str:
        """Return a for expression that gives a list."""
        return "[" + self.for_names() + self.expression(True) + self.condition() + "]"

    def for_object(self, free: bool) -> str:
        """Return a for expression that gives an object."""
        result = self.expression(True) + self.gap(True) + "=>" + self.gap(True) + self.expression(True)
        return "{" + self.for_names() + result + self.random.choice(("", "...")) + self.condition() + "}"

    def ends_in_heredoc(self, text: str) -> bool:
        """Return whether nothing but a newline may follow this text."""
        last = text[text.rfind("\n") + 1 :].strip()
        return "<<" in text and last in _MARKERS

    def space(self) -> str:
        """Return what may separate two tokens of a line."""
        return self.random.choice(("", " ", " ", " ", "  ", "\t", "/* c */", " /* a\n b */ "))

    def some_space(self) -> str:
        """Return a space that is not empty."""
        return self.random.choice((" ", "  ", "\t", " /**/ "))

    def gap(self, free: bool) -> str:
        """Return what may separate two tokens, with newlines and comments where these are ignored."""
        if free and self.random.random() < 0.15:
            return self.random.choice(("\n", "\n    ", " # c\n", " // c\n", "\n\n", "\t\n"))
        return self.space()

    def some_gap(self, free: bool) -> str:
        """Return a gap that is not empty."""
        return " " + self.gap(free)

    def line_end(self) -> str:
        """Return the end of a line."""
        return self.random.choice(("\n", "\n", "\n", " # note\n", " // note\n", "\n\n"))

    def blank_lines(self) -> str:
        """Return lines that mean nothing, mostly none."""
        return self.random.choice(("", "", "", "\n", "# note\n", "// note\n", "/* note\n */\n", "  \n"))


_TOKEN = re.compile(r'"|\w+|[ \t]+|\n|<<-?|\$\{|%\{|[=!<>]=|=>|&&|\|\||\.\.\.|::|.', re.DOTALL)
_INSERTS = (
    *"{}[]()\"'`=:,.;?!+-*/%<>&|~^#$\\\n\r\t @0a_é\x00\u00a0",
    *(
        "${",
        "%{",
        "~}",
        "<<EOT\n",
        "EOT\n",
        "==",
        "=>",
        "...",
        "::",
        "/*",
        "*/",
        "//",
        "for ",
        " in ",
        " if ",
        "[*]",
        ".*",
        "1.2",
    ),
)


def mutate(random: Random, text: str) -> str:
    """Return the text with one to three small changes to its characters, tokens or lines."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        text = random.choice((_mutate_characters, _mutate_tokens, _mutate_tokens, _mutate_lines))(random, text)
    return text


def _mutate_characters(random: Random, text: str) -> str:
    return "".join(_change(random, list(text), _INSERTS))


def _mutate_tokens(random: Random, text: str) -> str:
    tokens = _TOKEN.findall(text)
    return "".join(_change(random, tokens, (*_INSERTS, *tokens[:50])))


def _mutate_lines(random: Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(_change(random, lines, (*lines[:20], "}\n", "{\n", "\n", "a = 1\n", "b {\n")))


def _change(random: Random, parts: list[str], inserts: tuple[str, ...]) -> list[str]:
    """Delete, insert, replace, duplicate or swap one part."""
    at = random.randrange(len(parts)) if parts else 0
    change = random.randrange(5)
    if change == 1 or not parts:
        parts.insert(at, random.choice(inserts))
    elif change == 0:
        del parts[at]
    elif change == 2:
        parts[at] = random.choice(inserts)
    elif change == 3:
        parts.insert(at, parts[at])
    else:
        other = random.randrange(len(parts))
        parts[at], parts[other] = parts[other], parts[at]
    return parts
