from pathlib import Path

import pytest
from batches import batches, check_each

from iacrl.domains.kubernetes import validate_text
from iacrl.domains.kubernetes.rules import all_rules
from iacrl.domains.verdict import LAYERS

FIXTURES = Path(__file__).parents[2] / "fixtures" / "kubernetes"
SEVERITIES = {rule.code: rule.severity for rule in all_rules()}


def has_its_code_and_no_other_error(path):
    code = path.stem.partition("_")[0]
    found = validate_text(path.read_bytes().decode()).diagnostics
    assert {each.code for each in found if each.severity == "error"} <= {code}
    named = [each for each in found if each.code == code]
    assert named
    assert all(each.severity == SEVERITIES[code] for each in named)
    lines = path.read_bytes().decode().split("\n")
    for each in found:
        start, end = each.range.start, each.range.end
        assert 1 <= start.line <= end.line <= len(lines)
        assert 1 <= start.column <= len(lines[start.line - 1]) + 1


def has_nothing_to_report(path):
    verdict = validate_text(path.read_bytes().decode())
    assert verdict.diagnostics == ()
    assert verdict.unchecked == ()
    assert "references" in verdict.layers


@pytest.mark.parametrize("paths", batches(sorted((FIXTURES / "bad").glob("*.yaml")), 20))
def test_a_bad_fixture_has_its_code_and_no_other_error(paths):
    check_each(paths, lambda path: path.stem, has_its_code_and_no_other_error)


@pytest.mark.parametrize("paths", batches(sorted((FIXTURES / "good").glob("*.yaml")), 20))
def test_a_good_fixture_has_nothing_to_report(paths):
    check_each(paths, lambda path: path.stem, has_nothing_to_report)


def test_each_rule_has_fixtures_and_a_source():
    for folder in ("good", "bad"):
        present = {path.stem.partition("_")[0] for path in (FIXTURES / folder).glob("*.yaml")}
        assert present == set(SEVERITIES)
    assert len(SEVERITIES) == len(all_rules())
    for rule in all_rules():
        assert rule.source.startswith("https://"), rule.code
        assert LAYERS.index(rule.layer) == int(rule.code[2]), rule.code
        assert rule.explanation.endswith("."), rule.code
