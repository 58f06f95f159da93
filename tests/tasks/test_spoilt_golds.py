"""What a gold answer says costs something when it is deleted or changed, or is on the list of what is free."""

import random
from datetime import date

import pytest
from spoil_golds import SEED, allowed, costs_nothing, is_allowed, spoils

from iacrl.scoring.judge import judge
from iacrl.tasks.family import all_families, find_family, find_task

#: Of so many spoilt answers of each family; `python tools/spoil_golds.py` tries all.
_SAMPLE = {"terraform": 12, "kubernetes": 12, "cloudformation": 2}


@pytest.mark.parametrize("family", all_families().values(), ids=lambda family: family.name)
def test_deleted_and_changed_values_cost_something(family):
    if family.domain == "cloudformation":
        pytest.importorskip("cfnlint")
    task = family.task(SEED, len(family.levels) - 1)
    everything = list(spoils(task.output))
    sample = random.Random(f"{family.name}-{SEED}").sample(everything, min(_SAMPLE[family.domain], len(everything)))
    assert {spoilt.what for spoilt in everything} >= {"line", "value"}
    assert not [spoilt.change for spoilt in sample if costs_nothing(task, spoilt.text) and not is_allowed(spoilt)]


@pytest.mark.parametrize(
    ("task_id", "old", "new"),
    [
        ("aws_iam_role-2025-59", '"Allow"', '"Deny"'),
        ("aws_iam_role-2025-59", '"2012-10-17"', '"2008-10-17"'),
        ("aws_iam_role-2025-59", '        Action = "sts:AssumeRole"\n', ""),
        ("aws_event_stack-2025-11", '        Effect = "Allow"\n', ""),
        ("aws_ecr_repository-2025-43", '          tagStatus   = "any"\n', ""),
        ("aws_ecr_repository-2025-43", "        rulePriority = 1\n", ""),
        ("aws_route53_zone-2025-11", 'name    = "quotes.fabrikam.io"', 'name    = "mail.quotes.fabrikam.io"'),
        ("azurerm_vm_stack-2025-65", 'username   = "tessa"', 'username   = "carla"'),
        ("azurerm_vm_stack-2025-65", 'source_port_range          = "*"', 'source_port_range          = "22"'),
        ("aws_security_group-2025-26", "from_port   = 0", "from_port   = 1"),
        ("k8s_web_app-2025-26", "    apiVersion: apps/v1", "    apiVersion: apps/v2"),
    ],
)
def test_what_goes_without_saying_is_asked_for(task_id, old, new):
    task = find_task(task_id)
    spoilt = task.output.replace(old, new)
    assert "intent" in judge(task.output, task).layers
    assert spoilt != task.output
    assert "intent" not in judge(spoilt, task).layers


def test_the_version_of_a_policy_may_be_a_date():
    pytest.importorskip("cfnlint")
    task = find_family("cfn_iam_role").task(SEED, 0)
    unquoted = task.output.replace('"2012-10-17"', "2012-10-17")
    assert unquoted != task.output and date(2012, 10, 17).isoformat() in unquoted
    assert "intent" in judge(unquoted, task).layers
    assert "intent" not in judge(task.output.replace("2012-10-17", "2008-10-17"), task).layers


def test_each_entry_of_the_list_has_a_reason():
    assert all(reason.endswith(".") for reason in allowed().values())
