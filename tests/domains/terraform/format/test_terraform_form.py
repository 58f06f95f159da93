"""The form of `terraform fmt`: known pairs, the gold answers, and the real program where there is one."""

import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import iacrl
from iacrl.domains.terraform.format.form import canonical
from iacrl.scoring.judge import judge
from iacrl.scoring.registry import find_reward

FIXTURES = Path(__file__).parents[3] / "fixtures" / "terraform"
TASKS = iacrl.load_tasks("terraform", split="test")
GOLDS = [task.output for task in TASKS]

# What terraform 1.11 made of the first text of each pair.
PAIRS = {
    "equals signs": ("a=1\nbbb = 2\n\ncc  =3\n", "a   = 1\nbbb = 2\n\ncc = 3\n"),
    "comments": ("d = -1   # one\neeee = 1-2    // two\n", "d    = -1    # one\neeee = 1 - 2 // two\n"),
    "indents": (
        'b "x" {\na = [\n1,\n]\n\tc {\nd = 1\n}\n}\n',
        'b "x" {\n  a = [\n    1,\n  ]\n  c {\n    d = 1\n  }\n}\n',
    ),
    "operators": ("a = b ? c:-d\ne = !f&&g [0]\n", "a = b ? c : -d\ne = !f && g[0]\n"),
    "calls": ("a = f( x , y... )\nb = [for x in [y]: x.z]\n", "a = f(x, y...)\nb = [for x in [y] : x.z]\n"),
    "braces": ("a {  b = 1 }\nc { }\nd = {e=1}\n", "a { b = 1 }\nc {}\nd = { e = 1 }\n"),
    "templates": (
        'c="x${ a.b }y"\np = "%{ if x }a%{ endif }"\ni = "${a}${b}"\n',
        'c = "x${a.b}y"\np = "%{if x}a%{endif}"\ni = "${a}${b}"\n',
    ),
    "heredocs": ("a=<<-EOT\n   foo ${  x   }\n     EOT\nb=1\n", "a = <<-EOT\n   foo ${x}\n     EOT\nb = 1\n"),
    "lone interpolations": ('a = "${var.x}"\nb = "${ {c=1} }"\n', "a = var.x\nb = { c = 1 }\n"),
    "labels": ("resource foo b {}\n", 'resource "foo" "b" {}\n'),
    "types": ('variable "x" {\n  type = "list"\n}\n', 'variable "x" {\n  type = list(string)\n}\n'),
    "block comments": ("  /* a\n b */\na = /* c */ { # d\n}\n", "/* a\n b */\na = /* c */ { # d\n}\n"),
    "ends of lines": ("a = 1  \r\nbb=2\r\n   \r\n", "a  = 1\r\nbb = 2\r\n\r\n"),
    "no last newline": ("a=1", "a = 1"),
    "empty": ("", ""),
}


@pytest.mark.parametrize("title", PAIRS)
def test_the_form_of_the_real_program(title):
    given, wanted = PAIRS[title]
    assert canonical(given) == wanted
    assert canonical(wanted) == wanted


def test_gold_answers_are_in_form():
    assert [gold for gold in GOLDS if canonical(gold) != gold] == []


def mangled(text, random):
    """Return the text with spaces added and taken away where they mean nothing, and sometimes where they do."""

    def changed(found):
        return found[0] if random.random() < 0.6 else random.choice(["", " ", "  ", "\t"])

    return re.sub(r"[ \t]+|(?<=[=,(\[{:?])|(?=[=,)\]}:?])", changed, text)


@pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform")
def test_the_form_is_that_of_the_installed_program(tmp_path):
    seeded = random.Random(0)
    texts = [given for given, _ in PAIRS.values()]
    texts += [path.read_text() for path in sorted(FIXTURES.glob("good/*.tf"))]
    texts += [mangled(text, seeded) for text in (*GOLDS[::4], *texts)]
    for number, text in enumerate(texts):
        (tmp_path / f"{number:04d}.tf").write_bytes(text.encode())
    done = subprocess.run(
        ["terraform", "fmt", "-list=false", "-no-color", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TF_CLI_CONFIG_FILE": os.devnull},
    )
    broken = set(re.findall(r"(\d{4})\.tf line", done.stderr))
    compared = [number for number in range(len(texts)) if f"{number:04d}" not in broken]
    assert len(compared) > 300
    differing = [
        texts[number]
        for number in compared
        if (tmp_path / f"{number:04d}.tf").read_bytes().decode() != canonical(texts[number])
    ]
    assert differing == []


def value(text, task=TASKS[0]):
    return find_reward("style")(task, judge(text, task))


def test_the_reward_is_the_share_of_lines_in_form():
    assert value('locals {\n  a = 1\n  b = "x"\n}\n') == 1.0
    assert value('locals {\n  a = 1\n\n  b="x"\n}\n') == 0.75
    assert value("locals {}\n") == 1.0


def test_the_reward_abstains_where_there_is_no_form():
    assert value("") is None
    assert value("locals {") is None
    assert value("a:   1\n", iacrl.load_tasks("kubernetes", split="test")[0]) is None
