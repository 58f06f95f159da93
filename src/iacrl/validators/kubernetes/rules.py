"""The rules for Kubernetes."""

from __future__ import annotations

from iacrl.validators.rules import Rule

RULES: tuple[Rule, ...] = (
    Rule("K8100", "syntax", "Invalid YAML", "The text is not a YAML stream.", "https://yaml.org/spec/1.2.2/"),
    Rule(
        "K8300",
        "schema",
        "Schema violation",
        "The object does not follow the schema of its apiVersion and kind.",
        "https://kubernetes.io/docs/reference/kubernetes-api/",
    ),
)
