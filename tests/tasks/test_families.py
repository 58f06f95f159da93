"""One set of tests for every family: what a family must hold, whoever adds it."""

import shutil
import subprocess

import pytest

from iacrl.tasks.family import all_families
from iacrl.tasks.proof import gold_faults, prove

FAMILIES = list(all_families().values())
SEED = 11


@pytest.fixture(params=FAMILIES, ids=lambda family: family.name)
def family(request):
    return request.param


def test_items_depend_on_the_seed_and_the_index_alone(family):
    first = family.task(SEED, 3)
    family.task(SEED, 4)
    assert family.task(SEED, 3) == first
    assert family.task(SEED + 1, 3) != first
    assert family.task(SEED, 3 + len(family.levels)).output != first.output


def test_gold_answers_stand_and_every_mutation_scores_lower(family):
    if family.domain == "cloudformation":
        pytest.importorskip("cfnlint")
    last = len(family.levels) - 1
    for index in range(last + 1):
        if family.domain == "cloudformation" and index < last:
            assert not gold_faults(family.task(SEED, index))
            continue  # cfn-lint takes a tenth of a second for each mutation; the hardest answer has the most of them
        proof = prove(family.task(SEED, index))
        assert not proof.faults
        assert not proof.survived
        assert len(proof.caught) >= 5


def test_instructions_differ_in_wording(family):
    openings = set()
    for index in range(40):
        openings.add(family.task(SEED, index).instruction.split()[0])
        if len(openings) == 5:
            return
    pytest.fail(f"40 instructions begin with {', '.join(sorted(openings))} only")


def test_files_name_what_they_hold():
    for family in FAMILIES:
        assert family.generate.__module__.startswith(f"iacrl.tasks.families.{family.domain}.")
        assert family.generate.__module__.endswith(f".{family.name}")
        assert family.summary.endswith("."), family.name


def test_terraform_fmt_leaves_gold_answers_as_they_are(tmp_path):
    if shutil.which("terraform") is None:
        pytest.skip("terraform is not on the path")
    for family in FAMILIES:
        for index in range(len(family.levels) if family.domain == "terraform" else 0):
            (tmp_path / f"{family.name}-{index}.tf").write_text(family.task(SEED, index).output)
    ran = subprocess.run(["terraform", "fmt", "-check", "-diff", tmp_path], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_terraform_itself_accepts_gold_answers():
    """A sample, for each takes the program a third of a second; `iacrl data check --engine terraform` judges all."""
    pytest.importorskip("grpc")
    if shutil.which("terraform") is None:
        pytest.skip("terraform is not on the path")
    from iacrl.domains.terraform.engine import TerraformEngine

    sample = [family for family in FAMILIES if family.domain == "terraform"][::9]
    with TerraformEngine() as engine:
        for family in sample:
            verdict = engine.validate(family.task(SEED, len(family.levels) - 1).output)
            assert verdict.valid and not verdict.unchecked, (family.name, verdict.diagnostics, verdict.unchecked)
