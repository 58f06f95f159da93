"""Kubernetes as a domain: where each of its parts is.

A text is a stream of YAML documents, or JSON. Its layers: reading the text (`yaml`), its objects (`structure`), the
schemas of their kinds (`schema`), and rules that no schema can express (`rules`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iacrl.domains.base import Category, Domain, Option, Options
from iacrl.domains.deferred import constant, function
from iacrl.domains.kubernetes import DEFAULT_VERSION, validate_text
from iacrl.domains.kubernetes.schema.api_schemas import VERSIONS
from iacrl.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from iacrl.domains.kubernetes.engine import KubernetesEngine
    from iacrl.domains.programs import SecondJudge
    from iacrl.domains.rules import Rule
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


def _engine(options: Options) -> KubernetesEngine:
    from iacrl.domains.kubernetes.engine import KubernetesEngine

    return KubernetesEngine(options["assets"] or None, context=options["context"] or None)


def _second_judge(options: Options) -> SecondJudge:
    """Make the engine if it is asked for, or if it is installed in the right version; else the schemas' judge."""
    from iacrl.domains.kubernetes.engine.programs import find_servers
    from iacrl.domains.kubernetes.second_judge import SchemaJudge

    if options["context"]:
        return _engine(options)
    found = find_servers(options["assets"] or None)
    if found is not None and found.minor == options["version"]:
        return _engine(options)
    if found is not None and options["assets"]:
        raise UserError(
            f"{found.apiserver} is of version {found.version}, and domains.kubernetes.version is {options['version']}."
        )
    return SchemaJudge(options)


def _rules() -> tuple[Rule, ...]:
    from iacrl.domains.kubernetes.engine.engine_rules import ENGINE_RULES
    from iacrl.domains.kubernetes.rules import all_rules

    return (*all_rules(), *ENGINE_RULES)


def _validate_together(texts: Sequence[str], options: Options) -> Sequence[Verdict]:
    from iacrl.domains.kubernetes.validation import validate_texts

    return validate_texts(texts, options["version"])


def _sources() -> tuple[Path, ...]:
    from iacrl.domains.kubernetes.schema.installed import data_directories

    return tuple(data_directories())


DOMAIN = Domain(
    name="kubernetes",
    title="Kubernetes",
    languages=("yaml", "yml", "json", "kubernetes", "k8s"),
    spoken=("Kubernetes YAML", "a manifest", "a Kubernetes manifest", "YAML"),
    joint="---\n",
    validate=_validate,
    validate_together=_validate_together,
    rendering=function("iacrl.domains.kubernetes.rendering:rendering_of"),
    thing="manifest",
    suffixes=(".yaml", ".yml", ".json"),
    claims=function("iacrl.domains.kubernetes.claims:why_no_manifest"),
    schemas=constant("iacrl.domains.kubernetes.schema.added_crds:SCHEMAS"),
    named_types=function("iacrl.domains.kubernetes.schema.named_kinds:named_kinds"),
    options=(
        Option("version", "The API to judge manifests by; the newest by default.", DEFAULT_VERSION, VERSIONS),
        Option(
            "assets",
            "The directory of the engine's kube-apiserver and etcd; by default KUBEBUILDER_ASSETS or the PATH.",
            "",
            of_engine=True,
        ),
        Option(
            "context",
            "A context of your kubeconfig, whose cluster the engine asks instead, by dry runs.",
            "",
            of_engine=True,
        ),
    ),
    rules=_rules,
    marks=function("iacrl.domains.kubernetes.marks:marks"),
    categories=(Category("object", kind=r"\w+"),),
    extras=function("iacrl.domains.kubernetes.intent.extras:extras_of"),
    # The sources of a variable and of a volume: only one of each may be set.
    alternatives=("configMapRef", "secretRef", "configMap", "secret", "persistentVolumeClaim", "emptyDir", "hostPath"),
    normal_form=function("iacrl.domains.kubernetes.intent.stored:as_stored"),
    value_tests=constant("iacrl.domains.kubernetes.intent.value_tests:VALUE_TESTS"),
    engine=_engine,
    second_judge=_second_judge,
    mutations=constant("iacrl.domains.kubernetes.mutations:MUTATIONS"),
    hack_texts=constant("iacrl.domains.kubernetes.hack_texts:HACK_TEXTS"),
    security_checks=constant("iacrl.domains.kubernetes.security:CHECKS"),
    warm_text=_WARM,
    sources=_sources,
)
