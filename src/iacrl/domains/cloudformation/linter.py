"""cfn-lint as a library: its rules loaded once, and run on one template at a time.

Only the bundled rules run, with cfn-lint's own defaults. `.cfnlintrc` files and `Metadata: cfn-lint:` in the template
are ignored: they could switch rules off. Nothing uses the network.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Any, NamedTuple

from iacrl.extras import require

#: The rule that reports what is wrong with the transforms of a template.
_TRANSFORMS = "E0001"


class Linted(NamedTuple):
    """What cfn-lint reports about one template.

    Attributes:
        matches: Its findings, of the severities error and warning.
        template: The template as the rules saw it: loops expanded, globals merged.
        failed: The ids of rules that crashed on it.
    """

    matches: tuple[Any, ...]
    template: Any
    failed: tuple[str, ...] = ()


class Linter(NamedTuple):
    """The rules, linked to each other.

    Attributes:
        rules: All of them by id.
        initial: Rules that prepare something for each template.
        whole: Rules that check a whole template; they call the others.
        properties: Rules that check the properties of some types.
        reported: The ids of errors and warnings that are not experimental.
    """

    rules: dict[str, Any]
    initial: tuple[Any, ...]
    whole: tuple[Any, ...]
    properties: tuple[Any, ...]
    reported: frozenset[str]

    def lint(self, template: Any, region: str) -> Linted:
        """Run the rules on a decoded template, which they may change."""
        from cfnlint.template import Template

        lookup = Template(None, template, [region])
        failed: list[str] = []
        matches: list[Any] = []
        try:
            found = lookup.transform()
        except Exception:  # noqa: BLE001 - cfn-lint itself breaks on some texts, such as one with a type `{0}`
            return Linted((), template, (_TRANSFORMS,))
        if found:
            return Linted(tuple(found), template)

        def run(rule: Any, check: Any, *about: Any) -> None:
            try:
                matches.extend(check(*about))
            except Exception:  # noqa: BLE001 - a rule that crashes proves nothing about the template
                failed.append(rule.id)

        for rule in self.initial:
            run(rule, lambda of, cfn: of.initialize(cfn) or (), rule, lookup)
        for rule in self.whole:
            run(rule, rule.matchall, None, lookup)
        for name, resource in lookup.get_resources().items():
            kind, properties = resource.get("Type"), resource.get("Properties")
            if isinstance(kind, str) and isinstance(properties, dict):
                about = (None, lookup, properties, kind, ["Resources", name, "Properties"])
                for rule in self.properties:
                    run(rule, rule.matchall_resource_properties, *about)
        kept = tuple(match for match in matches if match.rule.id in self.reported)
        return Linted(kept, lookup.template, tuple(dict.fromkeys(failed)))


@cache
def linter() -> Linter:
    """Load the rules; takes some seconds the first time.

    Raises:
        UserError: cfn-lint is not installed.
    """
    require("Judging CloudFormation", "cloudformation", ("cfnlint",))
    from pathlib import Path

    import cfnlint
    from cfnlint.rules import CloudFormationLintRule, Rules

    logging.getLogger("cfnlint").addHandler(logging.NullHandler())  # the errors that it logs are findings
    rules = dict(Rules.create_from_directory(str(Path(cfnlint.__file__).parent / "rules")))
    for rule in rules.values():
        rule.configure(None, False)
        rule.child_rules.update({key: rules[key] for key in rule.child_rules if key in rules})
        for parent in rule.parent_rules:
            if parent in rules:
                rules[parent].child_rules[rule.id] = rule
    every = tuple(rules.values())
    return Linter(
        rules,
        tuple(rule for rule in every if type(rule).initialize is not CloudFormationLintRule.initialize),
        tuple(rule for rule in every if type(rule).match is not CloudFormationLintRule.match),
        tuple(rule for rule in every if rule.resource_property_types),
        frozenset(rule.id for rule in every if rule.id[0] in "EW" and not rule.experimental),
    )
