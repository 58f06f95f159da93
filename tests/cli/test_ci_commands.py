"""No foreign text becomes a command for the CI server that reads a job's log, nor a line that looks like ours."""

import json
import re
import xml.etree.ElementTree as ET

import pytest
from ci_log import FORGED, commands_in, is_ours_alone

from iacrl.runs.progress import CleanConsole

Q = json.dumps(FORGED)
MANIFEST = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": FORGED, FORGED: FORGED}, FORGED: 1}
STACK = {
    "Resources": {"A": {"Type": FORGED}, "B": {"Type": "AWS::S3::Bucket", "Properties": {FORGED: {"Ref": FORGED}}}}
}
HCL = f"""# iacrl: ignore {FORGED}
module "a" {{ source = {Q} }}
module "b" {{
  source = "./{Q[1:]}
}}
resource "aws_vpc" "a" {{
  cidr_block = {Q}
  tags = {{ {Q} = aws_none.x }}
}}
resource "{Q[1:-1]}" "a" {{}}
check "a" {{ assert {{
  condition = nothing({Q})
  error_message = {Q}
}} }}
"""
SETTINGS = {
    "key": f"{Q} = 1",
    "schemas": f"schemas = [{Q}]",
    "baseline": f"baseline = {Q}",
    "code": f"ignore = [{Q}]",
    "severity": f"[severity]\n{Q} = {Q}",
    "files": f"[per-file-ignores]\n{Q} = [{Q}]",
    "option": f"[kubernetes]\nversion = {Q}\n{Q} = 1",
    "fail-on": f"fail-on = [{Q}]",
    "not TOML": f"x = {FORGED}",
}
ROW = {"id": FORGED, "domain": "terraform", "instruction": FORGED, "output": HCL, "family": FORGED, "difficulty": 1}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A repository from anybody: what it names and holds tries to be a command."""
    monkeypatch.chdir(tmp_path)
    for name, text in {
        f"{FORGED}/main.tf": HCL,
        f"{FORGED}/raw.tf": f'resource "aws_vpc" "{FORGED}" {{\n {FORGED}\n}}\n',
        f"{FORGED}/x{FORGED}.yaml": json.dumps(MANIFEST),
        f"{FORGED}/s.template.json": json.dumps(STACK),
        f"{FORGED}/s.yaml": json.dumps({"AWSTemplateFormatVersion": "2010-09-09", **STACK}),
        f"{FORGED}/{FORGED}/Chart.yaml": f"apiVersion: v2\nname: {Q}\nversion: {Q}\n",
        f"{FORGED}/{FORGED}/templates/a.yaml": FORGED,
        "tasks.jsonl": json.dumps(ROW) + "\n",
        "twice.jsonl": json.dumps(ROW) + "\n" + json.dumps(ROW) + "\n",
        "other.jsonl": json.dumps({**ROW, "domain": FORGED}) + "\n",
        "intent.jsonl": json.dumps({**ROW, "intent": {"exists": [{FORGED: FORGED}]}}) + "\n",
        "rows.jsonl": json.dumps({"id": FORGED, "domain": "terraform", "text": HCL}) + "\n",
        "odd.jsonl": json.dumps({"id": FORGED, "domain": FORGED, "text": HCL}) + "\n",
        "log.jsonl": json.dumps({"completion": HCL, "time": FORGED, "domain": FORGED}) + "\n",
        "recipe.yaml": json.dumps({"model": {FORGED: FORGED}, FORGED: 1, "data": {"domains": [FORGED]}}),
        "reward.yaml": json.dumps({"rewards": {"weights": {FORGED: 1.0}}}),
        "old.json": json.dumps({"version": FORGED, "findings": {FORGED: {FORGED: {FORGED: 1}}}}),
        "known.json": json.dumps({"version": 1, "findings": {FORGED: {FORGED: {FORGED: 1}}, f"{FORGED}/main.tf": {}}}),
        "plan.tf": HCL,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / FORGED / f"{FORGED}.yaml").symlink_to("/etc/hostname")
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ["validate", "."],
        ["validate", FORGED, "--security"],
        ["validate", f"{FORGED}/x{FORGED}.yaml", f"{FORGED}/s.template.json", f"{FORGED}/s.yaml"],
        ["validate", ".", "--format", "junit"],
        ["validate", ".", "--baseline", "old.json"],
        ["validate", ".", "--baseline", "known.json"],
        ["validate", ".", "--baseline", "new.json", "--write-baseline"],
        ["validate", "--discover", f"{FORGED}/{FORGED}.yaml", f"{FORGED}/{FORGED}/Chart.yaml"],
        ["validate", "--jsonl", "odd.jsonl"],
        ["validate", FORGED],
        ["validate", ".", "--ignore", FORGED],
        ["validate", "--explain", FORGED],
        [FORGED],
        ["data", "check", "tasks.jsonl"],
        ["data", "check", "twice.jsonl"],
        ["data", "check", "other.jsonl"],
        ["data", "check", "intent.jsonl"],
        ["data", "stats", "tasks.jsonl"],
        ["data", "duplicates", "tasks.jsonl", "twice.jsonl"],
        ["data", "import", "tasks.jsonl", "--domain", "terraform", "--out", "out.jsonl"],
        ["config", "show", "recipe.yaml"],
        ["sft", "--config", "recipe.yaml", "--dry-run"],
        ["grpo", "--config", "reward.yaml", f"rewards.weights.{FORGED}=1", "--dry-run"],
        ["score", "plan.tf", "--task", FORGED],
        ["score", "plan.tf", "--task", FORGED, "--config", "tiny-cpu"],
        ["plan", "plan.tf"],
        ["monitor", "log.jsonl"],
        ["compare", FORGED, FORGED],
        ["schema", "show", FORGED],
        ["reward", "audit", FORGED],
        ["runs", "list", "--in", FORGED],
        ["runs", "show", FORGED],
    ],
    ids=lambda arguments: " ".join(arguments).replace(FORGED, "F"),
)
def test_no_command_prints_one(run_cli, folder, arguments):
    done = run_cli(*arguments)
    assert done.out + done.err
    assert is_ours_alone(done.out), done.out
    assert is_ours_alone(done.err), done.err


@pytest.mark.parametrize("name", SETTINGS)
def test_mistakes_in_settings_are_lines_of_ours(run_cli, folder, name):
    (folder / ".iacrl.toml").write_text(SETTINGS[name])
    for form in ("text", "github"):
        done = run_cli("validate", ".", "--format", form)
        if name != "files":
            assert done.status == 2, done
        assert is_ours_alone(done.err), done.err


def test_annotations_are_the_only_commands(run_cli, folder):
    done = run_cli("validate", ".", "--format", "github", "--security")
    assert is_ours_alone(done.err), done.err
    lines = done.out.splitlines()
    assert len(lines) > 10 and all(re.match(r"::(error|warning) file=|::notice title=iacrl::", line) for line in lines)
    assert all(char.isprintable() or char == "\n" for char in done.out)
    # A property ends with a colon or a comma; none of a name's is left.
    assert all("set-output" not in line.split("::")[1].replace("%3A%3Aset-output", "") for line in lines)


@pytest.mark.parametrize(
    "arguments", [("--format", "json", "."), ("--format", "sarif", "."), ("--jsonl", "rows.jsonl")]
)
def test_json_holds_no_command_and_exact_values(run_cli, folder, arguments):
    done = run_cli("validate", *arguments)
    assert not commands_in(done.out), commands_in(done.out)
    found = json.dumps(json.loads(done.out), ensure_ascii=False)
    assert "##[add-mask]v" in found


def test_junit_can_be_read(run_cli, folder):
    root = ET.fromstring(run_cli("validate", ".", "--format", "junit").out)
    assert len(root.findall(".//testcase")) > 5 and root.find(".//failure") is not None


def test_tables_print_none(capsys):
    from rich.table import Table

    for settings in ({}, {"force_terminal": True}):
        table = Table(box=None)
        table.add_column("::error::a", style="bold red")
        table.add_row(FORGED.replace("\nFORGED", ""))
        CleanConsole(width=300, **settings).print(table)
        assert not commands_in(capsys.readouterr().out)
