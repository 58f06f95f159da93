"""Which files the digest of a rubric covers."""

from pathlib import Path

import pytest

import iacrl
from iacrl.scoring import version

PACKAGE = Path(iacrl.__file__).parent
COVERED = {str(path) for place in version._places() for path in version._files(place)}


@pytest.mark.parametrize(
    "name",
    [
        "domains/extract.py", "domains/terraform/validation.py", "domains/kubernetes/validation.py",
        "domains/terraform/format/form.py", "domains/terraform/security/__init__.py", "intent/check.py",
        "scoring/rubric.py", "scoring/gates.py", "scoring/tokens.py",
    ],
)  # fmt: skip
def test_what_judges_is_covered(name):
    assert (PACKAGE / name).is_file() and str(PACKAGE / name) in COVERED


@pytest.mark.parametrize(
    "name",
    [
        "scoring/audit/texts.py", "scoring/runtime/host.py", "scoring/samples.py", "tasks/words.py", "tasks/wording.py",
        "domains/terraform/engine/engine.py", "domains/kubernetes/hack_texts.py", "domains/kubernetes/second_judge.py",
    ],
)  # fmt: skip
def test_what_changes_no_score_is_not(name):
    assert (PACKAGE / name).is_file() and str(PACKAGE / name) not in COVERED


def test_the_schemas_at_hand_are_covered(tmp_path, monkeypatch):
    monkeypatch.setenv("IACRL_DATA_DIR", str(tmp_path))
    version.judging_version.cache_clear()
    before = version.judging_version()
    pack = tmp_path / "schemas" / "example.com" / "a" / "b.pack"
    pack.parent.mkdir(parents=True)
    pack.write_bytes(b"a provider")
    version.judging_version.cache_clear()
    with_pack = version.judging_version()
    definition = tmp_path / "kubernetes" / "thing.json"
    definition.parent.mkdir()
    definition.write_text("{}")
    version.judging_version.cache_clear()
    assert len({before, with_pack, version.judging_version()}) == 3
    version.judging_version.cache_clear()
