"""The syntax rules that several modules report, and those of the parser of bodies and blocks."""

from __future__ import annotations

from iacrl.domains.terraform.rules import HCL_SPEC, OWN, syntax_rule

INVALID_CHARACTER = syntax_rule(
    "TF101",
    "Invalid character",
    HCL_SPEC,
    "The language does not use this character here. Strings are written in double quotes, strings over several "
    "lines as heredocs; semicolons separate nothing.",
)
ARGUMENT_OR_BLOCK_REQUIRED = syntax_rule(
    "TF110",
    "Argument or block definition required",
    "syntax/configuration",
    'A body holds arguments, name = value, and blocks, type "label" { }. Prose, JSON and Markdown are neither.',
)
MISSING_NEWLINE_AFTER_ARGUMENT = syntax_rule(
    "TF111", "Missing newline after argument", "syntax/configuration", "Each argument is on its own line."
)
UNEXPECTED_COMMA = syntax_rule(
    "TF112",
    "Unexpected comma after argument",
    "syntax/configuration",
    "Arguments of a block are separated by newlines. Commas belong between the elements of lists and objects.",
)
ATTRIBUTE_REDEFINED = syntax_rule(
    "TF113", "Attribute redefined", "syntax/configuration", "An argument may be set only once in a block."
)
INVALID_ARGUMENT_NAME = syntax_rule(
    "TF114",
    "Invalid argument name",
    "syntax/configuration",
    "The names of arguments and blocks are written without quotes.",
)
INVALID_BLOCK_DEFINITION = syntax_rule(
    "TF115",
    "Invalid block definition",
    "syntax/configuration",
    'After the type and labels of a block comes "{", on the same line, and no "=".',
)
INVALID_ONE_LINE_BLOCK = syntax_rule(
    "TF116",
    "Invalid single-argument block definition",
    "syntax/configuration",
    "A block on one line holds one argument at most and is closed on that line.",
)
ARGUMENT_REQUIRED = syntax_rule(
    "TF117",
    "Argument definition required",
    "syntax/configuration",
    "A block on one line can hold an argument but no other block; write that on its own lines.",
)
MISSING_NEWLINE_AFTER_BLOCK = syntax_rule(
    "TF118",
    "Missing newline after block definition",
    "syntax/configuration",
    "Nothing may follow a block on its last line.",
)
UNCLOSED_BLOCK = syntax_rule(
    "TF119", "Unclosed configuration block", "syntax/configuration", 'The text ends before the "}" of a block.'
)
INVALID_STRING_LITERAL = syntax_rule(
    "TF120",
    "Invalid string literal",
    "syntax/configuration",
    'The labels of a block are fixed: no "${...}" is allowed in them.',
)
NESTING_TOO_DEEP = syntax_rule(
    "TF190",
    "Nesting too deep",
    OWN,
    "More than 100 brackets, blocks or templates are open, or more than 200 operations are nested. "
    "Terraform has no such limit; iacrl has it so that no text can exhaust the memory or the stack.",
)
UNREADABLE_FILE = syntax_rule(
    "TF192",
    "Failed to read file",
    "files",
    "A file of the module cannot be read: it is a link that leads nowhere, or cannot be opened.",
)
TEXT_TOO_LARGE = syntax_rule(
    "TF191",
    "Text too large",
    OWN,
    "The text has more than 4,000,000 characters, or more than 150,000 brackets, separators and operators, which "
    "is more than megabytes of code have. Terraform has no such limit; iacrl has it so that no text can exhaust "
    "the memory or take long.",
)


UNBALANCED_PARENTHESES = syntax_rule(
    "TF132", "Unbalanced parentheses", HCL_SPEC, 'A ")" is missing, or something that is not an operator precedes it.'
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
    'A key and its value are separated by "=" or ":". A key with spaces or dots is written in quotes.',
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
