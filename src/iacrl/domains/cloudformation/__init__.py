"""CloudFormation: from a template to a verdict, in process and offline, by cfn-lint.

The layers, lowest first: `limits` checks the text's limits and reads it. Then cfn-lint's rules (`linter`) check the
template's sections, resources and references. `rules` maps each rule to its layer. What only a provider or a macro
knows is `unchecked`.
"""
