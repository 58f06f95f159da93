import pytest

from iacrl.tasks import Task
from iacrl.tasks.dedupe import find_duplicates

pytest.importorskip("datasketch")

WORDS = [
    "create",
    "one",
    "queue",
    "called",
    "orders",
    "with",
    "a",
    "delay",
    "of",
    "five",
    "seconds",
    "and",
    "a",
    "timeout",
    "of",
    "thirty",
    "seconds",
    "for",
    "the",
    "team",
]


def task(name, instruction):
    return Task(instruction, "", 'resource "aws_sqs_queue" "q" {}\n', "terraform", id=name)


def test_exact_and_near_copies_are_found_and_others_are_not():
    near = " ".join([*WORDS[:-1], "group"])
    rows = [
        ("train", task("a", " ".join(WORDS))),
        ("train", task("b", "  ".join(WORDS))),
        ("test", task("c", near)),
        ("test", task("d", " ".join(reversed(WORDS)))),
    ]
    found = find_duplicates(rows, threshold=0.7)
    assert [(item.task, item.earlier, item.leaks) for item in found] == [("b", "a", False), ("c", "a", True)]
    assert found[0].similarity == 1.0
    assert 0.7 <= found[1].similarity < 1.0
