"""What `iacrl validate` reports, by its options and settings, and where it writes it."""

import json
import os
import shutil
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from iacrl.cli.validate import command

BAD_TF = 'resource "aws_s3_bucket" "a" {\n  bukcet = "x"\n}\n'
GOOD_TF = BAD_TF.replace("bukcet", "bucket")
BROKEN_TF = 'resource "aws_s3_bucket" "a" {\n  bucket = \n}\n'
BAD_K8S = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports:\n  - port: 99999\n"
UNKNOWN_K8S = "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: a\n"
WARNED = 'resource "terraform_data" "a" {}\noutput "x" {\n  value = upper(terraform_data.a)\n}\n'


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A directory to write files in, which is the current one."""
    monkeypatch.chdir(tmp_path)

    def write(**files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write


def codes(done):
    return sorted(found["code"] for row in json.loads(done.out) for found in row["diagnostics"])


def test_select_and_ignore(run_cli, repository):
    repository(**{"a/main.tf": BAD_TF, "web.yaml": BAD_K8S})
    asked = ("validate", ".", "--format", "json")
    assert codes(run_cli(*asked)) == ["KB417", "TF304"]
    assert codes(run_cli(*asked, "--select", "KB")) == ["KB417"]
    assert codes(run_cli(*asked, "--ignore", "KB4", "--ignore", "TF304")) == []
    assert run_cli(*asked, "--ignore", "KB4,TF304").status == 0
    for option in ("--select", "--ignore"):
        done = run_cli(*asked, option, "TF3O4")
        assert done.status == 2 and f"{option}: no rule has the code 'TF3O4'" in done.err and not done.out


def test_settings_of_nested_folders_hold_each_for_its_own(run_cli, repository):
    repository(**{
        ".iacrl.toml": 'exclude = ["gen", "*.tmp.yaml"]\n[per-file-ignores]\n"b/*.yaml" = ["KB417"]\n',
        "gen/main.tf": BAD_TF, "a/x.tmp.yaml": BAD_K8S, "b/web.yaml": BAD_K8S, "a/web.yaml": BAD_K8S,
        "c/.iacrl.toml": 'ignore = ["KB417"]', "c/web.yaml": BAD_K8S, "c/gen/main.tf": BAD_TF,
    })  # fmt: skip
    done = run_cli("validate", ".", "--format", "json")
    found = {row["path"]: [one["code"] for one in row["diagnostics"]] for row in json.loads(done.out)}
    assert found == {"a/web.yaml": ["KB417"], "b/web.yaml": [], "c/web.yaml": [], "c/gen": ["TF304"]}
    assert (
        codes(run_cli("validate", ".", "--format", "json", "--isolated")) == ["KB216"] + ["KB417"] * 4 + ["TF304"] * 2
    )
    assert codes(run_cli("validate", "gen/main.tf", "--format", "json")) == ["TF304"], "it is named"
    assert run_cli("validate", "--discover", "gen/main.tf").out.startswith("0 of 0 sources valid")
    assert run_cli("validate", "gen").status == 0


def test_a_module_with_an_excluded_file_is_judged_whole(run_cli, repository):
    repository(**{"main.tf": BAD_TF, "gen.tf": BAD_TF.replace('"a"', '"b"'), ".iacrl.toml": 'exclude = ["gen.tf"]'})
    done = run_cli("validate", ".")
    assert "main.tf:2:3" in done.out and "gen.tf" not in done.out
    assert run_cli("validate", ".", "--exclude", "*.tf").out.startswith("0 of 0 sources valid")


def test_options_of_domains_come_from_the_settings_of_each_folder(run_cli, repository):
    old = "apiVersion: flowcontrol.apiserver.k8s.io/v1beta3\nkind: FlowSchema\nmetadata:\n  name: a\nspec:\n"
    old += "  priorityLevelConfiguration:\n    name: exempt\n"
    repository(**{
        "old/.iacrl.toml": 'kubernetes.version = "1.30"', "old/a.yaml": old, "new/a.yaml": old,
    })  # fmt: skip
    rows = {row["path"]: row["valid"] for row in json.loads(run_cli("validate", ".", "--format", "json").out)}
    assert rows == {"new/a.yaml": False, "old/a.yaml": True}
    done = run_cli("validate", "old", "--kubernetes-version", "1.37")
    assert done.status == 1, "the command line decides"


def test_mistakes_in_settings_stop_the_run(run_cli, repository):
    repository(**{"a/.iacrl.toml": "strct = true", "a/main.tf": GOOD_TF, "b/pyproject.toml": "[tool.iacrl]\nx = 1\n"})
    repository(**{"b/main.tf": GOOD_TF})
    done = run_cli("validate", ".")
    assert (done.status, done.out) == (2, "")
    assert "a/.iacrl.toml: strct: there is no such key. Did you mean 'strict'?" in done.err
    assert "b/pyproject.toml: tool.iacrl.x: there is no such key." in done.err
    assert run_cli("validate", ".", "--isolated").status == 0
    done = run_cli("validate", ".", "--isolated", "--config", "a/.iacrl.toml")
    assert done.status == 2 and "choose one" in done.err


def test_what_makes_a_run_fail(run_cli, repository):
    repository(**{"warned/main.tf": WARNED, "unknown.yaml": UNKNOWN_K8S})
    assert run_cli("validate", ".").status == 0
    assert run_cli("validate", "warned", "--fail-on", "unchecked").status == 0
    assert run_cli("validate", "warned", "--fail-on", "warning").status == 1
    assert run_cli("validate", "unknown.yaml", "--fail-on", "warning").status == 0
    assert run_cli("validate", "unknown.yaml", "--fail-on", "unchecked").status == 1
    repository(**{".iacrl.toml": 'fail-on = ["warning", "unchecked"]'})
    assert run_cli("validate", "warned").status == run_cli("validate", "unknown.yaml").status == 1
    assert run_cli("validate", ".", "--fail-on", "error").status == 0


def test_a_chart_that_no_program_renders_is_unchecked(run_cli, repository, monkeypatch):
    repository(**{"chart/Chart.yaml": "apiVersion: v2\nname: a\nversion: 1.0.0\n", "chart/templates/a.yaml": BAD_K8S})
    repository(**{"good/main.tf": GOOD_TF})
    monkeypatch.setenv("PATH", "/nowhere")
    assert run_cli("validate", ".").status == 0
    assert run_cli("validate", ".", "--fail-on", "unchecked").status == 1


def test_security_findings_are_warnings_unless_the_settings_say_otherwise(run_cli, repository):
    repository(**{"main.tf": 'resource "aws_db_instance" "a" {\n  publicly_accessible = true\n}\n'})
    asked = ("validate", ".", "--format", "json")
    assert not any(code.startswith("SEC") for code in codes(run_cli(*asked)))
    done = run_cli(*asked, "--security", "--select", "SEC")
    found = json.loads(done.out)[0]["diagnostics"]
    assert done.status == 0 and {one["severity"] for one in found} == {"warning"}
    assert any(one["range"]["start"]["line"] == 2 for one in found)
    assert codes(run_cli(*asked, "--select", "SEC")) == [one["code"] for one in found], "by name they run too"
    repository(**{".iacrl.toml": 'security = true\nselect = ["SEC"]\n[severity]\nSEC = "error"'})
    assert run_cli(*asked).status == 1
    assert run_cli("validate", ".", "--format", "sarif").status == 1
    assert "a check of the reward" in run_cli("validate", "--explain", found[0]["code"].lower()).out


def test_several_outputs_of_one_run(run_cli, repository):
    there = repository(**{"a b/main.tf": BAD_TF, "web.yaml": BAD_K8S, ".git/HEAD": "", "x.json": "{}"})
    done = run_cli(
        "validate", ".", "--format", "sarif", "--out", "x.sarif", "--format", "text", "--format", "junit", "--out=j.xml"
    )
    assert done.status == 1 and "0 of 2 sources valid: 2 errors, 0 warnings.\n" in done.out
    results = json.loads((there / "x.sarif").read_text())["runs"][0]["results"]
    places = [one["locations"][0]["physicalLocation"]["artifactLocation"] for one in results]
    assert places == [{"uri": uri, "uriBaseId": "%SRCROOT%"} for uri in ("web.yaml", "a%20b/main.tf")]
    suite = ElementTree.parse(there / "j.xml").getroot()
    assert dict(suite.attrib) == {"name": "iacrl", "tests": "3", "failures": "2", "errors": "0"}
    failed = {case.get("name"): case.findtext("failure") for case in suite.iter("testcase")}
    assert "[TF304]" in failed["a b"] and "web.yaml:7:" in failed["web.yaml"] and failed["x.json"] is None


def test_paths_in_sarif_begin_at_the_root_of_the_repository(run_cli, repository, monkeypatch):
    there = repository(**{"infra/a/main.tf": BAD_TF, ".git/HEAD": ""})
    monkeypatch.chdir(there / "infra")
    for argument in ("a", there / "infra" / "a", "../infra/a/main.tf"):
        log = json.loads(run_cli("validate", argument, "--format", "sarif").out)
        (result,) = log["runs"][0]["results"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "infra/a/main.tf"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--format", "json", "--format", "text"), "standard output"),
        (("--format", "json", "--out", "x", "--format", "sarif", "--out", "./x"), "--out x"),
        (("--format", "json", "--out", "x", "--out", "y"), "--out y has no --format before it"),
        (("--out", "x", "--out", "y"), "--out y has no --format before it"),
        (("--format", "json", "--out", "no/where"), "there is no folder no"),
        (("--out", "."), "is a directory"),
        (("--format", "yaml"), "is not one of 'text', 'json', 'sarif', 'github', 'junit'"),
        (("--write-baseline",), "--write-baseline needs to know where to"),
        (("--baseline", "none.json"), "there is no such baseline; --write-baseline makes it"),
    ],
)
def test_outputs_that_contradict_each_other_are_refused_before_anything_is_written(
    run_cli, repository, arguments, words
):
    there = repository(**{"main.tf": BAD_TF})
    done = run_cli("validate", ".", *arguments)
    assert done.status == 2 and words in done.err and done.out == ""
    assert [path.name for path in there.iterdir()] == ["main.tf"]


def test_an_out_alone_is_text_and_may_stand_before_its_format(run_cli, repository):
    there = repository(**{"main.tf": BAD_TF})
    assert run_cli("validate", ".", "--out", "x").out == ""
    assert (there / "x").read_text().startswith("main.tf:2:3: error: ")
    run_cli("validate", ".", "--out", "x", "--format", "json")
    assert json.loads((there / "x").read_text())
    assert run_cli("validate", ".", "--out", "-").out.startswith("main.tf:2:3")


def test_half_a_character_in_a_baseline_does_not_end_its_renewal(run_cli, repository):
    known = '{"version": 1, "findings": {"b/b.tf": {"TF1": {"\\ud800": 1}}}}'
    repository(**{"known.json": known, "a/a.tf": GOOD_TF, "b/b.tf": GOOD_TF})
    done = run_cli("validate", "a", "--baseline", "known.json", "--write-baseline")
    assert done.status == 0 and "it knows 1 finding" in done.err


def test_a_baseline_lets_only_new_findings_through(run_cli, repository):
    there = repository(**{"a/main.tf": BAD_TF, "web.yaml": BAD_K8S, "broken/main.tf": BROKEN_TF})
    known = ("--baseline", "known.json")
    done = run_cli("validate", ".", *known, "--write-baseline")
    assert "it knows 2 findings" in done.err
    assert done.status == 1 and "[TF130]" in done.out, "a syntax error is never known"
    (there / "broken" / "main.tf").unlink()
    assert run_cli("validate", ".", *known).status == 0
    assert run_cli("validate", ".", "--isolated").status == 1
    (there / "a" / "main.tf").write_text("\n\n" + BAD_TF + BAD_TF.replace('"a"', '"b"').replace("bukcet", "bukkit"))
    done = run_cli("validate", ".", *known)
    assert done.status == 1 and "bukkit" in done.out and "bukcet" not in done.out
    (there / "a" / "main.tf").write_text(BAD_TF + BAD_TF.replace('"a"', '"b"'))
    done = run_cli("validate", ".", *known)
    assert done.out.count('bukcet"') == 1, "one is known, and not two"
    (there / "a" / "main.tf").write_text(GOOD_TF)
    assert "1 known finding gone" in run_cli("validate", "a", *known).err
    run_cli("validate", "a", *known, "--write-baseline")
    assert list(json.loads((there / "known.json").read_text())["findings"]) == ["web.yaml"], "the other stays"
    repository(**{".iacrl.toml": 'baseline = "known.json"'})
    assert run_cli("validate", "web.yaml").status == 0


@pytest.mark.parametrize("content", ["", "[]", '{"version": 1}', '{"version": 2, "findings": {}}', "\xff", "nul"])
def test_what_is_no_baseline_is_refused(run_cli, repository, content):
    there = repository(**{"main.tf": GOOD_TF})
    (there / "known.json").write_bytes(content.encode("latin-1"))
    done = run_cli("validate", ".", "--baseline", "known.json")
    assert done.status == 2 and "known.json" in done.err


def git(there, *arguments):
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=there, check=True, capture_output=True)


def commit_all(there):
    """Make a directory a repository whose branch `main` has all of its files."""
    git(there, "init", "-q", "-b", "main")
    git(there, "add", "-A")
    git(there, "commit", "-q", "-m", "a")


def test_only_what_changed_since_a_revision(run_cli, repository):
    files = {"a/main.tf": BAD_TF, "b/main.tf": BAD_TF, "b/x.tf": "", "k/one.yaml": BAD_K8S, "k/two.yaml": BAD_K8S}
    there = repository(**files)
    commit_all(there)
    asked = ("validate", ".", "--changed-since", "main", "--format", "json")
    assert json.loads(run_cli(*asked).out) == []
    git(there, "checkout", "-q", "-b", "work")
    repository(**{"k/two.yaml": BAD_K8S + "# changed\n", "new/main.tf": BAD_TF})
    (there / "b" / "x.tf").unlink()
    git(there, "commit", "-q", "-a", "-m", "b")
    git(there, "checkout", "-q", "main")
    repository(**{"a/main.tf": BAD_TF + "# by others\n"})
    git(there, "commit", "-q", "a", "-m", "c")
    git(there, "checkout", "-q", "work")
    assert [row["path"] for row in json.loads(run_cli(*asked).out)] == ["b", "k/two.yaml", "new"]
    for reference in ("nowhere", "--upload-pack=x", ""):
        done = run_cli("validate", ".", "--changed-since", reference)
        assert done.status == 2 and "git knows no such revision" in done.err


def test_changes_need_a_repository(run_cli, repository, monkeypatch):
    there = repository(**{"main.tf": GOOD_TF})
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(there.parent))
    done = run_cli("validate", ".", "--changed-since", "main")
    assert done.status == 2 and "not a git repository" in done.err


def test_rows_are_answered_by_the_verdict_itself(run_cli, repository):
    text = f"# iacrl: ignore-file ALL\n{BAD_TF}"
    row = json.dumps({"id": 1, "domain": "terraform", "text": text})
    repository(**{"rows.jsonl": row, ".iacrl.toml": 'ignore = ["TF304"]'})
    done = run_cli("validate", "--jsonl", "rows.jsonl")
    assert done.status == 1 and json.loads(done.out)["diagnostics"][0]["code"] == "TF304"
    done = run_cli("validate", "--jsonl", "rows.jsonl", "--fail-on", "warning")
    assert done.status == 2 and "--fail-on cannot be combined with --jsonl" in done.err


def test_standard_input_has_the_settings_of_the_current_folder(run_cli, repository, monkeypatch):
    import io
    from types import SimpleNamespace

    repository(**{".iacrl.toml": 'ignore = ["TF304"]'})
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(BAD_TF.encode())))
    assert run_cli("validate", "-", "--domain", "terraform").status == 0


def test_every_option_has_an_example():
    for option in command.params:
        about = getattr(option, "help", None)
        if about and not option.name.partition("__")[2]:
            assert "E.g. " in about or option.name in ("isolated", "context"), option.name


def test_settings_are_shown_with_where_they_come_from(run_cli, repository):
    import tomllib

    text = 'select = ["TF"]\nstrict = true\n[severity]\nTF3 = "error"\n[per-file-ignores]\n"a/*" = ["KB"]\n'
    there = repository(**{".iacrl.toml": text + '[kubernetes]\nversion = "1.33"\n', "a/main.tf": GOOD_TF})
    shown = run_cli("settings", "show", "a/main.tf")
    assert shown.out.startswith("# a/main.tf: settings of .iacrl.toml\n")
    first = tomllib.loads(shown.out)
    assert first["kubernetes"] == {"version": "1.33"} and first["per-file-ignores"] == {"a/*": ["KB"]}
    (there / ".iacrl.toml").write_text(shown.out)
    assert tomllib.loads(run_cli("settings", "show", "a/main.tf").out) == first
    assert json.loads(run_cli("settings", "schema").out)["properties"]["strict"]


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_repository_that_claims_files_elsewhere_is_refused(run_cli, repository):
    there = repository(**{"a/main.tf": BAD_TF})
    commit_all(there)
    git(there, "config", "core.worktree", "/")
    done = run_cli("validate", "a", "--changed-since", "main")
    assert done.status == 2 and "(core.worktree) says that its files are in /, and that folder has no .git" in done.err


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_pipe_that_git_waits_for_ends_the_command(run_cli, repository, monkeypatch):
    monkeypatch.setattr("iacrl.sources.changed._SECONDS", 1)
    there = repository(**{"a/main.tf": BAD_TF})
    commit_all(there)
    os.mkfifo(there / ".gitignore")
    done = run_cli("validate", "a", "--changed-since", "main")
    assert done.status == 2 and "git does not answer within 1 s; look for a pipe" in done.err


@pytest.mark.skipif(shutil.which("git") is None or sys.platform != "linux", reason="needs git, and a limit of memory")
@pytest.mark.parametrize("name", ["core.attributesFile", "info/attributes", "info/grafts", "commondir"])
def test_a_file_without_end_that_a_repository_names_ends_the_command(run_cli, repository, monkeypatch, name):
    monkeypatch.setattr("iacrl.sources.changed._MEMORY", 100 << 20)
    there = repository(**{"a/main.tf": BAD_TF})
    commit_all(there)
    # git reads the attributes only of a file that may differ from what was committed.
    (there / "a" / "main.tf").write_text(BAD_TF + "\n")
    if name.startswith("core."):
        git(there, "config", name, "/dev/zero")
    else:
        (there / ".git" / "info").mkdir(exist_ok=True)
        (there / ".git" / name).symlink_to("/dev/zero")
    done = run_cli("validate", "a", "--changed-since", "main")
    assert done.status == 2 and done.err.startswith("Error: --changed-since: git: fatal: Out of memory"), done
    assert "look for a link to a device" in done.err and done.err.count("\n") == 1


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.parametrize("names", [[f"x{number}" for number in range(60_000)], ["x" * 99_000]], ids=["many", "long"])
def test_filters_that_fill_a_command_line_are_refused(run_cli, repository, names):
    there = repository(**{"a/main.tf": BAD_TF})
    commit_all(there)
    with (there / ".git" / "config").open("a") as config:
        config.writelines(f'[filter "{name}"]\nclean = false\n' for name in names)
    done = run_cli("validate", "a", "--changed-since", "main")
    assert done.status == 2 and f"has {len(names)} filters, too many to switch off" in done.err


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.parametrize(
    ("settings", "reference"),
    [
        (["filter.a=b.clean=PROGRAM"], "HEAD"),
        (["filter.a=b.process=PROGRAM", "filter.a=b.required=true"], "HEAD"),
        (["core.fsmonitor=PROGRAM"], "HEAD"),
        (["diff.external=PROGRAM", "diff.a=b.command=PROGRAM", "diff.a=b.textconv=PROGRAM"], "HEAD"),
        (["core.pager=PROGRAM", "pager.diff=PROGRAM", "core.alternateRefsCommand=PROGRAM"], "HEAD"),
        (["include.path=../included"], "HEAD"),
        (["includeIf.onbranch:**.path=../included"], "HEAD"),
        (["includeIf.hasconfig:remote.*.url:**.path=../included", "remote.origin.url=x"], "HEAD"),
        (["extensions.worktreeConfig=true", "core.repositoryformatversion=1"], "HEAD"),
        (["alias.diff=!PROGRAM", "alias.ls-files=!PROGRAM", "core.hooksPath=..", "gc.auto=1"], "HEAD"),
        (["submodule.recurse=true", "diff.submodule=log", "diff.ignoreSubmodules=none"], "HEAD"),
        ([], "HEAD"),  # the hook below
        (["remote.origin.url=ext::PROGRAM", "protocol.ext.allow=always"], "a" * 40),
        (["remote.origin.url=ssh://host/x", "protocol.ssh.allow=always", "core.sshCommand=PROGRAM"], "a" * 40),
        (["remote.origin.url=FILE", "protocol.file.allow=always", "remote.origin.uploadpack=PROGRAM"], "a" * 40),
    ],
)
def test_a_repository_from_anybody_runs_nothing(run_cli, tmp_path, monkeypatch, settings, reference):
    """By its configuration, its hooks, or by fetching what a partial clone lacks."""
    program, ran, repository = tmp_path / "program", tmp_path / "ran", tmp_path / "repository"
    program.write_text(f"#!/bin/sh\ntouch '{ran}'\nexit 1\n")
    program.chmod(0o755)
    repository.mkdir()
    hostile = f'[core]\nfsmonitor = {program}\nhooksPath = {tmp_path}\n[filter "a=b"]\nclean = {program}\n'
    (repository / "included").write_text(hostile)
    monkeypatch.chdir(repository)

    def git(*arguments):
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        subprocess.run(command, check=True, capture_output=True)

    for place in ("sub", "."):  # the outer one takes the inner one for a submodule
        git("init", "-q", place)
    (repository / "sub" / "sub.tf").write_text('variable "a" {}\n')
    git("-C", "sub", "add", ".")
    git("-C", "sub", "commit", "-qm", "first")
    (repository / "sub" / "sub.tf").write_text('variable "b" {}\n')
    (repository / "sub" / ".gitattributes").write_text("* filter=a=b\n")
    (repository / "main.tf").write_text('variable "a" {}\n')
    (repository / ".gitattributes").write_text("*.tf filter=a=b diff=a=b\n")
    git("add", ".")
    git("commit", "-qm", "first")
    (repository / "main.tf").write_text('variable "b" {}\n')
    os.utime(repository / ".gitattributes", (1, 1))  # the index is out of date, so git would write it
    (repository / ".git" / "hooks").mkdir(exist_ok=True)
    shutil.copy(program, repository / ".git" / "hooks" / "post-index-change")
    (repository / ".git" / "config.worktree").write_text(hostile)
    with (repository / "sub" / ".git" / "config").open("a") as config:
        config.write(hostile)
    if reference != "HEAD":
        settings = [*settings, "extensions.partialClone=origin", "remote.origin.promisor=true"]
        git("config", "core.repositoryformatversion", "1")
    for setting in settings:
        name, _, value = setting.replace("a=b", "a@b").partition("=")
        git(
            "config",
            name.replace("a@b", "a=b"),
            value.replace("PROGRAM", str(program)).replace("FILE", f"file://{tmp_path}"),
        )
    done = run_cli("validate", ".", "--changed-since", reference)
    assert done.status == (0 if reference == "HEAD" else 2), done
    assert not ran.exists()
