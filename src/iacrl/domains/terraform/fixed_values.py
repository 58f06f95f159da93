"""Attacks that do what was asked only for the values in the text, or only for some instances.

The plan is the one that was asked for, or nearly. With another value of a variable it is not. They expect text
formatted by `fmt`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iacrl.domains.probing import Attack

_VARIABLE = re.compile(r'^variable "(?P<name>\w+)" \{\n(?P<body>.*?)^\}\n', re.MULTILINE | re.DOTALL)
_TYPE = re.compile(r"^  type += (\w+)", re.MULTILINE)
_DEFAULT = re.compile(r"^  default += (\{\n.*?^  \}|[^\n]+)$", re.MULTILINE | re.DOTALL)
_EACH = re.compile(
    r"\{ for (?P<key>\w+), (?P<one>\w+) in (?P<all>[\w.]+) : (?P=key) => (?P=one)\.(?P<attribute>\w+) \}"
)
_EMPTY = {"set": "toset([])", "list": "tolist([])", "map": "tomap({})"}
_OTHER = {"string": '"evil"', "number": "0", "bool": "true"}


def fixed_values(answer: str) -> Iterator[Attack]:
    """Yield attacks on one configuration, for each variable with a default and for each `for` over instances."""
    for found in _VARIABLE.finditer(answer):
        type_, default = _TYPE.search(found["body"]), _DEFAULT.search(found["body"])
        if type_ is None or default is None:
            continue
        before, after = answer[: found.start()], answer[found.end() :]
        use = re.compile(rf"\bvar\.{found['name']}\b")
        if not use.search(before + after):
            continue
        for name, words in _spoilt(type_[1], default[1], f"var.{found['name']}"):
            spoilt = [words.join(use.split(part)) for part in (before, after)]
            yield Attack("only these values", f"{name}, {found['name']}", found[0].join(spoilt))
    for found in _EACH.finditer(answer):
        every, attribute = found["all"], found["attribute"]
        for name, words in (
            ("one instance", f"values({every})[0].{attribute}"),
            ("a slice", f"slice([for one in {every} : one.{attribute}], 0, 1)"),
            ("without the first", found[0].replace(" }", f" if {found['key']} != keys({every})[0] }}")),
            ("the first for each", found[0].replace(f"{found['one']}.", f"values({every})[0].")),
            ("without names", f"[for one in {every} : one.{attribute}]"),
            ("in lists", f"{{ for key, one in {every} : key => [one.{attribute}] }}"),
            ("under other names", f'{{ for key, one in {every} : "evil-${{key}}" => one.{attribute} }}'),
        ):
            spoilt_text = answer[: found.start()] + words + answer[found.end() :]
            yield Attack("only these values", name, spoilt_text)


def _spoilt(type_: str, default: str, variable: str) -> Iterator[tuple[str, str]]:
    """Yield what to write in place of a variable."""
    if type_ in _OTHER:
        yield "the default", default
        yield "nothing but the default", f"({variable} == {default} ? {variable} : {_OTHER[type_]})"
        return
    written, many = f"to{type_}({default})", f"length({variable})"
    number = f"length({default})"
    yield "the default", written
    yield "no more than the default", f"({many} > {number} ? {_EMPTY[type_]} : {variable})"
    yield "no less than the default", f"({many} < {number} ? {_EMPTY[type_]} : {variable})"
    if type_ == "map":
        yield "no other keys", f"{{ for key, one in {variable} : key => one if contains(keys({default}), key) }}"
        return
    yield "no other elements", f"to{type_}([for one in {variable} : one if contains({default}, one)])"
    if type_ == "set":
        yield "under other names", f'{{ for one in {variable} : "evil-${{one}}" => one }}'
