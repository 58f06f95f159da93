"""The rules of the syntax layer, TF1xx. Titles are the words that Terraform uses."""

from __future__ import annotations

from iacrl.domains.rules import Rule

_SPEC = "https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md"
_BLOCKS = "https://developer.hashicorp.com/terraform/language/syntax/configuration"
_STRINGS = "https://developer.hashicorp.com/terraform/language/expressions/strings"
_FOR = "https://developer.hashicorp.com/terraform/language/expressions/for"
_SPLAT = "https://developer.hashicorp.com/terraform/language/expressions/splat"
_CALLS = "https://developer.hashicorp.com/terraform/language/expressions/function-calls"
_CONDITIONALS = "https://developer.hashicorp.com/terraform/language/expressions/conditionals"
_TYPES = "https://developer.hashicorp.com/terraform/language/expressions/types"

# code, title, explanation, source
_ROWS = (
    (
        "TF101",
        "Invalid character",
        "The language does not use this character here. Strings are written in double quotes, strings over several "
        "lines as heredocs; semicolons separate nothing.",
        _SPEC,
    ),
    ("TF102", "Invalid character encoding", "Files are UTF-8. Save the file in that encoding.", _SPEC),
    (
        "TF103",
        "Unsupported operator",
        'There are no bitwise operators. Logical ones are written "&&", "||" and "!".',
        "https://developer.hashicorp.com/terraform/language/expressions/operators",
    ),
    (
        "TF104",
        "Invalid multi-line string",
        'A quoted string ends on the line where it began. Write "\\n" for a newline, or use a heredoc.',
        _STRINGS,
    ),
    (
        "TF105",
        "Invalid escape sequence",
        'Known are \\n, \\r, \\t, \\", \\\\, \\u with four and \\U with eight hexadecimal digits. "${" and "%{" are '
        'escaped by doubling the first character: "$${".',
        _STRINGS,
    ),
    (
        "TF106",
        "Invalid number literal",
        "A number is digits, at most one point with digits after it, and at most one exponent that a number can hold.",
        _TYPES,
    ),
    (
        "TF107",
        "Unterminated template string",
        "A string needs its closing quote; a heredoc needs a line that holds only its marker and ends with a newline.",
        _STRINGS,
    ),
    (
        "TF110",
        "Argument or block definition required",
        'A body holds arguments, name = value, and blocks, type "label" { }. Prose, JSON and Markdown are neither.',
        _BLOCKS,
    ),
    ("TF111", "Missing newline after argument", "Each argument stands on a line of its own.", _BLOCKS),
    (
        "TF112",
        "Unexpected comma after argument",
        "Arguments of a block are separated by newlines. Commas belong between the elements of lists and objects.",
        _BLOCKS,
    ),
    ("TF113", "Attribute redefined", "An argument may be set only once in a block.", _BLOCKS),
    ("TF114", "Invalid argument name", "The names of arguments and blocks are written without quotes.", _BLOCKS),
    (
        "TF115",
        "Invalid block definition",
        'After the type and labels of a block comes "{", on the same line, and no "=".',
        _BLOCKS,
    ),
    (
        "TF116",
        "Invalid single-argument block definition",
        "A block on one line holds one argument at most and is closed on that line.",
        _BLOCKS,
    ),
    (
        "TF117",
        "Argument definition required",
        "A block on one line can hold an argument but no other block; write that on lines of its own.",
        _BLOCKS,
    ),
    ("TF118", "Missing newline after block definition", "Nothing may follow a block on its last line.", _BLOCKS),
    ("TF119", "Unclosed configuration block", 'The text ends before the "}" of a block.', _BLOCKS),
    (
        "TF120",
        "Invalid string literal",
        'The labels of a block are fixed: no "${...}" can stand in them.',
        _BLOCKS,
    ),
    ("TF130", "Invalid expression", "No expression begins with this token.", _SPEC),
    ("TF131", "Missing expression", "The text ends where a value is expected.", _SPEC),
    ("TF132", "Unbalanced parentheses", 'A ")" is missing, or something that is no operator precedes it.', _SPEC),
    (
        "TF133",
        "Missing false expression in conditional",
        "A conditional has two results: condition ? value : other.",
        _CONDITIONALS,
    ),
    ("TF134", "Invalid attribute name", "After a dot comes the name of an attribute.", _SPEC),
    (
        "TF135",
        "Invalid legacy index syntax",
        "In a.0.1 the part 0.1 reads as a number. Write a[0][1].",
        _SPLAT,
    ),
    (
        "TF136",
        "Nested splat expression not allowed",
        "After .* only attributes may follow. Use [*], which can be nested.",
        _SPLAT,
    ),
    ("TF137", "Missing close bracket on index", "An index is one expression in square brackets.", _SPEC),
    ("TF138", "Missing close bracket on splat index", 'The star of a splat stands alone between "[" and "]".', _SPLAT),
    ("TF140", "Missing function name", 'After "::" comes the name of a function.', _CALLS),
    ("TF141", "Missing open parenthesis", "A function of a provider can only be called: provider::a::f(x).", _CALLS),
    ("TF142", "Missing argument separator", "The arguments of a function are separated by commas.", _CALLS),
    ("TF143", "Unterminated function call", 'The text ends before the ")" of a call.', _CALLS),
    ("TF144", "Missing closing parenthesis", 'Only the last argument may be expanded with "...".', _CALLS),
    ("TF145", "Missing item separator", "The elements of a list are separated by commas, not by newlines.", _TYPES),
    ("TF146", "Unterminated tuple constructor expression", 'The text ends before the "]" of a list.', _TYPES),
    (
        "TF147",
        "Missing attribute value",
        "Each key of an object has a value, on the same line as its equals sign.",
        _TYPES,
    ),
    (
        "TF148",
        "Missing key/value separator",
        'Between a key and its value stands "=" or ":". A key with spaces or dots is written in quotes.',
        _TYPES,
    ),
    (
        "TF149",
        "Missing attribute separator",
        "The attributes of an object are separated by newlines or commas.",
        _TYPES,
    ),
    ("TF150", "Unterminated object constructor expression", 'The text ends before the "}" of an object.', _TYPES),
    (
        "TF151",
        "Invalid 'for' expression",
        "[for value in list : result] gives a list, {for key, value in map : key => result} an object; an if may "
        'follow, and in an object "..." after the result. A key that is called for is written in quotes.',
        _FOR,
    ),
    (
        "TF160",
        "Extra characters after interpolation expression",
        'In "${...}" stands one expression. A "${" of another language is written "$${".',
        _STRINGS,
    ),
    ("TF161", "Unclosed template interpolation sequence", 'The text ends before the "}" of a "${".', _STRINGS),
    ("TF162", "Invalid template directive", 'After "%{" comes if, else, endif, for or endfor.', _STRINGS),
    ("TF163", "Invalid template control keyword", "Known are if, else, endif, for and endfor.", _STRINGS),
    (
        "TF164",
        "Invalid 'for' directive",
        "It is written %{ for value in list } or %{ for key, value in map }.",
        _STRINGS,
    ),
    ("TF165", "Extra characters in marker", 'After the parts of a directive comes its "}".', _STRINGS),
    ("TF166", "Unexpected end of template", "An if needs its endif and a for its endfor in the same string.", _STRINGS),
    (
        "TF167",
        "Unexpected directive",
        "An else, endif or endfor needs the directive that it belongs to, and directives must be nested.",
        _STRINGS,
    ),
    (
        "TF190",
        "Nesting too deep",
        "More than 100 brackets, blocks or templates are open, or more than 200 operations stand inside each other. "
        "Terraform has no such limit; iacrl has it so that no text can exhaust the memory or the stack.",
        "iacrl",
    ),
    (
        "TF191",
        "Text too large",
        "The text has more than 4,000,000 characters, or more than 150,000 brackets, separators and operators, which "
        "is more than megabytes of code have. Terraform has no such limit; iacrl has it so that no text can exhaust "
        "the memory or take long.",
        "iacrl",
    ),
)

SYNTAX_RULES: tuple[Rule, ...] = tuple(
    Rule(code, "syntax", title, explanation, source) for code, title, explanation, source in _ROWS
)
