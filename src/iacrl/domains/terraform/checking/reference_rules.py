"""The rules of references, TF400 to TF409 and TF450 to TF499: what names mean, and where."""

from __future__ import annotations

from iacrl.domains.rules import Rule

_DOCS = "https://developer.hashicorp.com/terraform/language"


def _rule(code: str, title: str, page: str, explanation: str) -> Rule:
    return Rule(code, "references", title, explanation, f"{_DOCS}/{page}")


REFERENCE_RULES: tuple[Rule, ...] = (
    _rule(
        "TF401",
        "Reference to undeclared input variable",
        "values/variables",
        "An expression uses var.NAME, and the module has no variable block of that name.",
    ),
    _rule(
        "TF402",
        "Reference to undeclared local value",
        "values/locals",
        "An expression uses local.NAME, and no locals block defines that name.",
    ),
    _rule(
        "TF403",
        "Reference to undeclared resource",
        "expressions/references#references-to-resource-attributes",
        "An expression uses TYPE.NAME or data.TYPE.NAME, and the module has no such block. A data source needs the "
        "data. prefix, a managed resource none.",
    ),
    _rule(
        "TF404",
        "Reference to undeclared module",
        "expressions/references#child-module-outputs",
        "An expression uses module.NAME, and the module has no such call.",
    ),
    _rule(
        "TF405",
        "Invalid reference",
        "expressions/references",
        "A reference is not complete (a bare word, var without a name, a resource type without a name), or continues "
        "in a way that its kind does not allow.",
    ),
    _rule(
        "TF406",
        "Missing resource instance key",
        "expressions/references#references-to-resource-attributes",
        "A resource with count or for_each is a list or map of instances; its attributes belong to one of them: "
        "TYPE.NAME[0].id, TYPE.NAME[each.key].id, or TYPE.NAME[*].id for all.",
    ),
    _rule(
        "TF407",
        "Unexpected resource instance key",
        "expressions/references#references-to-resource-attributes",
        "A resource without count and for_each is a single object and has no instances to choose from.",
    ),
    _rule(
        "TF408",
        "Unsupported attribute",
        "expressions/references#references-to-resource-attributes",
        "The resource type exports no attribute of this name, or the attribute has no such part.",
    ),
    _rule(
        "TF409",
        "Reference out of context",
        "expressions/references#block-local-values",
        "count.index means something only in a block with count, each.key and each.value only in one with for_each, "
        "and self only in provisioners, connections and postconditions.",
    ),
    _rule(
        "TF450",
        "Cycle",
        "expressions/references",
        "The named objects refer to each other in a circle, so that none of them can be computed or created first.",
    ),
    _rule(
        "TF451",
        "Provider configuration not present",
        "providers/configuration#alias-multiple-provider-configurations",
        "A resource or a module call uses a provider configuration (aws.west) that no provider block declares, or does "
        "not pass on one that the called module asks for.",
    ),
    _rule(
        "TF452",
        "Invalid count argument",
        "meta-arguments/count",
        "count must be a whole number from zero up, or something that converts to one.",
    ),
    _rule(
        "TF453",
        "Invalid for_each argument",
        "meta-arguments/for_each",
        "for_each takes a map or a set of strings that is not sensitive. Turn a list into a set with toset().",
    ),
    _rule(
        "TF454",
        "Output refers to sensitive values",
        "values/outputs#sensitive-suppressing-values-in-cli-output",
        "An output of the root module holds a sensitive value and must say so: sensitive = true.",
    ),
    _rule(
        "TF455",
        "Ephemeral value not allowed",
        "resources/ephemeral",
        "An ephemeral value is given to an output or a module's variable that is not declared ephemeral.",
    ),
    _rule(
        "TF456",
        "Invalid path or terraform attribute",
        "expressions/references#filesystem-and-workspace-info",
        "There are path.module, path.root, path.cwd and terraform.workspace.",
    ),
    _rule(
        "TF457",
        "Invalid depends_on reference",
        "meta-arguments/depends_on",
        "depends_on names whole objects, not their attributes.",
    ),
    _rule(
        "TF458",
        "Reference to scoped resource",
        "checks",
        "The data source inside a check block can be used only within that block.",
    ),
    _rule(
        "TF459",
        "Invalid module argument",
        "modules/syntax",
        "A call of a local module sets an argument that is none of the module's variables, leaves out one that has no "
        "default, or gives a value that the variable does not accept.",
    ),
    _rule(
        "TF460",
        "Invalid condition result",
        "expressions/custom-conditions",
        "A condition is known to be false or to be neither true nor false, or an assertion's message is no string.",
    ),
    _rule(
        "TF461",
        "Invalid import",
        "import",
        "The id of an import is a non-empty string that does not depend on the imported resource, and its target has "
        "an instance key exactly where the resource has count or for_each.",
    ),
    _rule(
        "TF462",
        "Reserved symbol name",
        "expressions/references",
        "template, lazy and arg are reserved. A resource type of that name is reached through resource.TYPE.NAME.",
    ),
)
