"""The rules of what stands in brackets: function calls, lists, objects and `for` expressions."""

from __future__ import annotations

from iacrl.domains.terraform.rules import HCL_SPEC, syntax_rule

UNBALANCED_PARENTHESES = syntax_rule(
    "TF132", "Unbalanced parentheses", HCL_SPEC, 'A ")" is missing, or something that is no operator precedes it.'
)
MISSING_FUNCTION_NAME = syntax_rule(
    "TF140", "Missing function name", "expressions/function-calls", 'After "::" comes the name of a function.'
)
MISSING_OPEN_PARENTHESIS = syntax_rule(
    "TF141",
    "Missing open parenthesis",
    "expressions/function-calls",
    "A function of a provider can only be called: provider::a::f(x).",
)
MISSING_ARGUMENT_SEPARATOR = syntax_rule(
    "TF142",
    "Missing argument separator",
    "expressions/function-calls",
    "The arguments of a function are separated by commas.",
)
UNTERMINATED_FUNCTION_CALL = syntax_rule(
    "TF143", "Unterminated function call", "expressions/function-calls", 'The text ends before the ")" of a call.'
)
MISSING_CLOSING_PARENTHESIS = syntax_rule(
    "TF144",
    "Missing closing parenthesis",
    "expressions/function-calls",
    'Only the last argument may be expanded with "...".',
)
MISSING_ITEM_SEPARATOR = syntax_rule(
    "TF145",
    "Missing item separator",
    "expressions/types",
    "The elements of a list are separated by commas, not by newlines.",
)
UNTERMINATED_TUPLE = syntax_rule(
    "TF146", "Unterminated tuple constructor expression", "expressions/types", 'The text ends before the "]" of a list.'
)
MISSING_ATTRIBUTE_VALUE = syntax_rule(
    "TF147",
    "Missing attribute value",
    "expressions/types",
    "Each key of an object has a value, on the same line as its equals sign.",
)
MISSING_KEY_VALUE_SEPARATOR = syntax_rule(
    "TF148",
    "Missing key/value separator",
    "expressions/types",
    'Between a key and its value stands "=" or ":". A key with spaces or dots is written in quotes.',
)
MISSING_ATTRIBUTE_SEPARATOR = syntax_rule(
    "TF149",
    "Missing attribute separator",
    "expressions/types",
    "The attributes of an object are separated by newlines or commas.",
)
UNTERMINATED_OBJECT = syntax_rule(
    "TF150",
    "Unterminated object constructor expression",
    "expressions/types",
    'The text ends before the "}" of an object.',
)
INVALID_FOR_EXPRESSION = syntax_rule(
    "TF151",
    "Invalid 'for' expression",
    "expressions/for",
    "[for value in list : result] gives a list, {for key, value in map : key => result} an object; an if may "
    'follow, and in an object "..." after the result. A key that is called for is written in quotes.',
)
