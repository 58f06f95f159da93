"""A body against its schema and then, where facts are at hand, against what the provider refuses besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iacrl.domains.terraform.provider_rules.facts import facts_of
from iacrl.domains.terraform.provider_rules.seen import Seen

if TYPE_CHECKING:
    from iacrl.domains.terraform.checking.body_checker import BodyChecker
    from iacrl.domains.terraform.checking.site import Site
    from iacrl.domains.terraform.schema.block_shapes import BlockShape
    from iacrl.domains.terraform.schema.provider_schema import ProviderSchema
    from iacrl.domains.terraform.structure.module import Resource


def check_with_provider_rules(
    schema: ProviderSchema, resource: Resource, checker: BodyChecker, shape: BlockShape, place: Site
) -> None:
    """Check a resource's body. As in Terraform, the provider is asked only where the schema is met."""
    known = facts_of(schema)
    facts = None if known is None else known.of(resource.mode, resource.type)
    if facts is None:
        checker.check(resource.config, shape, place, resource.block)
        return
    before = len(checker.report)
    body = checker.seen = Seen(resource.block, facts.names)
    checker.check(resource.config, shape, place, resource.block)
    checker.seen = None
    if len(checker.report) == before:
        from iacrl.domains.terraform.provider_rules.combination_rules import check_combinations
        from iacrl.domains.terraform.provider_rules.value_rules import check_values

        check_values(facts, body, checker.report)
        check_combinations(facts, body, checker.report)
