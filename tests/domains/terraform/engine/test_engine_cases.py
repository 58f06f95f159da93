"""The engine's verdict on valid and invalid configurations for every shipped provider."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import engine_cases
import pytest

from iacrl.domains.terraform.engine import TerraformEngine
from iacrl.domains.terraform.schema.packs import available
from iacrl.domains.terraform.schema.provider_schema import ProviderSchema

pytestmark = pytest.mark.skipif(
    shutil.which("terraform") is None and shutil.which("tofu") is None, reason="neither terraform nor tofu is installed"
)


SHIPPED = [pack.schema for pack in available() if pack.origin == "shipped"]


@pytest.fixture(scope="module")
def engine() -> Iterator[TerraformEngine]:
    with TerraformEngine() as engine:
        yield engine


@pytest.mark.parametrize("schema", SHIPPED, ids=lambda schema: schema.name)
def test_each_case_gets_its_verdict(engine: TerraformEngine, schema: ProviderSchema) -> None:
    text, places = engine_cases.header(schema), []
    for case in engine_cases.cases(schema):
        start = text.count("\n") + 1
        text += case.text
        places.append((case, start, text.count("\n")))
    verdict = engine.validate(text)
    assert verdict.unchecked == ()
    for case, first, last in places:
        found = [one for one in verdict.errors if first <= one.range.start.line <= last]
        summaries = {one.message.partition(":")[0] for one in found}
        assert summaries == ({case.summary} if case.summary else set()), f"{case.name}\n{case.text}\n{found}"
        assert {one.layer for one in found} <= {"schema"}


@pytest.mark.parametrize("schema", SHIPPED, ids=lambda schema: schema.name)
def test_the_valid_cases_plan(engine: TerraformEngine, schema: ProviderSchema) -> None:
    valid = [case for case in engine_cases.cases(schema) if case.summary is None]
    plan = engine.plan(engine_cases.header(schema) + "".join(case.text for case in valid))
    assert plan.verdict.diagnostics == ()
    assert plan.json is not None
    planned = [one["address"] for one in plan.json.get("resource_changes", [])]
    assert len(planned) == (len(valid) if schema.resource_types else 0)


def test_there_are_enough_cases() -> None:
    made = {schema.name: engine_cases.cases(schema) for schema in SHIPPED}
    assert all(any(case.summary is None for case in some) for some in made.values())
    assert all(sum(case.summary is not None for case in some) >= 3 for some in made.values())
    assert sum(map(len, made.values())) >= 200
