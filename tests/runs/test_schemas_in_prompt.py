"""`prompt.schemas`: only what a request names, never what its gold answer has, within the limit."""

from dataclasses import replace

import pytest

from iacrl.config.recipes import load_config
from iacrl.domains import find_domain
from iacrl.runs.schemas_in_prompt import schemas_of, with_schemas
from iacrl.runs.splits import read_split
from iacrl.scoring.tokens import count_tokens
from iacrl.tasks import Task
from iacrl.tasks.prompt import build_prompt, prompt_digest


def names(domain, request):
    return [name for name, _ in find_domain(domain).named_types(request)]


@pytest.mark.parametrize(
    ("domain", "request_", "expected"),
    [
        ("terraform", "Create an S3 bucket and two SQS queues on AWS.", ["aws_s3_bucket", "aws_sqs_queue"]),
        ("terraform", "An Auto Scaling group with a launch template", ["aws_autoscaling_group", "aws_launch_template"]),
        ("terraform", "A storage account on Azure named bucket", ["azurerm_storage_account"]),
        ("terraform", 'resource "google_storage_bucket" "b" {}', ["google_storage_bucket"]),
        ("terraform", "An aws_no_such thing with a description and a name", []),
        ("kubernetes", "A ConfigMap, a network policy and a Service", ["ConfigMap v1", "NetworkPolicy", "Service v1"]),
        ("kubernetes", "name: service, label: job", []),
        ("cloudformation", "An AWS::S3::Bucket and an SQS queue", ["AWS::S3::Bucket", "AWS::SQS::Queue"]),
    ],
)
def test_what_a_request_names(domain, request_, expected):
    if domain == "cloudformation":
        pytest.importorskip("cfnlint")
    found = names(domain, request_)
    assert len(found) == len(expected)
    assert all(name.startswith(start) for name, start in zip(found, expected, strict=True))


def test_the_lines_are_the_arguments_without_what_is_only_given_back():
    (found,) = find_domain("terraform").named_types("an SQS queue")
    lines = "\n".join(found[1])
    assert "delay_seconds" in lines and "url" not in lines
    pytest.importorskip("cfnlint")
    (found,) = find_domain("cloudformation").named_types("an SQS queue")
    lines = "\n".join(found[1])
    assert "QueueName" in lines and "QueueUrl" not in lines


def test_the_gold_answer_is_not_looked_at():
    task = Task(instruction="Store objects.", input="", output='resource "aws_s3_bucket" "b" {}', domain="terraform")
    assert schemas_of(task, 1000) == ""
    named = replace(task, instruction="Create an S3 bucket.")
    assert schemas_of(named, 1000) == schemas_of(replace(named, output=""), 1000) != ""


def test_the_limit_cuts_whole_lines():
    task = Task(instruction="A Deployment and an Ingress", input="", output="", domain="kubernetes")
    whole, cut = schemas_of(task, 5000), schemas_of(task, 80)
    assert count_tokens(cut) <= 80 < count_tokens(whole) and whole.startswith(cut)
    assert schemas_of(task, 8) == "", "a head without a field helps nobody"
    (shown,) = with_schemas([task], 80)
    assert build_prompt(shown)[-1]["content"] == f"A Deployment and an Ingress\n\n{cut}"
    assert with_schemas([task], None) == [task] and shown.to_json() == task.to_json()


def test_a_recipe_decides_and_the_digest_of_the_prompt_says_so():
    config = load_config("tiny-cpu", ["prompt.schemas=60"])
    tasks = read_split(config, "validation")
    without = read_split(load_config("tiny-cpu"), "validation")
    assert any(task.schemas for task in tasks.tasks) and not any(task.schemas for task in without.tasks)
    assert tasks.digests == without.digests
    digests = [prompt_digest(["terraform"], "", limit) for limit in (None, 60, 61)]
    assert len(set(digests)) == 3 and digests[0] == prompt_digest(["terraform"], "")
