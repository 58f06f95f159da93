"""The commands that the documentation shows: each is run, or there is a reason why not. All their options exist."""

import re
import shlex
import shutil
import subprocess

import click
import pytest
from pages import DOCS, FENCE, ROOT, STEP, as_pattern, follow

import iacrl
from iacrl.cli import cli

README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md")), *sorted((ROOT / "examples").rglob("README.md"))]
#: Pages whose blocks are run in their order: here, or by the test that is named.
FOLLOWED = {
    "add-a-domain.md": "tests/packaging/test_domain_from_outside.py",
    "add-a-rule.md": "tests/domains/kubernetes/test_rule_tutorial.py",
    "add-a-task-family.md": "tests/tasks/test_family_tutorial.py",
    "validate-in-tests.md": "tests/testing/test_docs.py",
    "write-a-reward.md": "tests/rewards/test_tutorial.py",
    "forbid-something.md": "",
    "intent-language.md": "",
    "train-on-your-prompts.md": "",
    "tutorial.md": "",
    "verdict.md": "",
    "why-a-sample-failed.md": "",
}
#: Why a command that begins so is not run. Of `iacrl sft` and `iacrl grpo`, `--dry-run` reads the recipe.
REASONS = {
    "iacrl eval": "samples from a model",
    "iacrl generate": "samples from a trained run",
    "iacrl runs": "needs runs",
    "iacrl monitor": "its log is the reader's own",
    "iacrl data check --quality": "its task files are the reader's own",
    "iacrl sweep": "trains",
    "iacrl reward audit": "takes minutes; tests/scoring has the audit",
    "iacrl plan": "needs Terraform",
    "iacrl validate main.tf --engine terraform": "needs Terraform",
    "iacrl validate k8s/ --engine kubernetes": "needs an API server",
    "iacrl validate --jsonl /dev/stdin": "a pipe",
    "iacrl validate --explain GA403": "needs the example's package; tests/packaging runs it there",
    "iacrl validate .github/workflows/": "needs the example's package; tests/packaging runs it there",
    "iacrl sft --config tiny-cpu data.domains=[github-actions]": "tests/packaging trains the example's package",
}
WEB = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n"
INVALID = 'resource "aws_s3_bucket" "logs" {\n  bucket = "acme-logs"\n  tag    = { team = "data" }\n}\n'
_INDENTED = re.compile(r"^    (iacrl .*)$", re.MULTILINE)
_SYNOPSIS = re.compile(r" \[(?!\w+\[)(?=--|\w+[./])[^\]']*\]| \.\.\.| {3,}.*")


def shown(page):
    """Return the `iacrl` commands of a page, each as its arguments."""
    text = page.read_text(encoding="utf-8")
    lines = []
    for block in FENCE.finditer(text):
        if block["language"] == "console":
            lines += [step["command"] for step in STEP.finditer(block["body"])]
        elif block["language"] == "sh":
            lines += (
                re.sub(r"<<'(\w+)'\n.*?^\1$", "", block["body"], flags=re.S | re.M).replace("\\\n", " ").splitlines()
            )
    lines += [_SYNOPSIS.sub("", line) for line in _INDENTED.findall(FENCE.sub("", text))]
    for line in lines:
        reader = shlex.shlex(_SYNOPSIS.sub("", line), posix=True, punctuation_chars="|&;<>")
        reader.whitespace_split = True
        command = []
        for word in [*reader, ";"]:
            if set(word) <= set("|&;<>"):
                if command[:1] == ["iacrl"]:
                    yield command[1:]
                command = []
            else:
                command.append(word)


def reason(arguments):
    """Return why a command is not run; an empty string if it is."""
    words = " ".join(["iacrl", *arguments])
    if any(re.fullmatch(r"[A-Z]+(\.\.\.)?", each) for each in arguments):
        return "a synopsis"
    if any(re.match(r"(\w+://|runs/)", each) for each in arguments):
        return "needs a run or a server"
    return next((why for begin, why in REASONS.items() if words.startswith(begin)), "")


