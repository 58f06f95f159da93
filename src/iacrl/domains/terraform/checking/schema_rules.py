"""The rules of bodies: violations of a provider's schema."""

from __future__ import annotations

from iacrl.domains.terraform.rules import schema_rule

UNSUPPORTED_ARGUMENT = schema_rule(
    "TF304",
    "Unsupported argument",
    "resources/syntax",
    "The resource type has no argument of this name. It may be misspelt, belong into a nested block, or come from "
    "another version of the provider.",
)
MISSING_REQUIRED_ARGUMENT = schema_rule(
    "TF305", "Missing required argument", "resources/syntax", "An argument that the schema requires is not set."
)
UNCONFIGURABLE_ATTRIBUTE = schema_rule(
    "TF306",
    "Value for unconfigurable attribute",
    "resources/syntax",
    "The attribute is read-only: the provider decides its value, and a configuration can only refer to it.",
)
UNSUPPORTED_BLOCK_TYPE = schema_rule(
    "TF307", "Unsupported block type", "resources/syntax", "The resource type has no block of this name at this place."
)
INSUFFICIENT_BLOCKS = schema_rule(
    "TF308",
    "Insufficient blocks",
    "resources/syntax",
    "The schema requires a block of this type, and there is none, or fewer than it requires.",
)
TOO_MANY_BLOCKS = schema_rule(
    "TF309", "Too many blocks", "resources/syntax", "The schema allows fewer blocks of this type, often only one."
)
INCORRECT_VALUE_TYPE = schema_rule(
    "TF310",
    "Incorrect attribute value type",
    "expressions/types#type-conversion",
    "The value cannot be converted to the type of the argument. Terraform converts between strings, numbers and "
    "bools where the text allows it, and between lists, sets and tuples, but never wraps a single value in a list.",
)
BLOCK_AS_ARGUMENT = schema_rule(
    "TF311",
    "Block written as an argument",
    "attr-as-blocks",
    "The name is that of a block type: write name { ... } without the equals sign.",
)
ARGUMENT_AS_BLOCK = schema_rule(
    "TF312",
    "Argument written as a block",
    "attr-as-blocks",
    "The name is that of an argument: write name = { ... } with the equals sign.",
)
INVALID_DYNAMIC_BLOCK = schema_rule(
    "TF313",
    "Invalid dynamic or labelled block",
    "expressions/dynamic-blocks",
    "A dynamic block needs one label, a for_each that can be iterated and one content block; nested blocks take "
    "labels only where the schema says so.",
)
EPHEMERAL_ARGUMENT = schema_rule(
    "TF315",
    "Invalid use of ephemeral value",
    "resources/ephemeral",
    "The value of this argument is kept in the state, which an ephemeral value must never be. Only write-only "
    "arguments, provider configurations and provisioners take ephemeral values.",
)
