"""Checks a body against its schema, and then against the facts about the provider, if there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iacrl.domains.terraform.provider_rules.facts import Path, TypeFacts, facts_of
from iacrl.domains.terraform.provider_rules.required_null import (
    check_required,
    check_required_in_blocks,
    may_have_null,
)
from iacrl.domains.terraform.provider_rules.seen import Seen

if TYPE_CHECKING:
    from iacrl.domains.terraform.checking.body_checker import BodyChecker
    from iacrl.domains.terraform.checking.site import Site
    from iacrl.domains.terraform.schema.block_shapes import BlockShape
    from iacrl.domains.terraform.schema.provider_schema import ProviderSchema
    from iacrl.domains.terraform.structure.module import Resource


#: Providers of the older plugin SDK. The SDK adds an optional and computed `id` to every resource's schema. But it
#: refuses an `id` in a configuration ("Invalid or unknown key") unless the resource declares it.
_BY_SDK = frozenset(
    {
        "datadog/datadog",
        "hashicorp/aws",
        "hashicorp/azuread",
        "hashicorp/azurerm",
        "hashicorp/google",
        "hashicorp/google-beta",
        "hashicorp/kubernetes",
        "integrations/github",
        "kreuzwerker/docker",
    }
)
#: Of all types of aws that the provider was asked about, the only one whose declared `id` has the same marks.
_OWN_ID = frozenset({"aws_elasticache_reserved_cache_node"})
_ID: Path = ("id",)
_NOTHING = TypeFacts({}, [], False, frozenset())


def has_implicit_id(schema: ProviderSchema, category: str, name: str) -> bool:
    """Say whether a provider refuses an `id` in a configuration of this type, though its schema has one."""
    if category != "resource" or schema.source not in _BY_SDK or name in _OWN_ID:
        return False
    body = schema.read("resource", name)
    attribute = None if body is None else body.attributes.get("id")
    return attribute is not None and attribute.optional and attribute.computed


def check_with_provider_rules(
    schema: ProviderSchema, resource: Resource, checker: BodyChecker, shape: BlockShape, place: Site
) -> None:
    """Check a resource's body. As in Terraform, the provider's rules count only if the schema is met."""
    known = facts_of(schema)
    facts = None if known is None else known.of(resource.mode, resource.type)
    if "id" in resource.config.attributes and has_implicit_id(schema, resource.mode, resource.type):
        facts = facts or _NOTHING
        values = {_ID: [["never"]], **facts.values}
        facts = facts._replace(values=values, names=facts.names | {"id"})
    if facts is None and may_have_null(resource.config, shape):
        facts = _NOTHING
    before = len(checker.report)
    if facts is None:
        checker.check(resource.config, shape, place, resource.block)
        if len(checker.report) == before:
            check_required(resource, checker, shape, place)
        return
    body = checker.seen = Seen(resource.block, facts.names)
    checker.check(resource.config, shape, place, resource.block)
    checker.seen = None
    if len(checker.report) == before:
        from iacrl.domains.terraform.provider_rules.combination_rules import check_combinations
        from iacrl.domains.terraform.provider_rules.value_rules import check_values

        check_required(resource, checker, shape, place)
        check_required_in_blocks(body, shape, facts.partial, checker.report)
        check_values(facts, body, checker.report)
        check_combinations(facts, body, checker.report)
