"""What a foreign text holds cannot drive the terminal: not from a name, an id, a quoted line, a log or a traceback."""

import io
import json
import logging
import os
import subprocess
import sys
import warnings

import pytest
from ci_log import FORGED, is_ours_alone
from rich.table import Table

from iacrl.errors import UserError
from iacrl.runs.progress import CleanConsole
from iacrl.terminal import echo, guard, printable, write

pytest_plugins = ["pytester"]

#: Clear the screen, set the title, fill the clipboard, clear by C1, turn the direction, a bell, go back, hide, delete.
ATTACKS = ("\x1b[2J", "\x1b]0;owned\x07", "\x1b]52;c;b3duZWQ=\x1b\\", "\x9b2J", "\u202e", "\a", "\r", "\x1b[8m", "\x7f")
ATTACK = "x" + "y".join(ATTACKS) + "z"


def is_clean(text):
    return all(char.isprintable() or char in "\n\t" for char in text)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / f"{ATTACK.replace('/', '')}.tf").write_text(f'resource "aws_vpc" "{ATTACK}" {{\n  a = 1\n}}\n')
    row = {"id": ATTACK, "domain": "terraform", "instruction": ATTACK, "output": f'resource "{ATTACK}" "a" {{}}'}
    (tmp_path / "tasks.jsonl").write_text(json.dumps(row) + "\n")
    (tmp_path / "twice.jsonl").write_text(json.dumps(row) + "\n" + json.dumps(row) + "\n")
    (tmp_path / "unknown.jsonl").write_text(json.dumps({**row, "domain": ATTACK}) + "\n")
    (tmp_path / "rows.jsonl").write_text(json.dumps({"id": ATTACK, "domain": "terraform", "text": ATTACK}) + "\n")
    (tmp_path / "recipe.yaml").write_text(json.dumps({"model": {ATTACK: ATTACK}, ATTACK: 1}))
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ["validate", "."],
        ["validate", ".", "--format", "github"],
        ["validate", f"{ATTACK}.yaml"],
        ["validate", f"{ATTACK}.tf", "--domain", ATTACK],
        [ATTACK],
        ["validate", f"--{ATTACK}"],
        ["data", "check", "tasks.jsonl"],
        ["data", "check", "twice.jsonl"],
        ["data", "check", "unknown.jsonl"],
        ["data", "stats", "tasks.jsonl"],
        ["data", "import", "tasks.jsonl", "--domain", "terraform", "--out", "out.jsonl"],
        ["config", "show", ATTACK],
        ["sft", "--config", "recipe.yaml"],
        ["score", f"{ATTACK}.tf", "--task", ATTACK],
        ["compare", ATTACK, ATTACK],
        ["schema", "show", ATTACK],
    ],
    ids=" ".join,
)
def test_no_command_passes_it_on(run_cli, folder, arguments):
    done = run_cli(*arguments)
    assert done.out + done.err
    assert is_clean(done.out), done.out
    assert is_clean(done.err), done.err


def test_json_holds_it_exactly(run_cli, folder):
    done = run_cli("validate", "--jsonl", "rows.jsonl")
    assert json.loads(done.out)["id"] == ATTACK
    done = run_cli("validate", f"{ATTACK}.tf", "--format", "json")
    assert ATTACK in json.loads(done.out)[0]["path"]


def test_a_document_is_exact_in_a_file_and_clean_on_a_terminal(capsys, monkeypatch):
    write(ATTACK, nl=False)
    assert capsys.readouterr().out == ATTACK
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    write(ATTACK, nl=False)
    assert is_clean(capsys.readouterr().out)


def test_messages_keep_the_colours_of_iacrl_and_nothing_more(monkeypatch):
    shown = []
    monkeypatch.setattr("click.echo", lambda text, **rest: shown.append(text))
    echo(f"\x1b[1m\x1b[31mred\x1b[0m\n\t{ATTACK}")
    head, rest = shown[0].split("\n")
    assert head == "\x1b[1m\x1b[31mred\x1b[0m"
    assert is_clean(rest)


