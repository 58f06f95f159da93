"""The rules of references that several modules report, and those of names in scope."""

from __future__ import annotations

from iacrl.domains.terraform.rules import reference_rule

UNDECLARED_VARIABLE = reference_rule(
    "TF401",
    "Reference to undeclared input variable",
    "values/variables",
    "An expression uses var.NAME, and the module has no variable block of that name.",
)
UNDECLARED_LOCAL = reference_rule(
    "TF402",
    "Reference to undeclared local value",
    "values/locals",
    "An expression uses local.NAME, and no locals block defines that name.",
)
UNDECLARED_RESOURCE = reference_rule(
    "TF403",
    "Reference to undeclared resource",
    "expressions/references#references-to-resource-attributes",
    "An expression uses TYPE.NAME or data.TYPE.NAME, and the module has no such block. A data source needs the "
    "data. prefix, a managed resource none.",
)
UNDECLARED_MODULE = reference_rule(
    "TF404",
    "Reference to undeclared module",
    "expressions/references#child-module-outputs",
    "An expression uses module.NAME, and the module has no such call.",
)
MISSING_INSTANCE_KEY = reference_rule(
    "TF406",
    "Missing resource instance key",
    "expressions/references#references-to-resource-attributes",
    "A resource with count or for_each is a list or map of instances; its attributes belong to one of them: "
    "TYPE.NAME[0].id, TYPE.NAME[each.key].id, or TYPE.NAME[*].id for all.",
)
UNEXPECTED_INSTANCE_KEY = reference_rule(
    "TF407",
    "Unexpected resource instance key",
    "expressions/references#references-to-resource-attributes",
    "A resource without count and for_each is a single object and has no instances to choose from.",
)
UNSUPPORTED_ATTRIBUTE = reference_rule(
    "TF408",
    "Unsupported attribute",
    "expressions/references#references-to-resource-attributes",
    "The resource type exports no attribute of this name, or the attribute has no such part.",
)
REFERENCE_OUT_OF_CONTEXT = reference_rule(
    "TF409",
    "Reference out of context",
    "expressions/references#block-local-values",
    "count.index means something only in a block with count, each.key and each.value only in one with for_each, "
    "and self only in provisioners, connections and postconditions.",
)
CYCLE = reference_rule(
    "TF450",
    "Cycle",
    "expressions/references",
    "The named objects refer to each other in a circle, so that none of them can be computed or created first.",
)
EPHEMERAL_VALUE = reference_rule(
    "TF455",
    "Ephemeral value not allowed",
    "resources/ephemeral",
    "An ephemeral value is given to an output or a module's variable that is not declared ephemeral.",
)
INVALID_PATH_ATTRIBUTE = reference_rule(
    "TF456",
    "Invalid path or terraform attribute",
    "expressions/references#filesystem-and-workspace-info",
    "There are path.module, path.root, path.cwd and terraform.workspace.",
)
SCOPED_RESOURCE = reference_rule(
    "TF458",
    "Reference to scoped resource",
    "checks",
    "The data source inside a check block can be used only within that block.",
)
MODULE_ARGUMENT = reference_rule(
    "TF459",
    "Invalid module argument",
    "modules/syntax",
    "A call of a local module sets an argument that is none of the module's variables, leaves out one that has no "
    "default, or gives a value that the variable does not accept.",
)
