"""The rules of structure, TF2xx: what Terraform refuses while it loads a configuration."""

from __future__ import annotations

from iacrl.domains.rules import Rule

_DOCS = "https://developer.hashicorp.com/terraform/language"


def _rule(code: str, title: str, page: str, explanation: str, warning: bool = False) -> Rule:
    return Rule(code, "structure", title, explanation, f"{_DOCS}/{page}", "warning" if warning else "error")


STRUCTURE_RULES: tuple[Rule, ...] = (
    _rule(
        "TF201",
        "Unsupported block type",
        "syntax/configuration",
        "A block stands where no block of its type has a meaning: at the top level only terraform, provider, variable, "
        "locals, output, module, resource, data, ephemeral, moved, removed, import and check are known.",
    ),
    _rule(
        "TF202",
        "Unsupported argument",
        "syntax/configuration",
        "Terraform's own blocks (variable, output, lifecycle, ...) take a fixed set of arguments; this name is none of "
        "them.",
    ),
    _rule(
        "TF203",
        "Missing required argument",
        "syntax/configuration",
        "A block lacks an argument without which it means nothing: an output its value, a module its source, a moved "
        "block its from and to.",
    ),
    _rule(
        "TF204",
        "Missing label",
        "syntax/configuration#blocks",
        "A block has too few labels: a resource needs its type and its name, a variable or output its name.",
    ),
    _rule("TF205", "Extraneous label", "syntax/configuration#blocks", "A block has more labels than its type takes."),
    _rule(
        "TF206",
        "Invalid name",
        "syntax/configuration#identifiers",
        "A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes; "
        "otherwise no expression could refer to it.",
    ),
    _rule(
        "TF207",
        "Duplicate declaration",
        "syntax/configuration",
        "Two blocks of a module declare the same thing: a resource, variable, output, local value, module call, "
        "provider configuration, backend, check or import. Rename or remove one of them.",
    ),
    _rule(
        "TF208",
        "Reserved name",
        "values/variables#declaring-an-input-variable",
        "The name of a variable, argument or block is reserved by Terraform: a variable cannot be called source, "
        "version, providers, count, for_each, lifecycle, depends_on, locals or provider.",
    ),
    _rule(
        "TF209",
        "Duplicate block",
        "meta-arguments/lifecycle",
        "A block that may stand once (lifecycle, connection, the data source of a check) stands there twice. Merge "
        "them.",
    ),
    _rule(
        "TF210",
        "Unexpected block",
        "values/locals",
        "The bodies of locals and required_providers hold arguments only. Write name = { ... } instead of a block.",
    ),
    _rule(
        "TF212",
        "Function calls not allowed",
        "values/variables#default-values",
        "This value is read before anything is evaluated, so it must be constant: no function may be called in it.",
    ),
    _rule(
        "TF213",
        "Unsuitable value type",
        "expressions/types",
        "An argument that Terraform reads itself has a value of the wrong type, or a null one: sensitive and "
        "prevent_destroy need true or false, description and source a string.",
    ),
    _rule(
        "TF215",
        "Invalid default value for variable",
        "values/variables#default-values",
        "The default of a variable does not convert to the variable's type, or is null although nullable is false.",
    ),
    _rule(
        "TF216",
        "Invalid condition expression",
        "expressions/custom-conditions",
        "The condition of a validation, precondition, postcondition or assert block refers to nothing, so its result "
        "would always be the same.",
    ),
    _rule(
        "TF217",
        "Invalid variable validation condition",
        "expressions/custom-conditions#input-variable-validation",
        "The condition of a validation block must refer to the variable that it validates.",
    ),
    _rule(
        "TF218",
        "Invalid expression",
        "meta-arguments/depends_on",
        "The argument must be written as a static list, map or reference, because Terraform reads it without "
        "evaluating it: depends_on = [aws_vpc.main], ignore_changes = [tags].",
    ),
    _rule(
        "TF219",
        'Invalid combination of "count" and "for_each"',
        "meta-arguments/for_each",
        "A resource or module is repeated either by count or by for_each, not by both.",
    ),
    _rule(
        "TF220",
        "Invalid provider configuration reference",
        "meta-arguments/resource-provider",
        "The provider argument takes the name of a provider, and an alias after a dot where there is one: "
        "provider = aws.west.",
    ),
    _rule(
        "TF221",
        "Invalid provider local name",
        "providers/requirements#local-names",
        "The local name of a provider is in lower case, with letters, digits and dashes only; an alias is a name.",
    ),
    _rule(
        "TF222",
        "Invalid version constraint",
        "expressions/version-constraints",
        'A version constraint is a string of conditions separated by commas, such as ">= 1.2, < 2.0" or "~> 5.0".',
    ),
    _rule(
        "TF223",
        "Unsupported Terraform Core version",
        "terraform#terraform-required_version",
        "The required_version constraint excludes the version of Terraform whose verdicts iacrl gives (1.11).",
    ),
    _rule(
        "TF224",
        "Invalid ignore_changes wildcard",
        "meta-arguments/lifecycle#ignore_changes",
        'The list ["*"] is a form of Terraform 0.11. Write ignore_changes = all.',
    ),
    _rule(
        "TF225",
        "Invalid replace_triggered_by expression",
        "meta-arguments/lifecycle#replace_triggered_by",
        "Every element must refer to one managed resource, one of its instances or one of its attributes; variables "
        "and local values cannot trigger a replacement. Put them through a terraform_data resource.",
    ),
    _rule(
        "TF226",
        "Invalid keyword",
        "resources/provisioners/syntax",
        "A provisioner's when is create or destroy, and its on_failure is continue or fail, both without quotes.",
    ),
    _rule(
        "TF227",
        "Invalid reference from destroy provisioner",
        "resources/provisioners/syntax#destroy-time-provisioners",
        "When a resource is destroyed only the resource itself is sure to exist: refer to self, count.index or "
        "each.key.",
    ),
    _rule(
        "TF228",
        "Provisioner has been removed",
        "resources/provisioners/syntax",
        "The chef, habitat, puppet and salt-masterless provisioners are no longer part of Terraform.",
    ),
    _rule(
        "TF229",
        "Invalid required_providers entry",
        "providers/requirements",
        'An entry is an object with source, version and configuration_aliases: aws = { source = "hashicorp/aws" }.',
    ),
    _rule(
        "TF230",
        "Not allowed here",
        "expressions/custom-conditions",
        "A known block or argument stands in a place where it has no meaning: a postcondition in an output, "
        "prevent_destroy in a data source, count in the data source of a check, a create-time provisioner in a removed "
        "block.",
    ),
    _rule(
        "TF231",
        "Zero assert blocks",
        "checks",
        "A check block without an assert block checks nothing.",
    ),
    _rule(
        "TF232",
        "Invalid address",
        "modules/develop/refactoring",
        "The from and to of moved, removed and import blocks are addresses: module.NAME steps, then TYPE.NAME, then an "
        "instance key where one may stand. Only managed resources are imported, and only whole ones are removed.",
    ),
    _rule(
        "TF233",
        "Invalid import provider argument",
        "import",
        "The provider of an import block says which configuration to use for a resource that is not written yet; where "
        "the resource is declared, its own provider argument decides.",
    ),
    _rule(
        "TF234",
        "Unsupported language feature",
        "terraform",
        "Experiments are part of alpha releases only, and the only language edition is TF2021.",
    ),
    _rule(
        "TF235",
        "Nothing to override",
        "files/override",
        "An override file changes what the module's other files declare; it cannot declare anything new.",
    ),
    _rule(
        "TF236",
        "Ephemeral output not allowed",
        "values/outputs#ephemeral-avoid-storing-values-in-state-or-plan-files",
        "The outputs of a root module are kept, so they cannot be ephemeral.",
    ),
    _rule(
        "TF237",
        "Module cannot be installed",
        "modules/sources",
        "The source of a module is empty, is a directory that is not there, or leads back to the calling module; or a "
        "local module is given a version.",
    ),
    _rule(
        "TF238",
        "Invalid reference in condition",
        "expressions/custom-conditions#preconditions-and-postconditions",
        "The conditions of a resource cannot name the resource itself. Write self in a postcondition; a precondition "
        "is checked before the resource exists.",
    ),
    _rule(
        "TF240",
        "Quoted references are deprecated",
        "expressions/references",
        "Terraform 0.11 wanted quotes around references in depends_on, ignore_changes and provider, and around "
        "keywords. Remove them.",
        warning=True,
    ),
    _rule(
        "TF241",
        "Version constraints inside provider blocks are deprecated",
        "providers/requirements#version-constraints",
        "Move the version of a provider to the required_providers block.",
        warning=True,
    ),
)
