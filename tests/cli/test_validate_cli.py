import io
import json
import os
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


def test_strict_takes_warnings_for_errors(run_cli, tmp_path):
    text = 'resource "terraform_data" "a" {}\noutput "x" {\n  value = upper(terraform_data.a)\n}\n'
    (tmp_path / "main.tf").write_text(text)
    done = run_cli("validate", tmp_path / "main.tf")
    assert done.status == 0 and "0 errors, 1 warning" in done.out
    done = run_cli("validate", "--strict", tmp_path / "main.tf")
    assert done.status == 1 and "error: Refused by plan or apply: " in done.out
    done = run_cli("validate", "--terraform-dialect", "tofu", tmp_path / "main.tf")
    assert done.status == 1 and "error: Invalid function argument: " in done.out


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
        ('{"id": 1, "domain": "terraform"}', "`text` is missing"),
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
    from iacrl.domains.registry import find_domain

    rule = find_domain("terraform").rules()[0]
    done = run_cli("validate", "--explain", rule.code.lower())
    assert done.status == 0
    assert rule.title in done.out and rule.explanation in done.out and rule.source in done.out
    assert "No container is privileged" in run_cli("validate", "--explain", "SEC401").out
    done = run_cli("validate", "--explain", "TF99")
    assert done.status == 2 and "No rule" in done.err
    assert "https://github.com/iacrl/iacrl/blob/main/docs/rules.md lists them all." in done.err
    assert "/blob/main/docs/terraform-engine.md" in run_cli("validate", "--explain", "TF901").out


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
    assert done.status == 1 and "[TF130]" in done.out, "the code is the validator's, which finds the same"


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Run in a folder and write files into it."""
    monkeypatch.chdir(tmp_path)

    def write(**files):
        for name, content in files.items():
            path = tmp_path / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode())
        return tmp_path

    return write


def test_what_is_no_manifest_is_left_out_of_a_directory_and_counted(run_cli, tree, monkeypatch):
    monkeypatch.setenv("PATH", "")
    folder = tree(
        k8s__good_yaml=GOOD_K8S,
        k8s__good_json='{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}',
        k8s__kindless_yaml="apiVersion: v1\nmetadata:\n  name: a\n",
        k8s__second_yaml=f"# settings\n---\n{GOOD_K8S.replace('settings', 'others')}",
        k8s__package_json='{"name": "x", "config": {"kind": "a", "metadata": {}}}',
        k8s__broken_json='{"apiVersion": "v1", "kind": "Pod",',
        chart__Chart_yaml="apiVersion: v2\nname: web\nversion: 0.1.0\n",
        chart__values_yaml="replicas: 2\nimage:\n  kind: x\n  metadata: {}\n",
        chart__templates__web_yaml=GOOD_K8S.replace("settings", "{{ .Release.Name }}"),
        skaffold_yaml="apiVersion: skaffold/v4beta11\nkind: Config\n",
        infra__main_tf_json='{"locals": {"a": 1}}',
    )
    done = run_cli("validate", folder.relative_to(folder), "--format", "json")
    rows = json.loads(done.out)
    unread = [row["path"] for row in rows if row["valid"] is None]
    assert len(unread) == 3 and "k8s/package.json" in unread
    for form in ("sarif", "github"):
        assert "k8s/package.json: not checked: no Kubernetes object" in run_cli("validate", ".", "--format", form).out
    assert {row["path"]: row["valid"] for row in rows if row["valid"] is not None} == {
        "infra": True,
        "k8s/broken.json": False,
        "k8s/good.json": True,
        "k8s/good.yaml": True,
        "k8s/kindless.yaml": False,
        "k8s/second.yaml": True,
    }
    last = run_cli("validate", ".").out.splitlines()[-1]
    assert last.startswith(
        "3 paths left out: skaffold.yaml (the configuration of a tool), chart (a Helm chart; helm, which"
    )


def test_a_directory_with_nothing_to_judge_says_what_it_holds(run_cli, tree):
    tree(a__values_yaml="replicas: 1\n")
    done = run_cli("validate", "a")
    assert done.status == 2
    assert done.err.startswith("Error: a: holds no Terraform module or Kubernetes manifest")
    assert done.err.endswith(". 1 file left out: a/values.yaml (no Kubernetes object).\n")
    assert "a: holds no Terraform module.\n" in run_cli("validate", "a", "--domain", "terraform").err


def test_a_directory_with_nothing_to_judge_stops_no_other(run_cli, tree):
    folder = tree(a__main_tf="locals {}\n")
    (folder / "b").mkdir()
    done = run_cli("validate", "a", "b")
    assert done.status == 0 and done.out.startswith("1 of 1 source valid")
    assert "1 path left out: b (holds no Terraform module" in done.out


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("terragrunt.hcl", "a configuration of Terragrunt"),
        ("image.pkr.hcl", "a template of Packer"),
        ("prod.tfvars", "values of variables, not a configuration"),
        ("a.tftest.hcl", "tests of a module"),
        (".terraform.lock.hcl", "the versions that `init` chose"),
    ],
)
def test_a_file_that_is_like_a_configuration_says_what_it_is(run_cli, tmp_path, name, what):
    (tmp_path / name).write_text("x = 1\n")
    done = run_cli("validate", tmp_path / name)
    assert done.status == 2 and f"{name}: {what}" in done.err


def test_a_file_of_opentofu_takes_the_place_of_terraforms(run_cli, tree):
    tree(a__main_tofu="locals {}\n", a__main_tf="?", b__only_tofu="?")
    assert run_cli("validate", "a").status == 0
    assert "b/only.tofu:1:1: error" in run_cli("validate", "b").out


def test_every_missing_path_is_named_before_anything_is_judged(run_cli, tree):
    tree(bad_tf=BAD_TF)
    done = run_cli("validate", "none.tf", "bad.tf", "nowhere")
    assert (done.status, done.out) == (2, "")
    assert done.err == "Error: none.tf, nowhere: there is no such file or directory.\n"


def test_what_is_named_twice_is_judged_once(run_cli, tree):
    tree(a__main_tf=BAD_TF, a__b_yaml=BAD_K8S)
    assert len(json.loads(run_cli("validate", "a", "a/b.yaml", "./a", "--format", "json").out)) == 2


def test_a_called_module_is_reported_once_with_its_line(run_cli, tree):
    tree(main_tf='module "a" {\n  source = "./child"\n}\n', child__main_tf='output "a" {\n  value = var.nope\n}\n')
    done = run_cli("validate", ".")
    assert done.out.count("[TF401]") == 1
    assert "child/main.tf:2:11: error" in done.out and "2 |   value = var.nope\n  |           ^^^^^^^^\n" in done.out
    assert done.out.endswith("0 of 2 sources valid: 1 error, 0 warnings.\n")


def test_a_file_of_a_module_judged_by_itself_gets_a_hint(run_cli, tree):
    tree(m__main_tf='output "a" {\n  value = var.region\n}\n', m__variables_tf='variable "region" {}\n')
    done = run_cli("validate", "m/main.tf")
    assert done.status == 1
    assert "m/main.tf: hint: this file was judged by itself; `iacrl validate m` judges its whole module." in done.out
    assert run_cli("validate", "m").status == 0
    assert run_cli("validate", "m/main.tf", "--discover").status == 0
    assert "hint" not in run_cli("validate", "m/variables.tf").out


def test_discover_takes_files_as_found_in_their_directories(run_cli, tree):
    tree(m__main_tf=GOOD_TF, m__other_tf=BAD_TF, values_yaml="replicas: 1\n", main_tf_json="{}")
    done = run_cli("validate", "--discover", "m/main.tf", "values.yaml", "main.tf.json")
    assert done.status == 1 and "m/other.tf:2:" in done.out
    assert "1 of 2 sources valid" in done.out and "1 file left out: values.yaml (no Kubernetes object)" in done.out
    nothing = run_cli("validate", "--discover", "values.yaml")
    assert nothing.status == 0 and nothing.out.startswith("0 of 0 sources valid")


def test_terraforms_json_syntax_is_judged_with_its_module(run_cli, tree):
    tree(main_tf_json="{}")
    done = run_cli("validate", "main.tf.json")
    assert done.status == 2 and "JSON syntax is not read by itself" in done.err
    assert run_cli("validate", ".").status == 0
    tree(b__main_tf_json='{"output": {"a": {"value": "${var.a}"}}')
    assert "b/main.tf.json:1:40: error: Invalid JSON configuration" in run_cli("validate", "b").out


def test_a_directory_that_cannot_be_read_is_an_error_and_not_skipped(run_cli, tree, monkeypatch):
    import os

    tree(a_yaml=GOOD_K8S, locked__b_yaml=BAD_K8S)
    listed = os.scandir

    def refuse(path):
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refuse)
    done = run_cli("validate", ".")
    assert (done.status, done.out) == (2, "") and "./locked: Permission denied" in done.err


def test_a_link_that_leads_nowhere_is_a_finding_of_its_module(run_cli, tree):
    folder = tree(m__main_tf="locals {}\n")
    (folder / "m" / "x.tf").symlink_to("nowhere.tf")
    done = run_cli("validate", "m")
    assert done.status == 1 and 'm/x.tf:1:1: error: Failed to read file: The file "x.tf" could not be read.' in done.out


def test_hidden_files_and_their_links_are_no_part_of_a_module(run_cli, tree):
    folder = tree(m__main_tf=BAD_TF, m___hidden_tf="?", n__only_yaml=GOOD_K8S)
    (folder / "m" / ".#main.tf").symlink_to("nowhere")
    (folder / "n" / "gone.yaml").symlink_to("nowhere")
    done = run_cli("validate", "m", "n")
    assert done.status == 1 and "1 of 2 sources valid" in done.out


def test_windows_line_ends_and_a_byte_order_mark_move_no_column(run_cli, tree):
    tree(
        a_tf='\ufeffvariable "a" {\r\n  type = strng\r\n}\r\n',
        first_tf='\ufeffvar "a" {}\r\n',
        a_yaml="\ufeffapiVersion: v9\r\nkind: ConfigMap\r\nmetadata:\r\n  name: a\r\n",
    )
    out = run_cli("validate", "a.tf", "first.tf", "a.yaml").out
    assert "a.tf:2:10: error" in out and "2 |   type = strng\n  |          ^^^^^\n" in out
    assert '1 | var "a" {}\n  | ^^^\n' in out
    assert "a.yaml:1:13: error" in out and "1 | apiVersion: v9\n  |             ^^\n" in out
    assert "\r" not in out and "\ufeff" not in out


def test_wide_characters_and_control_characters_keep_the_underline_in_place(run_cli, tree):
    tree(a_tf='locals {\n  a = "日本" + nope\n  b = "\x1b[31m" + nope\n}\n')
    lines = run_cli("validate", "a.tf").out.splitlines()
    at = lines.index('2 |   a = "日本" + nope')
    assert lines[at + 1] == "  |                ^^^^"
    assert '3 |   b = "\ufffd[31m" + nope' in lines


def test_colours_are_for_terminals_and_no_color_turns_them_off(tree, monkeypatch):
    from click.testing import CliRunner

    from iacrl.cli import cli

    tree(bad_tf=BAD_TF)
    monkeypatch.delenv("NO_COLOR", raising=False)
    on_terminal = CliRunner().invoke(cli, ["validate", "bad.tf"], color=True)
    assert "\x1b[31m" in on_terminal.output and on_terminal.exit_code == 0
    assert "\x1b" not in CliRunner().invoke(cli, ["validate", "bad.tf"]).output
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in CliRunner().invoke(cli, ["validate", "bad.tf"], color=True).output


def test_domain_restricts_what_a_directory_is_searched_for(run_cli, files):
    done = run_cli("validate", files, "--domain", "kubernetes", "--format", "json")
    assert [row["path"].removeprefix(f"{files}/") for row in json.loads(done.out)] == [
        "bad/deploy.yml",
        "good/deploy.yaml",
    ]


@pytest.mark.parametrize("option", [["--format", "sarif"], ["--domain", "terraform"], ["--discover"]])
def test_options_that_rows_would_ignore_are_refused(run_cli, tmp_path, option):
    (tmp_path / "rows.jsonl").write_text('{"id": 1, "domain": "terraform", "text": ""}\n')
    done = run_cli("validate", "--jsonl", tmp_path / "rows.jsonl", *option)
    assert done.status == 2 and f"{option[0]} cannot be combined with --jsonl" in done.err


def test_an_unknown_kubernetes_version_is_refused_before_anything_is_judged(run_cli, files):
    done = run_cli("validate", files / "good" / "main.tf", "--kubernetes-version", "1.99")
    assert (done.status, done.out) == (2, "") and "1.99" in done.err


def test_github_commands_follow_its_escaping_rules(run_cli, tree):
    """Source: https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts."""
    from iacrl.domains.ranges import Position, Range
    from iacrl.domains.verdict import Diagnostic, Verdict
    from iacrl.sources.formats import github
    from iacrl.sources.judged import Judged

    where = Range(Position(2, 3), Position(4, 1))
    finding = Diagnostic("TF101", "warning", "100% a:b,c\r\nmore", "syntax", where)
    verdict = Verdict("terraform", (finding,), unchecked=("provider a: no schema",))
    assert github([Judged("a%b,c:d.tf", {}, verdict)]) == (
        "::warning file=a%25b%2Cc%3Ad.tf,line=2,endLine=4,title=iacrl TF101::"
        "a%25b,c:d.tf:2:3: 100%25 a:b,c%0D%0Amore [TF101]\n"
        "::notice title=iacrl::a%25b,c:d.tf: not checked: provider a: no schema\n"
    )


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_a_name_that_is_no_utf_8_is_shown_in_every_form(tmp_path, form):
    import subprocess

    (tmp_path / os.fsdecode(b"n\xff.tf")).write_text(BAD_TF)
    command = [sys.executable, "-m", "iacrl", "validate", b"n\xff.tf", "--format", form]
    locale = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}  # as in every locale of UTF-8 but C's
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, env=locale)
    assert (done.returncode, done.stderr) == (1, b"")
    mark = "\ufffd".encode()
    shown = {
        "text": b"n" + mark + b".tf:2:",
        "github": b"file=n" + mark + b".tf,",
        "json": rb"n\udcff.tf",
        "sarif": b'"n%FF.tf"',
    }
    assert shown[form] in done.stdout