def parse(arguments):
    """Let click read the arguments of a command, down to the last subcommand, without running it."""
    context = cli.make_context("iacrl", list(arguments))
    while isinstance(context.command, click.Group):
        name, command, rest = context.command.resolve_command(context, [*context._protected_args, *context.args])
        context = command.make_context(name, rest, parent=context)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_option_that_is_shown_exists(page):
    for arguments in shown(page):
        try:
            parse(arguments)
        except click.exceptions.Exit:  # --explain prints and ends
            pass
        except click.ClickException as error:
            if isinstance(error, click.BadParameter) and "does not exist" in error.message:
                continue  # a file or folder of the reader
            pytest.fail(f"iacrl {shlex.join(arguments)}: {error.format_message()}")


def test_every_reason_is_of_a_command_that_is_shown():
    commands = {" ".join(["iacrl", *arguments]) for page in PAGES for arguments in shown(page)}
    assert [begin for begin in REASONS if not any(command.startswith(begin) for command in commands)] == []


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository with the files that the pages speak of."""
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "main.tf": INVALID, "infra/main.tf": INVALID, "deploy.yaml": WEB, "k8s/web.yaml": WEB,
        "ci.toml": "strict = true\n",
        "answers.jsonl": '{"id": "a", "domain": "terraform", "text": "variable \\"a\\" {}\\n"}\n',
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    for command in ("init -q", "add --all", "commit -qm all", "update-ref refs/remotes/origin/main HEAD"):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *command.split(" ")], check=True)
    return tmp_path


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name not in FOLLOWED], ids=lambda page: str(page.relative_to(ROOT))
)
def test_the_commands_run(page, project, run_cli):
    if page != README:  # it writes a recipe of its own
        run_cli("config", "copy", "tiny-cpu", "mine.yaml")
    for arguments in shown(page):
        if not reason(arguments) and arguments[0] != "score":
            dry = ["--dry-run"] if arguments[0] in ("sft", "grpo") and "--dry-run" not in arguments else []
            if page == README and "mine.yaml" in arguments:
                run_cli("config", "copy", "tiny-cpu", "mine.yaml")
            done = run_cli(*arguments, *dry)
            assert done.status in (0, 1), f"iacrl {shlex.join(arguments)}\n{done.err}"


def test_the_readme_prints_what_it_shows(tmp_path, monkeypatch, run_cli):
    monkeypatch.chdir(tmp_path)
    blocks = list(FENCE.finditer(README.read_text(encoding="utf-8")))
    (short,) = [block["body"] for block in blocks if block["body"].startswith("# short.py")]
    steps = [step for block in blocks if block["language"] == "console" for step in STEP.finditer(block["body"])]
    gold = next(
        task for task in iacrl.load_tasks("terraform", split="test") if task.id == "aws_apigatewayv2_api-2025-125"
    )
    (tmp_path / "short.py").write_text(short)
    (tmp_path / "main.tf").write_text(INVALID)
    (tmp_path / "api.tf").write_text(re.sub(r".*description.*\n", "", gold.output))
    for step in steps:
        if step["command"] == "cat mine.yaml":
            (tmp_path / "mine.yaml").write_text(step["output"])
        else:
            done = run_cli(*shlex.split(step["command"])[1:])
            assert as_pattern(step["output"]).search(done.out), done
    assert len(steps) == 3


@pytest.mark.parametrize("page", sorted(name for name, elsewhere in FOLLOWED.items() if not elsewhere))
def test_the_page_does_what_it_shows(page, tmp_path, monkeypatch, run_cli):
    """Blocks of `sh` that install, train, import torch or need a run are left out."""
    monkeypatch.chdir(tmp_path)

    def skip(body):
        return re.search(
            r"^(git clone|iacrl (sft|grpo|eval|generate|report|doctor)\b(?!.*--dry-run)|python failed.py)", body, re.M
        )

    assert follow(page, tmp_path, skip, run_cli)


def test_the_tests_that_follow_pages_exist():
    assert [
        page for page, test in FOLLOWED.items() if test and page not in (ROOT / test).read_text(encoding="utf-8")
    ] == []
