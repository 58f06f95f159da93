"""Templates under the commands and under pytest: found by content, judged, scored."""

import json
from pathlib import Path

import pytest

from iacrl.domains import validate
from iacrl.domains.cloudformation.claims import why_no_template
from iacrl.tasks.family import find_task

pytest.importorskip("cfnlint", reason="cfn-lint is not installed")

pytest_plugins = ["pytester"]

QUEUE = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n      DelaySeconds: 5\n"
BROKEN = QUEUE.replace("DelaySeconds", "Delay")
SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports:\n    - port: 80\n"


@pytest.mark.parametrize(
    "text",
    [
        QUEUE,
        'AWSTemplateFormatVersion: "2010-09-09"\n',
        '# a comment\n"Resources":\n  A: {"Type": "AWS::SNS::Topic"}\n',
        json.dumps({"Resources": {"A": {"Type": "AWS::SNS::Topic"}}}),
        '{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {',
    ],
)
def test_a_template_is_claimed(text):
    assert why_no_template(Path("a.yaml"), text) is None


@pytest.mark.parametrize(
    "text",
    [
        SERVICE,
        "Resources:\n  - a\n",
        "resources:\n  Resources:\n    A: {Type: AWS::SNS::Topic}\n",
        json.dumps({"data": {"AWSTemplateFormatVersion": "2010-09-09"}}),
        SERVICE + "data:\n  template: |\n    AWSTemplateFormatVersion: 2010-09-09\n",
        "",
    ],
)
def test_other_files_are_not_claimed(text):
    assert why_no_template(Path("a.yaml"), text) == "no CloudFormation template"


def test_validate_finds_templates_beside_manifests(run_cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in (("queue.yaml", BROKEN), ("stack.template", QUEUE), ("web.yaml", SERVICE), ("a.json", "{}")):
        (tmp_path / name).write_text(text)
    done = run_cli("validate", ".", "--format", "json")
    assert done.status == 1
    found = {
        row["path"]: [finding["code"] for finding in row["diagnostics"]]
        for row in json.loads(done.out)
        if row["valid"] is not None
    }
    assert {Path(name).name: codes for name, codes in found.items()} == {
        "queue.yaml": ["E3002"],
        "stack.template": [],
        "web.yaml": [],
    }


def test_an_unknown_region_is_an_error_of_the_user(run_cli, tmp_path):
    (tmp_path / "queue.yaml").write_text(QUEUE)
    done = run_cli("validate", tmp_path / "queue.yaml", "--cloudformation-region", "eu-west-9")
    assert done.status == 2 and "Unknown region 'eu-west-9'" in done.err


def test_a_rule_of_cfn_lint_is_explained(run_cli):
    done = run_cli("validate", "--explain", "e3012")
    assert done.status == 0 and "E3012" in done.out and "layer schema" in done.out


def test_score_pays_the_gold_answer_and_not_what_a_macro_hides(run_cli, tmp_path):
    task = find_task("cfn_sqs_queue-7-0")
    (tmp_path / "answer.yaml").write_text(task.output)
    (tmp_path / "hidden.yaml").write_text("Transform: Anything\n" + task.output)
    totals = [
        json.loads(run_cli("score", tmp_path / name, "--task", task.id, "--format", "json").out)["total"]
        for name in ("answer.yaml", "hidden.yaml")
    ]
    assert totals[0] == 1.0
    assert totals[1] < 0.2


def test_pytest_judges_each_template(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    validate("", "cloudformation")  # pytester forgets what a run inside this process imports
    for name, text in (("infra/good.yaml", QUEUE), ("infra/bad.yml", BROKEN), ("infra/web.yaml", SERVICE)):
        path = pytester.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    result = pytester.runpytest_inprocess("-p", "iacrl.testing.plugin", "--iacrl", "infra")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*E3002*"])
