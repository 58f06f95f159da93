"""CloudFormation: from a template to a verdict, in process and offline, by cfn-lint.

The layers, lowest first: the text keeps its limits and is read (`limits`), and cfn-lint's rules judge the sections of
the template, its resources and its references (`linter`; `rules` holds which rule is of which layer). What only a
provider or a macro knows is `unchecked`.
"""
