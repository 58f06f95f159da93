"""The rules that evaluating expressions enforces, TF410 to TF430; `terraform/rules.py` joins them with the others."""

from __future__ import annotations

from typing import Final

from iacrl.domains.rules import Rule

_LANGUAGE: Final = "https://developer.hashicorp.com/terraform/language/expressions"
_FUNCTIONS: Final = "https://developer.hashicorp.com/terraform/language/functions"


def _rule(code: str, title: str, explanation: str, source: str) -> Rule:
    return Rule(code, "references", title, explanation, source)


EXPRESSION_RULES: Final = (
    _rule(
        "TF410",
        "Invalid operand",
        "An operator got a value of the wrong type: arithmetic and comparison need numbers, `&&`, `||` and `!` need "
        'bools. A string that reads as a number or a bool is converted. Join strings with a template, "${a}${b}".',
        f"{_LANGUAGE}/operators",
    ),
    _rule(
        "TF411",
        "Operation failed",
        "The operands have the right types, but there is no result: null has no sum, and zero divided by zero is no "
        "number. Give the value a default with `coalesce`, or test it first.",
        f"{_LANGUAGE}/operators",
    ),
    _rule(
        "TF412",
        "Incorrect condition type",
        "The condition before `?`, or in a template's `if`, must be true or false, and not null. Compare the value "
        'with something: `var.name != ""`, `length(var.names) > 0`.',
        f"{_LANGUAGE}/conditionals",
    ),
    _rule(
        "TF413",
        "Inconsistent conditional result types",
        "Both results of a conditional must be of types that can become one: a list and a string cannot. Write both "
        "as the same type, or `null` for the side that has nothing.",
        f"{_LANGUAGE}/conditionals#type-conversions",
    ),
    _rule(
        "TF414",
        "Invalid template interpolation value",
        "Only strings, numbers and bools can stand in a string. Write a list or an object with `jsonencode` or `join`; "
        "replace null with `coalesce`.",
        f"{_LANGUAGE}/strings#interpolation",
    ),
    _rule(
        "TF415",
        "Invalid index",
        "The value has no element with this index or key: a list starts at 0 and ends before its length, sets and "
        "simple values have no indices at all. `try(x[0], null)` stands in for what may be absent.",
        f"{_LANGUAGE}/references",
    ),
    _rule(
        "TF416",
        "Unsupported attribute",
        "The object has no attribute of this name, or the value is no object: strings, numbers, lists and null have "
        "none. For every element of a list write `list[*].name`.",
        f"{_LANGUAGE}/references",
    ),
    _rule(
        "TF417",
        "Iteration over non-iterable value",
        "`for` needs a list, a set, a map, a tuple or an object, and not null.",
        f"{_LANGUAGE}/for",
    ),
    _rule(
        "TF418",
        "Invalid 'for' condition",
        "The `if` of a `for` expression must give true or false for every element.",
        f"{_LANGUAGE}/for#filtering-elements",
    ),
    _rule(
        "TF419",
        "Invalid object key",
        "The keys of an object are strings: a key may not be null, a list or an object, and a reference used as key "
        "stands in parentheses, `(var.name) = 1`.",
        f"{_LANGUAGE}/types#maps-objects",
    ),
    _rule(
        "TF420",
        "Duplicate object key",
        "Two elements of a `for` gave the same key. Make the keys unique, or put `...` after the value to collect "
        "the values of each key in a list.",
        f"{_LANGUAGE}/for#grouping-results",
    ),
    _rule(
        "TF421",
        "Splat of null value",
        "`[*]` cannot run over a list that is null. Use `coalesce(x, [])` before it.",
        f"{_LANGUAGE}/splat",
    ),
    _rule(
        "TF422",
        "Call to unknown function",
        "Terraform has no function of this name. Functions cannot be defined in a configuration; those of a provider "
        "are called `provider::name::function`.",
        _FUNCTIONS,
    ),
    _rule(
        "TF423",
        "Not enough function arguments",
        "The function needs more arguments; the message names the first that is missing.",
        _FUNCTIONS,
    ),
    _rule(
        "TF424",
        "Too many function arguments",
        "The function takes fewer arguments. To pass the elements of a list one by one, write `list...`.",
        _FUNCTIONS,
    ),
    _rule(
        "TF425",
        "Invalid function argument",
        "An argument is of the wrong type, or has a value that the function refuses: a pattern that is no regular "
        "expression, a file that does not exist, null where a value must stand.",
        _FUNCTIONS,
    ),
    _rule(
        "TF426",
        "Error in function call",
        "The arguments are of the right types, but the function has no result for them: text that is not JSON, a "
        "subnet outside its network, an empty list without a first element.",
        _FUNCTIONS,
    ),
    _rule(
        "TF427",
        "Invalid expanding argument value",
        "What stands before `...` must be a list, a set or a tuple, and not null.",
        f"{_LANGUAGE}/function-calls#expanding-function-arguments",
    ),
    _rule(
        "TF428",
        "Invalid type specification",
        "A type is `string`, `number`, `bool` or `any`, or is built with `list(...)`, `set(...)`, `map(...)`, "
        "`object({...})` and `tuple([...])`, without quotes. `optional` stands only around an object's attribute.",
        f"{_LANGUAGE}/type-constraints",
    ),
    _rule(
        "TF429",
        "Invalid default value for optional attribute",
        "The second argument of `optional` must be a value of the type in the first.",
        f"{_LANGUAGE}/type-constraints#optional-object-type-attributes",
    ),
    _rule(
        "TF430",
        "Variables not allowed",
        "Here only a constant may stand: no variable, local or resource can be referred to.",
        f"{_LANGUAGE}/references",
    ),
)
