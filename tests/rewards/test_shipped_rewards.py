"""Each shipped reward by itself."""

import dataclasses

import pytest

import iacrl
from iacrl.scoring.judge import judge
from iacrl.scoring.registry import find_reward, shipped_names
from iacrl.scoring.tokens import count_tokens

TASK = iacrl.load_tasks("terraform", split="test")[0]
MANIFEST = iacrl.load_tasks("kubernetes", split="test")[0]


def value(name, completion, task=TASK):
    return find_reward(name)(task, judge(completion, task))


@pytest.mark.parametrize("name", shipped_names())
def test_each_describes_itself_in_one_line(name):
    found = find_reward(name)
    assert found.name == name and found.origin == "shipped"
    assert found.file.name == f"{name}.py"
    assert 20 < len(found.description.splitlines()[0]) <= 120


LAYERS = {
    "": (0, 0, 0),
    "# nothing\n": (0, 0, 0),
    "moved {\n  from = terraform_data.a\n  to   = terraform_data.b\n}\n": (0, 0, 0),
    'resource "terraform_data" {': (0, 0, 0),
    'resource "terraform_data" "a" {\n  imput = 1\n}\n': (1, 0, 0),
    'resource "terraform_data" "a" {\n  input = var.b\n}\n': (1, 1, 0),
    'resource "terraform_data" "a" {\n  input = 1\n}\n': (1, 1, 1),
}


@pytest.mark.parametrize("text", LAYERS)
def test_the_layers(text):
    assert tuple(value(name, text) for name in ("syntax", "schema", "references")) == LAYERS[text]


def test_intent_is_the_share_of_clauses_and_complete_all_of_them():
    less = TASK.output.replace('"HTTP"', '"WEBSOCKET"')
    assert less != TASK.output
    assert value("intent", TASK.output) == 1.0 and value("complete", TASK.output) == 1.0
    assert 0.5 < value("intent", less) < 1.0 and value("complete", less) == 0.0
    assert value("intent", TASK.output + "}") == 0.0
    free = dataclasses.replace(TASK, intent=None)
    assert value("intent", TASK.output, free) is None and value("complete", TASK.output, free) is None


CODE = 'resource "terraform_data" "a" {}\n'


@pytest.mark.parametrize(
    ("completion", "expected"),
    [
        (CODE, 1),
        (f"\n\n{CODE}\n", 1),
        (f"```terraform\n{CODE}```", 1),
        (f"```hcl\r\n{CODE}```\r\n", 1),
        (f"```\n{CODE}```\n\n", 1),
        (f"~~~tf\n{CODE}~~~", 1),
        (f"<think>\nA bucket.\n</think>\n```terraform\n{CODE}```", 1),
        (f"Sure!\n```terraform\n{CODE}```", 0),
        (f"```terraform\n{CODE}```\nEnjoy.", 0),
        (f"```terraform\n{CODE}```\n```terraform\n{CODE}```", 0),
        (f"```terraform\n{CODE}", 0),
        (f"```python\n{CODE}```", 0),
        (f"{CODE}```", 0),
        (f"Sure!\n{CODE}", 0),
        ("I cannot do that.", 0),
        ("```terraform", 0),
        ("", 0),
    ],
)
def test_format(completion, expected):
    assert value("format", completion) == expected


def test_brevity_falls_in_a_straight_line():
    allowance = 2 * count_tokens(TASK.output) + 64
    assert value("brevity", TASK.output) == 1.0
    assert value("brevity", "# " * (allowance // 2)) == pytest.approx(1.0, abs=0.02)
    assert value("brevity", "a, " * (allowance * 3 // 4)) == pytest.approx(0.5, abs=0.02)
    assert value("brevity", "a, " * allowance) == 0.0
    assert value("brevity", "<think>" + "a, " * allowance + "</think>" + TASK.output) == 1.0


def test_brevity_without_a_gold_answer_allows_1024_tokens():
    free = dataclasses.replace(TASK, output="")
    assert value("brevity", "a " * 1024, free) == 1.0
    assert value("brevity", "a " * 1536, free) == 0.5


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("bucket", 1),
        ("security_group", 3),
        ("a = b", 3),
        ('"x"', 3),
        ("a\nb", 3),
        ("  a", 2),
        (" " * 32, 2),
        ("\n" * 32, 2),
        ("x" * 600, 100),
        ("a \n\n  b\n", 4),
        ("a" + " " * 10 + "\n" + " " * 6 + "b", 3),
        ("\n a\r\nb ", 4),
    ],
)
def test_tokens_are_counted_without_a_model(text, tokens):
    assert count_tokens(text) == tokens


def test_no_padding_is_free():
    for filler in (" ", "\n", "\t", "x", "é", "=", "\u200b", "\x00"):
        assert count_tokens(filler * 4000) >= 250, repr(filler)


def test_every_reward_takes_any_verdict():
    for task in (TASK, MANIFEST):
        for completion in ("", "{", "a: &a [*a]", "\x00", "---\n", "kind: Pod", "```", task.output, task.output * 3):
            verdict = judge(completion, task)
            for name in shipped_names():
                given = find_reward(name)(task, verdict)
                assert given is None or 0.0 <= given <= 1.0
