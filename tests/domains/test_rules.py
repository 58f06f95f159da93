"""The catalogue: codes, the generated table, and a good and a bad fixture for every rule."""

import importlib.util
import re
from pathlib import Path

import pytest
from batches import batches, check_each

import iacrl
from iacrl.domains.kubernetes.engine import engine_rules as kubernetes_engine
from iacrl.domains.registry import find_domain
from iacrl.domains.terraform import validate_directory
from iacrl.domains.terraform.engine_rules import ENGINE_RULES

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests" / "fixtures"
PREFIXES = {"terraform": "TF", "kubernetes": "KB"}
LAYERS = {"0": "extract", "1": "syntax", "2": "structure", "3": "schema", "4": "references"}
#: The engine's rules have no fixtures: their texts are those of the other rules, judged by the real program.
OF_ENGINES = (*ENGINE_RULES, *kubernetes_engine.ENGINE_RULES)
RULES = [(domain, rule) for domain in PREFIXES for rule in find_domain(domain).rules() if rule not in OF_ENGINES]
#: A text that breaks this rule is too large to be kept as a file; `test_a_text_over_the_limit` makes one.
UNKEPT = {"TF191"}
#: tests/domains/kubernetes/test_kubernetes_fixtures.py judges those of Kubernetes.
JUDGED = [path for kind in ("good", "bad") for path in sorted((FIXTURES / "terraform" / kind).iterdir())]


def verdict_on(path):
    if path.is_dir():
        return validate_directory(path)
    return iacrl.validate(path.read_bytes().decode("utf-8", errors="surrogateescape"), "terraform")


@pytest.mark.parametrize("domain", PREFIXES)
def test_codes_are_unique_sorted_and_tell_their_layer(domain):
    rules = [rule for of, rule in RULES if of == domain]
    codes = [rule.code for rule in rules]
    assert codes == sorted(set(codes))
    for rule in rules:
        assert re.fullmatch(rf"{PREFIXES[domain]}\d{{3,4}}", rule.code)
        assert LAYERS[rule.code[2]] == rule.layer, rule.code
        assert rule.title and rule.explanation.endswith(".") and rule.source


@pytest.mark.parametrize("kind", ["good", "bad"])
def test_every_rule_has_a_good_and_a_bad_fixture(kind):
    for domain in PREFIXES:
        codes = {rule.code for of, rule in RULES if of == domain} - UNKEPT
        assert {path.stem.partition("_")[0] for path in (FIXTURES / domain / kind).iterdir()} == codes


@pytest.mark.parametrize("paths", batches(JUDGED, 20))
def test_a_fixture_does_what_its_name_says(paths):
    def check(path):
        rule = next(rule for _, rule in RULES if rule.code == path.stem.partition("_")[0])
        verdict = verdict_on(path)
        if path.parent.name == "good":
            assert verdict.diagnostics == ()
            return
        found = [finding for finding in verdict.diagnostics if finding.code == rule.code]
        assert {(finding.severity, finding.layer) for finding in found} == {(rule.severity, rule.layer)}, verdict
        assert verdict.valid == (rule.severity == "warning")

    check_each(paths, lambda path: f"{path.parent.name}/{path.name}", check)


def test_a_text_over_the_limit():
    verdict = iacrl.validate("#" * 5_000_000, "terraform")
    assert [finding.code for finding in verdict.diagnostics] == ["TF191"]
    assert iacrl.validate("#" * 3_000_000, "terraform").valid


def test_the_generated_table_is_up_to_date():
    spec = importlib.util.spec_from_file_location("rules_table", ROOT / "scripts" / "rules_table.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.TARGET.read_text() == module.table(), "run `python scripts/rules_table.py`"
