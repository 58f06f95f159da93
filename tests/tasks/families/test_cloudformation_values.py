"""Parameters of CloudFormation: answers for one value, or that exclude what was asked for, are refused."""

import pytest

from iacrl.scoring.rubric import default_rubric
from iacrl.tasks.family import find_family

RUBRIC = default_rubric()


def item(family, level):
    return find_family(family).task(2025, sorted(find_family(family).levels).index(level))


def score(task, text):
    return RUBRIC.score(f"```yaml\n{text}```", task)


def with_settings(text, *settings):
    written = "".join(f"\n    {one}" for one in settings)
    assert "Type: String" in text
    return text.replace("Type: String", f"Type: String{written}", 1)


def test_constraints_that_exclude_what_was_asked_for_are_refused_and_others_are_not():
    for family, level in (("cfn_condition", 3), ("cfn_condition", 5), ("cfn_parameters", 2), ("cfn_parameters", 4)):
        task = item(family, level)
        for setting in ("MaxLength: 0", "MinLength: 9", "AllowedPattern: '$^'", "AllowedValues: [one]"):
            if setting.startswith("AllowedValues") and "AllowedValues" in task.output:
                continue
            found = score(task, with_settings(task.output, setting))
            assert not found.passed and found.total < 0.4, (task.id, setting, found.total)
        for setting in ("MaxLength: 20", "MinLength: 1", "AllowedPattern: '[a-z]+'"):
            assert score(task, with_settings(task.output, setting)).total == pytest.approx(1), setting


def test_values_that_depend_on_a_condition_by_chance_are_refused():
    task = item("cfn_condition", 5)
    name = next(line for line in task.output.splitlines() if "TopicName" in line).split(": ")[1]
    wanted = next(line for line in task.output.splitlines() if "!Equals" in line).split(", ")[1].rstrip("]")
    label = next(line for line in task.output.splitlines() if "!Equals" in line).split(":")[0].strip()
    text = task.output.replace(f"TopicName: {name}", f"TopicName: !If [{label}, {name}, other]")
    found = score(task, with_settings(text, f"Default: {wanted}"))
    assert text != task.output and not found.passed and found.total < 0.4
    assert score(task, with_settings(task.output, f"Default: {wanted}")).total == pytest.approx(1)
