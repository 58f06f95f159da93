"""The rules of schemas, TF3xx: what a provider's schema does not allow."""

from __future__ import annotations

from iacrl.domains.rules import Rule

_DOCS = "https://developer.hashicorp.com/terraform/language"


def _rule(code: str, title: str, page: str, explanation: str) -> Rule:
    return Rule(code, "schema", title, explanation, f"{_DOCS}/{page}")


SCHEMA_RULES: tuple[Rule, ...] = (
    _rule(
        "TF301",
        "Invalid resource type",
        "resources/syntax",
        "The provider has no managed resource of this type. The nearest one is named; a data source of the same name "
        "is declared by a data block.",
    ),
    _rule("TF302", "Invalid data source", "data-sources", "The provider has no data source of this type."),
    _rule(
        "TF303",
        "Invalid ephemeral resource",
        "resources/ephemeral",
        "The provider has no ephemeral resource of this type.",
    ),
    _rule(
        "TF304",
        "Unsupported argument",
        "resources/syntax",
        "The resource type has no argument of this name. It may be misspelt, belong into a nested block, or come from "
        "another version of the provider.",
    ),
    _rule(
        "TF305",
        "Missing required argument",
        "resources/syntax",
        "An argument that the schema requires is not set.",
    ),
    _rule(
        "TF306",
        "Value for unconfigurable attribute",
        "resources/syntax",
        "The attribute is read-only: the provider decides its value, and a configuration can only refer to it.",
    ),
    _rule(
        "TF307",
        "Unsupported block type",
        "resources/syntax",
        "The resource type has no block of this name at this place.",
    ),
    _rule(
        "TF308",
        "Insufficient blocks",
        "resources/syntax",
        "The schema requires a block of this type, and there is none, or fewer than it requires.",
    ),
    _rule(
        "TF309",
        "Too many blocks",
        "resources/syntax",
        "The schema allows fewer blocks of this type, often only one.",
    ),
    _rule(
        "TF310",
        "Incorrect attribute value type",
        "expressions/types#type-conversion",
        "The value cannot be converted to the type of the argument. Terraform converts between strings, numbers and "
        "bools where the text allows it, and between lists, sets and tuples, but never wraps a single value in a list.",
    ),
    _rule(
        "TF311",
        "Block written as an argument",
        "attr-as-blocks",
        "The name is that of a block type: write name { ... } without the equals sign.",
    ),
    _rule(
        "TF312",
        "Argument written as a block",
        "attr-as-blocks",
        "The name is that of an argument: write name = { ... } with the equals sign.",
    ),
    _rule(
        "TF313",
        "Invalid dynamic or labelled block",
        "expressions/dynamic-blocks",
        "A dynamic block needs one label, a for_each that can be iterated and one content block; nested blocks take "
        "labels only where the schema says so.",
    ),
    _rule(
        "TF314",
        "Invalid provisioner",
        "resources/provisioners/syntax",
        "The provisioner does not exist (there are file, local-exec and remote-exec), or what it should do is not "
        "said exactly once.",
    ),
    _rule(
        "TF315",
        "Invalid use of ephemeral value",
        "resources/ephemeral",
        "The value of this argument is kept in the state, which an ephemeral value must never be. Only write-only "
        "arguments, provider configurations and provisioners take ephemeral values.",
    ),
    _rule(
        "TF316",
        "Invalid backend configuration",
        "state/remote-state-data",
        "A terraform_remote_state names a backend that does not exist, or configures it with what it does not take.",
    ),
)
