"""The rules of structure that several modules report."""

from __future__ import annotations

from iacrl.domains.terraform.rules import structure_rule

UNSUPPORTED_BLOCK_TYPE = structure_rule(
    "TF201",
    "Unsupported block type",
    "syntax/configuration",
    "A block is where its type has no meaning: at the top level only terraform, provider, variable, "
    "locals, output, module, resource, data, ephemeral, moved, removed, import and check are known.",
)
MISSING_REQUIRED_ARGUMENT = structure_rule(
    "TF203",
    "Missing required argument",
    "syntax/configuration",
    "A block lacks an argument without which it means nothing: an output its value, a module its source, a moved "
    "block its from and to.",
)
DUPLICATE = structure_rule(
    "TF207",
    "Duplicate declaration",
    "syntax/configuration",
    "Two blocks of a module declare the same thing: a resource, variable, output, local value, module call, "
    "provider configuration, backend, check or import. Rename or remove one of them.",
)
RESERVED_NAME = structure_rule(
    "TF208",
    "Reserved name",
    "values/variables#declaring-an-input-variable",
    "The name of a variable, argument or block is reserved by Terraform: a variable cannot be called source, "
    "version, providers, count, for_each, lifecycle, depends_on, locals or provider.",
)
DUPLICATE_BLOCK = structure_rule(
    "TF209",
    "Duplicate block",
    "meta-arguments/lifecycle",
    "A block that is allowed once (lifecycle, connection, the data source of a check) is there twice. Merge them.",
)
INVALID_DEFAULT_VALUE = structure_rule(
    "TF215",
    "Invalid default value for variable",
    "values/variables#default-values",
    "The default of a variable does not convert to the variable's type, or is null although nullable is false.",
)
INVALID_EXPRESSION = structure_rule(
    "TF218",
    "Invalid expression",
    "meta-arguments/depends_on",
    "The argument must be written as a static list, map or reference, because Terraform reads it without "
    "evaluating it: depends_on = [aws_vpc.main], ignore_changes = [tags].",
)
COUNT_AND_FOR_EACH = structure_rule(
    "TF219",
    'Invalid combination of "count" and "for_each"',
    "meta-arguments/for_each",
    "A resource or module is repeated either by count or by for_each, not by both.",
)
INVALID_VERSION = structure_rule(
    "TF222",
    "Invalid version constraint",
    "expressions/version-constraints",
    'A version constraint is a string of conditions separated by commas, such as ">= 1.2, < 2.0" or "~> 5.0".',
)
NOT_ALLOWED_HERE = structure_rule(
    "TF230",
    "Not allowed here",
    "expressions/custom-conditions",
    "A known block or argument is in a place where it has no meaning: a postcondition in an output, "
    "prevent_destroy in a data source, count in the data source of a check, a create-time provisioner in a removed "
    "block.",
)
INVALID_IMPORT_PROVIDER = structure_rule(
    "TF233",
    "Invalid import provider argument",
    "import",
    "The provider of an import block says which configuration to use for a resource that is not written yet; where "
    "the resource is declared, its own provider argument decides.",
)
UNINSTALLABLE_MODULE = structure_rule(
    "TF237",
    "Module cannot be installed",
    "modules/sources",
    "The source of a module is empty, is a directory that does not exist, or leads back to the calling module; or a "
    "local module is given a version.",
)
UNSUPPORTED_FEATURE = structure_rule(
    "TF234",
    "Unsupported language feature",
    "terraform",
    "Experiments are part of alpha releases only, and the only language edition is TF2021.",
)
