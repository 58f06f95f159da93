"""What an editor is shown of the files that are judged together."""

from pathlib import Path

import pytest

from iacrl.errors import UserError
from iacrl.seen_files import seeing, unsaved_in
from iacrl.servers.editor_judging import MOST_TOGETHER, EditorJudge

CLAIM = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n"


def test_a_finding_in_a_called_module_is_shown_where_the_call_is(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('module "a" {\n  source = "./a"\n}\n')
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "a.tf").write_text("output {}\n")
    found = EditorJudge({}).findings(tmp_path / "main.tf", {})
    assert list(found) == [tmp_path / "main.tf"]
    messages = [finding.message for finding in found[tmp_path / "main.tf"].diagnostics]
    assert messages and all(message.startswith("a/a.tf:1:") for message in messages)


def test_files_that_are_nothing_to_judge_have_no_findings(tmp_path: Path) -> None:
    (tmp_path / "notes.yaml").write_text("just: notes\n")
    judge = EditorJudge({})
    assert judge.findings(tmp_path / "notes.yaml", {}) == {}
    assert not judge.is_known(tmp_path / "notes.txt")


def test_a_template_of_a_chart_is_not_judged(tmp_path: Path) -> None:
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: a\nversion: 0.1.0\n")
    (tmp_path / "templates").mkdir()
    file = tmp_path / "templates" / "a.yaml"
    file.write_text(CLAIM.format(name="{{ .Release.Name }}"))
    assert EditorJudge({}).findings(file, {}) == {}


def test_manifests_are_together_up_to_a_number(tmp_path: Path) -> None:
    for number in range(MOST_TOGETHER):
        (tmp_path / f"{number}.yaml").write_text(CLAIM.format(name=f"a{number}"))
    judge = EditorJudge({})
    assert len(judge.findings(tmp_path / "0.yaml", {})) == MOST_TOGETHER
    new = tmp_path / "new.yaml"
    assert list(judge.findings(new, {new: CLAIM.format(name="new")})) == [new]


def test_what_an_editor_holds_is_seen_only_within(tmp_path: Path) -> None:
    file = tmp_path / "new.tf"
    with seeing(unsaved={file: "a = 1\n"}):
        assert unsaved_in(tmp_path) == [file]
    assert unsaved_in(tmp_path) == []


def test_settings_and_baselines_count_as_they_are_now(tmp_path: Path) -> None:
    file = tmp_path / "main.tf"
    file.write_text('resource "aws_s3_bucket" "a" {\n  bukcet = "a"\n}\n')
    judge = EditorJudge({})
    assert [one.code for one in judge.findings(file, {})[file].diagnostics] == ["TF304"]
    settings = tmp_path / ".iacrl.toml"
    settings.write_text('ignore = ["TF304"]\n')
    assert judge.findings(file, {})[file].diagnostics == []
    settings.write_text('exclude = ["main.tf"]\n')
    assert judge.findings(file, {}) == {}
    settings.write_text("ignore = 1\n")
    with pytest.raises(UserError, match="ignore"):
        judge.findings(file, {})