def test_tables_and_bars_print_names_as_they_are():
    out = io.StringIO()
    console = CleanConsole(file=out, force_terminal=False, width=300)
    table = Table(title=ATTACK)
    table.add_column(ATTACK)
    table.add_row(ATTACK)
    table.add_row("[bold]x[/nothing] :warning:")
    console.print(table)
    console.print(ATTACK)
    assert is_clean(out.getvalue())
    assert "[bold]x[/nothing] :warning:" in out.getvalue()


@pytest.fixture
def guarded(monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)
    before = logging.getLogRecordFactory()
    guard()
    yield
    logging.setLogRecordFactory(before)


def test_logs_and_warnings_are_cleaned(guarded):
    out = io.StringIO()
    logger = logging.getLogger("test_terminal")
    logger.propagate = False
    logger.addHandler(logging.StreamHandler(out))
    logger.warning("got %s", ATTACK)
    try:
        raise ValueError(ATTACK)
    except ValueError:
        logger.exception("failed")
    assert is_clean(out.getvalue()) and "got x" in out.getvalue() and "ValueError: x" in out.getvalue()
    assert is_clean(warnings.formatwarning(ATTACK, UserWarning, ATTACK, 1))


def test_the_traceback_of_a_bug_is_cleaned(guarded, capsys):
    try:
        raise KeyError("a") from ValueError(ATTACK)
    except KeyError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    err = capsys.readouterr().err
    assert is_clean(err) and err.startswith("ValueError: x") and err.rstrip().endswith("KeyError: 'a'")


def test_a_line_keeps_its_width():
    assert printable("a\tb\x1b[2J") == "a b\ufffd[2J"
    assert len(printable(ATTACK)) == len(ATTACK)


def test_the_command_line_guards_what_libraries_print(folder):
    script = f"""
import sys, logging
from iacrl.errors import UserError
from iacrl.cli import main, cli
def fail(*args, **rest):
    logging.getLogger("library").error({ATTACK!r})
    raise RuntimeError({ATTACK!r})
cli.invoke = fail
sys.argv = ["iacrl", "config"]
main()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 1 and "RuntimeError: x" in done.stderr
    assert is_clean(done.stderr)


@pytest.mark.parametrize("form", ["text", "json", "github", "junit"])
def test_every_encoding_of_standard_output_takes_every_name(tmp_path, form):
    (tmp_path / f"日{ATTACK.replace('/', '')}.tf").write_text('resource "aws_vpc" "日" {\n  日 = 1\n}\n')
    command = [sys.executable, "-P", "-m", "iacrl", "validate", "日x.tf", ".", "--format", form]
    for arguments, status in ((command, 2), ([*command[:5], *command[6:]], 1)):
        environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
        done = subprocess.run(arguments, cwd=tmp_path, env=environment, capture_output=True)
        assert done.returncode == status and b"Traceback" not in done.stderr, done


def test_pytest_shows_it_cleaned(pytester, folder):
    done = pytester.runpytest_inprocess("--iacrl", "-p", "no:cacheprovider", str(folder))
    failure = done.stdout.str().partition("FAILURES")[2].partition("short test summary")[0]
    assert "not declared" in failure or "error:" in failure
    assert is_clean(failure)


def test_an_error_of_a_user_may_have_several_lines(run_cli, monkeypatch):
    def fail(*args, **rest):
        raise UserError(f"one\n{ATTACK}\n{FORGED}")

    monkeypatch.setattr("iacrl.config.recipes.config_names", fail)
    done = run_cli("config", "list")
    assert done.err.startswith("Error: one\n  x") and is_ours_alone(done.err)


def test_what_concerns_no_user_is_not_shown(guarded, caplog):
    logger = logging.getLogger("bitsandbytes.backends.cpu.ops")
    logger.warning("Failed to load CPU gemm_4bit_forward. Please make sure you already `pip install kernels`")
    logger.error("no optimizer")
    assert caplog.messages == ["no optimizer"]
