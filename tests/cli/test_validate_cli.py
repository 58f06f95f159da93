import io
import json
import sys

import pytest

GOOD_TF = 'variable "region" {\n  default = "eu-west-1"\n}\n'
BAD_TF = 'variable "region" {\n  default = \n}\n'
GOOD_K8S = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  mode: fast\n"
BAD_K8S = GOOD_K8S.replace("data:", "dta:")


@pytest.fixture
def files(tmp_path):
    for name, content in {
        "good/main.tf": GOOD_TF,
        "good/deploy.yaml": GOOD_K8S,
        "bad/main.tf": BAD_TF,
        "bad/deploy.yml": BAD_K8S,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    return tmp_path


def test_valid_sources_exit_0(run_cli, files):
    done = run_cli("validate", files / "good" / "main.tf", files / "good" / "deploy.yaml")
    assert done.status == 0
    assert "2 of 2 sources valid: 0 errors, 0 warnings." in done.out


def test_an_invalid_source_exits_1_and_shows_the_line_with_the_token_underlined(run_cli, files):
    done = run_cli("validate", files / "bad" / "main.tf")
    assert done.status == 1
    lines = done.out.splitlines()
    assert lines[0].startswith(f"{files / 'bad' / 'main.tf'}:2:") and "error: " in lines[0]
    assert lines[2] == "2 |   default = "
    assert set(lines[3].replace("|", "").strip()) == {"^"}


def test_a_directory_is_a_module_and_its_manifests(run_cli, files):
    assert run_cli("validate", files / "good").status == 0
    done = run_cli("validate", files, "--format", "json")
    assert done.status == 1
    valid = {row["path"].removeprefix(f"{files}/"): row["valid"] for row in json.loads(done.out)}
    assert valid == {"bad": False, "bad/deploy.yml": False, "good": True, "good/deploy.yaml": True}
    broken = next(row for row in json.loads(done.out) if row["path"].endswith("/bad"))
    assert broken["diagnostics"][0]["range"]["file"] == "main.tf"


def test_standard_input(run_cli, monkeypatch):
    def feed(text):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    feed(GOOD_TF)
    assert run_cli("validate", "-", "--domain", "terraform").status == 0
    feed(BAD_K8S)
    assert run_cli("validate", "-", "--domain", "kubernetes").status == 1
    feed(GOOD_TF)
    done = run_cli("validate", "-")
    assert done.status == 2 and "--domain" in done.err


def test_jsonl_rows_come_back_in_order_with_the_promised_fields(run_cli, tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = [("a", "terraform", GOOD_TF), (7, "kubernetes", BAD_K8S), ("c", "terraform", BAD_TF)]
    path.write_text("".join(json.dumps({"id": i, "domain": d, "text": t}) + "\n" for i, d, t in rows))
    done = run_cli("validate", "--jsonl", path)
    assert done.status == 1
    found = [json.loads(line) for line in done.out.splitlines()]
    assert [(row["id"], row["valid"]) for row in found] == [("a", True), (7, False), ("c", False)]
    for row in found:
        assert set(row) == {"id", "valid", "diagnostics", "unchecked"}
        for finding in row["diagnostics"]:
            assert set(finding) == {"code", "severity", "message", "layer", "range"}
            assert set(finding["range"]) == {"start", "end"}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ('{"id": 1, "domain": "teraform", "text": ""}', "Did you mean 'terraform'"),
        ('{"id": 1, "domain": "terraform", "text": 3}', "`text` is int"),
        ('{"domain": "terraform", "text": ""}', "`id` is missing"),
        ("{", "not JSON"),
    ],
)
def test_a_malformed_row_is_named_by_its_line(run_cli, tmp_path, row, expected):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": 0, "domain": "terraform", "text": ""}\n' + row + "\n")
    done = run_cli("validate", "--jsonl", path)
    assert done.status == 2
    assert f"{path}:2" in done.err and expected in done.err


def test_sarif_holds_rule_place_and_columns_in_code_points(run_cli, files):
    done = run_cli("validate", files / "bad", "--format", "sarif")
    (run,) = json.loads(done.out)["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"].endswith(("main.tf", "deploy.yml"))
        assert place["region"]["startLine"] >= 1


def test_github_commands_escape_what_would_break_them(run_cli, files):
    path = files / "bad" / "a,b:c.tf"
    path.write_text(BAD_TF)
    done = run_cli("validate", path, "--format", "github")
    assert done.out.startswith("::error file=") and "a%2Cb%3Ac.tf" in done.out
    assert ",line=2,endLine=" in done.out


def test_explain(run_cli):
    from iacrl.validators.rules import rules_of

    rule = rules_of("terraform")[0]
    done = run_cli("validate", "--explain", rule.code.lower())
    assert done.status == 0
    assert rule.title in done.out and rule.explanation in done.out and rule.source in done.out
    done = run_cli("validate", "--explain", "TF99")
    assert done.status == 2 and "No rule" in done.err


def test_what_cannot_be_judged_exits_2(run_cli, tmp_path):
    assert "no such file" in run_cli("validate", tmp_path / "none.tf").err
    (tmp_path / "notes.txt").write_text("x")
    assert "--domain" in run_cli("validate", tmp_path / "notes.txt").err
    (tmp_path / "empty").mkdir()
    done = run_cli("validate", tmp_path / "empty")
    assert done.status == 2 and "holds no Terraform module or Kubernetes manifest" in done.err
    assert run_cli("validate").status == 2


def test_bytes_that_are_no_text_are_a_diagnostic_not_a_crash(run_cli, tmp_path):
    path = tmp_path / "main.tf"
    path.write_bytes(b'variable "a" {\n  default = "\xff"\n}\n')
    assert run_cli("validate", path).status == 1
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: \xff\n")
    assert run_cli("validate", path).status == 1


OLD_BUDGET = (
    "apiVersion: flowcontrol.apiserver.k8s.io/v1beta3\nkind: FlowSchema\nmetadata:\n  name: a\n"
    "spec:\n  priorityLevelConfiguration:\n    name: exempt\n"
)


def test_the_kubernetes_version_decides_which_apis_there_are(run_cli, tmp_path):
    path = tmp_path / "flow.yaml"
    path.write_text(OLD_BUDGET)
    assert run_cli("validate", path, "--kubernetes-version", "1.31").status == 0
    assert run_cli("validate", path).status == 1
    done = run_cli("validate", path, "--kubernetes-version", "1.3")
    assert done.status == 2 and "1.3" in done.err


def test_the_real_program_judges_when_it_is_asked_to(run_cli, files):
    import shutil

    if shutil.which("terraform") is None and shutil.which("tofu") is None:
        pytest.skip("needs terraform or tofu on the PATH")
    assert run_cli("validate", files / "good", "--engine", "terraform").status == 0
    done = run_cli("validate", files / "bad" / "main.tf", "--engine", "terraform")
    assert done.status == 1 and "TF9" in done.out
