"""Kubernetes as a domain: what iacrl asks about manifests, and who answers.

A text is a stream of YAML documents, or JSON. Its layers are the reading of the text (`yaml`), the objects in it
(`structure`), the schemas of their kinds (`schema`), and the rules that no schema holds (`rules`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iacrl.domains.base import Category, Domain, Option, Options
from iacrl.domains.kubernetes.schema.schemas import DEFAULT_VERSION, VERSIONS
from iacrl.domains.kubernetes.validation import validate_text
from iacrl.domains.meaning import Extras
from iacrl.domains.probing import HackTexts, Mutations
from iacrl.domains.programs import Schemas, SecondJudge

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from iacrl.domains.document import Entity, EntityType
    from iacrl.domains.meaning import DomainTest
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


def _claims(path: Path, text: str) -> str | None:
    from iacrl.domains.kubernetes.claims import why_no_manifest

    return why_no_manifest(path, text)


def _schemas() -> Schemas:
    from iacrl.domains.kubernetes.schema.custom_resources import SCHEMAS

    return SCHEMAS


def _rules() -> tuple[Rule, ...]:
    from iacrl.domains.kubernetes.rules.table import RULES

    return RULES


def _extras(entity: Entity) -> Extras:
    from iacrl.domains.kubernetes.intent.extras import extras_of

    return extras_of(entity)


def _normal_form(entities: Sequence[Entity], asked: Mapping[EntityType, Collection[str]]) -> Sequence[Entity]:
    from iacrl.domains.kubernetes.intent.services import with_target_ports

    return with_target_ports(entities, asked)


def _value_tests() -> Mapping[str, DomainTest]:
    from iacrl.domains.kubernetes.intent.value_tests import VALUE_TESTS

    return VALUE_TESTS


def _mutations() -> Mutations:
    from iacrl.domains.kubernetes.mutations import MUTATIONS

    return MUTATIONS


def _second_judge(options: Options) -> SecondJudge:
    from iacrl.domains.kubernetes.second_judge import SchemaJudge

    return SchemaJudge(options["version"])


def _hack_texts() -> HackTexts:
    from iacrl.domains.kubernetes.hack_texts import HACK_TEXTS

    return HACK_TEXTS


def _sources() -> tuple[Path, ...]:
    from iacrl.domains.kubernetes.schema.custom_resources import data_directory

    return (data_directory(),)


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
    thing="manifest",
    suffixes=(".yaml", ".yml", ".json"),
    claims=_claims,
    schemas=_schemas,
    options=(Option("version", "The API to judge manifests by; the newest by default.", DEFAULT_VERSION, VERSIONS),),
    rules=_rules,
    categories=(Category("object", kind=r"\w+"),),
    extras=_extras,
    normal_form=_normal_form,
    value_tests=_value_tests,
    second_judge=_second_judge,
    mutations=_mutations,
    hack_texts=_hack_texts,
    security_checks=_security_checks,
    warm_text=_WARM,
    sources=_sources,
)
