"""Kubernetes as a domain: what iacrl asks about manifests, and who answers.

A text is a stream of YAML documents, or JSON. Its layers are the reading of the text (`yaml`), the objects in it
(`structure`), the schemas of their kinds (`schema`), and the rules that no schema holds (`rules`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iacrl.domains.base import Category, Domain, Option, Options
from iacrl.domains.kubernetes.schema.schemas import DEFAULT_VERSION, VERSIONS
from iacrl.domains.kubernetes.validation import validate_text

if TYPE_CHECKING:
    from iacrl.domains.rules import Rule
    from iacrl.domains.security import SecurityCheck
    from iacrl.domains.verdict import Verdict

_WARM = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: a
spec:
  selector:
    matchLabels: {app: a}
  template:
    metadata:
      labels: {app: a}
    spec:
      containers:
      - name: a
        image: a:1
        resources:
          limits: {cpu: 100m, memory: 1Gi}
"""


def _validate(text: str, options: Options) -> Verdict:
    return validate_text(text, options["version"])


def _rules() -> tuple[Rule, ...]:
    from iacrl.domains.kubernetes.rules.table import RULES

    return RULES


def _security_checks() -> tuple[SecurityCheck, ...]:
    from iacrl.domains.kubernetes.security import CHECKS

    return CHECKS


DOMAIN = Domain(
    name="kubernetes",
    title="Kubernetes",
    languages=("yaml", "yml", "json", "kubernetes", "k8s"),
    spoken=("Kubernetes YAML", "a manifest", "a Kubernetes manifest", "YAML"),
    joint="---\n",
    validate=_validate,
    options=(Option("version", "The API to judge manifests by; the newest by default.", DEFAULT_VERSION, VERSIONS),),
    rules=_rules,
    categories=(Category("object", has_kind=True),),
    security_checks=_security_checks,
    warm_text=_WARM,
)
