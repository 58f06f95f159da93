"""The rules of syntax that several modules report, and those that the parser of bodies and blocks does."""

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
    "TF111", "Missing newline after argument", "syntax/configuration", "Each argument stands on a line of its own."
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
    "A block on one line can hold an argument but no other block; write that on lines of its own.",
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
    'The labels of a block are fixed: no "${...}" can stand in them.',
)
NESTING_TOO_DEEP = syntax_rule(
    "TF190",
    "Nesting too deep",
    OWN,
    "More than 100 brackets, blocks or templates are open, or more than 200 operations stand inside each other. "
    "Terraform has no such limit; iacrl has it so that no text can exhaust the memory or the stack.",
)
TEXT_TOO_LARGE = syntax_rule(
    "TF191",
    "Text too large",
    OWN,
    "The text has more than 4,000,000 characters, or more than 150,000 brackets, separators and operators, which "
    "is more than megabytes of code have. Terraform has no such limit; iacrl has it so that no text can exhaust "
    "the memory or take long.",
)
