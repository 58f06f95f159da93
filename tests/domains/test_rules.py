"""The catalogue: codes, the generated table, and a good and a bad fixture for every rule."""

import importlib.util
import re
from pathlib import Path

import pytest

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
CASES = [
    pytest.param(domain, kind, path, id=f"{kind}/{path.name}")
    for domain in PREFIXES
    for kind in ("good", "bad")
    for path in sorted((FIXTURES / domain / kind).iterdir())
]


def verdict_on(path, domain):
    if path.is_dir():
        return validate_directory(path)
    return iacrl.validate(path.read_bytes().decode("utf-8", errors="surrogateescape"), domain)


@pytest.mark.parametrize("domain", PREFIXES)
def test_codes_are_unique_sorted_and_tell_their_layer(domain):
    rules = [rule for of, rule in RULES if of == domain]
    codes = [rule.code for rule in rules]
    assert codes == sorted(set(codes))
    for rule in rules:
        assert re.fullmatch(rf"{PREFIXES[domain]}\d\d\d", rule.code)
        assert LAYERS[rule.code[2]] == rule.layer, rule.code
        assert rule.title and rule.explanation.endswith(".") and rule.source


@pytest.mark.parametrize(("domain", "rule"), RULES, ids=lambda value: getattr(value, "code", ""))
def test_every_rule_has_a_good_and_a_bad_fixture(domain, rule):
    for kind in ("good", "bad"):
        if rule.code in UNKEPT:
            continue
        assert list((FIXTURES / domain / kind).glob(f"{rule.code}*")), f"no {kind} fixture for {rule.code}"


@pytest.mark.parametrize(("domain", "kind", "path"), CASES)
def test_a_fixture_does_what_its_name_says(domain, kind, path):
    code = path.name[:5]
    rule = next((rule for _, rule in RULES if rule.code == code), None)
    assert rule is not None, f"{path.name}: there is no rule {code}"
    verdict = verdict_on(path, domain)
    codes = [finding.code for finding in verdict.diagnostics]
    if kind == "bad":
        assert code in codes
        assert verdict.valid == (rule.severity == "warning")
    else:
        assert verdict.valid, verdict.errors
        assert code not in codes


def test_a_text_over_the_limit():
    verdict = iacrl.validate("#" * 5_000_000, "terraform")
    assert [finding.code for finding in verdict.diagnostics] == ["TF191"]
    assert iacrl.validate("#" * 3_000_000, "terraform").valid


def test_the_generated_table_is_up_to_date():
    spec = importlib.util.spec_from_file_location("rules_table", ROOT / "scripts" / "rules_table.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.TARGET.read_text() == module.table(), "run `python scripts/rules_table.py`"
