"""Other names, other shapes and other spellings of what a provider treats alike; and what only looks like it."""

import pytest

from iacrl.domains import validate
from iacrl.tasks import Intent, check_intent


def unmet(text, *wanted, given=None):
    verdict = validate(text, "terraform")
    assert verdict.valid, verdict.errors
    intent = Intent.from_json({"must_exist": list(wanted), "nothing_else": True}, "terraform")
    before = None if given is None else validate(given, "terraform").document
    return [item.clause for item in check_intent(intent, verdict.document, before).clauses if not item.met]


def resource(alias, kind, tests):
    return {"as": alias, "is": f"resource {kind}", "with": tests}


VM = """
resource "google_compute_instance" "vm" {
  name         = "vm"
  machine_type = "e2-small"
  zone         = "us-east1-b"
  boot_disk {
    initialize_params {
      image = "IMAGE"
    }
  }
  network_interface {
    network = "NETWORK"
  }
}
"""


@pytest.mark.parametrize(
    ("image", "network", "met"),
    [
        ("debian-cloud/debian-12", "shop", True),
        ("projects/debian-cloud/global/images/family/debian-12", "global/networks/shop", True),
        ("projects/evil/global/images/family/debian-12", "shop", False),
        ("debian-cloud/debian-12", "projects/other/global/networks/shop", False),
    ],
)
def test_links_to_images_and_networks(image, network, met):
    tests = {"name": "vm", "machine_type": "e2-small", "zone": "us-east1-b"} | {
        "boot_disk[0].initialize_params[0].image": "debian-cloud/debian-12",
        "network_interface[0].network": "shop",
    }
    text = VM.replace("IMAGE", image).replace("NETWORK", network)
    assert (unmet(text, resource("vm", "google_compute_instance", tests)) == []) is met


@pytest.mark.parametrize(
    ("written", "met"), [("West US 2", True), ("westus2", True), ("West US", False), ("westus3", False)]
)
def test_regions_of_azure_have_two_spellings(written, met):
    text = f'resource "azurerm_resource_group" "group" {{\n  name     = "rg"\n  location = "{written}"\n}}\n'
    group = resource("group", "azurerm_resource_group", {"name": "rg", "location": "westus2"})
    assert (unmet(text, group) == []) is met


LISTENER = """
resource "aws_alb" "web" {
  subnets = ["subnet-1", "subnet-2"]
}
resource "aws_lb_target_group" "target" {
  port     = 80
  protocol = "HTTP"
  vpc_id   = "vpc-1"
}
resource "aws_lb_listener" "listener" {
  load_balancer_arn = aws_alb.web.arn
  default_action {
    type = "forward"
    forward {
      FORWARD
    }
  }
}
"""
BALANCED = (
    resource("web", "aws_lb", {"subnets": ["subnet-1", "subnet-2"]}),
    resource("target", "aws_lb_target_group", {"port": 80, "protocol": "HTTP", "vpc_id": "vpc-1"}),
    resource(
        "listener",
        "aws_lb_listener",
        {
            "load_balancer_arn": {"refers_to": "web", "by": ["arn"]},
            "default_action[0].type": "forward",
            "default_action[0].target_group_arn": {"refers_to": "target", "by": ["arn"]},
        },
    ),
)
TARGET = "target_group {\n arn = aws_lb_target_group.target.arn\n }\n"


@pytest.mark.parametrize(
    ("forward", "met"),
    [
        (TARGET, True),
        (TARGET + 'target_group {\n arn = "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/evil/1"\n }\n', False),
        (TARGET + "stickiness {\n duration = 60\n }\n", False),
    ],
)
def test_a_target_group_within_forward(forward, met):
    assert (unmet(LISTENER.replace("FORWARD", forward), *BALANCED) == []) is met


SCALED = """
resource "aws_lb_target_group" "target" {
  port     = 80
  protocol = "HTTP"
  vpc_id   = "vpc-1"
}
resource "aws_autoscaling_group" "group" {
  min_size = 1
  max_size = 2
  launch_configuration = "web"
}
resource "aws_autoscaling_attachment" "target" {
  autoscaling_group_name = GROUP
  lb_target_group_arn    = TARGET
}
"""


@pytest.mark.parametrize(
    ("group", "target", "met"),
    [
        ("aws_autoscaling_group.group.name", "aws_lb_target_group.target.arn", True),
        ('"other"', "aws_lb_target_group.target.arn", False),
        ("aws_autoscaling_group.group.name", '"arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/e/1"', False),
    ],
)
def test_an_attachment_of_its_own(group, target, met):
    tests = {"min_size": 1, "max_size": 2, "launch_configuration": "web"}
    attached = tests | {"target_group_arns[*]": {"refers_to": "target", "by": ["arn"]}}
    text = SCALED.replace("GROUP", group).replace("TARGET", target)
    wanted = resource("group", "aws_autoscaling_group", attached)
    assert (unmet(text, BALANCED[1], wanted) == []) is met


ADDRESS = """
resource "aws_instance" "server" {
  ami           = "ami-1"
  instance_type = "t3.small"
}
resource "aws_eip" "address" {
}
resource "aws_eip_association" "address" {
  allocation_id = aws_eip.address.id
  instance_id   = aws_instance.server.id
  MORE
}
"""


@pytest.mark.parametrize(("more", "met"), [("", True), ('private_ip_address = "10.0.0.9"', False)])
def test_an_association_says_no_more_than_the_address_could(more, met):
    server = resource("server", "aws_instance", {"ami": "ami-1", "instance_type": "t3.small"})
    address = resource("address", "aws_eip", {"instance": {"refers_to": "server", "by": ["id"]}})
    assert (unmet(ADDRESS.replace("MORE", more), server, address) == []) is met


RULES = """
resource "azurerm_network_security_group" "group" {
  name                = "nsg"
  location            = "westeurope"
  resource_group_name = "rg"
  security_rule {
    name                       = "https"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_port_range          = "*"
    destination_port_ranges    = PORTS
    source_address_prefix      = "*"
    destination_address_prefix = "*"
  }
}
"""


def _rules_unmet(text):
    rule = {"name": "https", "priority": 100, "access": "Allow", "protocol": "Tcp", "destination_port_range": "443"} | {
        "direction": "Inbound",
        "source_address_prefix": "*",
        "destination_address_prefix": "*",
        "source_port_range": "*",
    }
    tests = {"name": "nsg", "location": "westeurope", "resource_group_name": "rg"}
    group = resource(
        "group", "azurerm_network_security_group", tests | {"security_rule": {"some": [rule], "length": 1}}
    )
    return unmet(text, group)


@pytest.mark.parametrize(("ports", "met"), [('["443"]', True), ('["443", "22"]', False), ('["22"]', False)])
def test_a_list_of_one_port_is_that_port(ports, met):
    assert (_rules_unmet(RULES.replace("PORTS", ports)) == []) is met


@pytest.mark.parametrize("word", ["Inbound", "Allow", "Tcp"])
def test_words_that_the_provider_takes_in_one_case_only_are_not_met_in_another(word):
    text = RULES.replace("PORTS", '["443"]')
    assert _rules_unmet(text) == []
    for other in (word.lower(), word.upper()):
        assert _rules_unmet(text.replace(f'"{word}"', f'"{other}"')) != []


@pytest.mark.parametrize(
    ("written", "met"),
    [
        ("object({ b = number, a = string })", True),
        ("object({\n a : string\n b : number\n })", True),
        ("object({ a = string })", False),
        ("object({ a = string, b = string })", False),
        ("object({ a = string, b = optional(number) })", False),
    ],
)
def test_attributes_of_a_type_have_no_order(written, met):
    wanted = {"as": "it", "is": "variable", "named": "it", "with": {"type": {"code": "object({a=string,b=number})"}}}
    assert (unmet(f'variable "it" {{\n  type = {written}\n}}\n', wanted) == []) is met


def test_a_moved_block_is_free_where_code_is_changed():
    before = 'resource "aws_sqs_queue" "old" {\n  name = "jobs"\n}\n'
    after = before.replace("old", "new")
    moved = "moved {\n  from = aws_sqs_queue.old\n  to   = aws_sqs_queue.new\n}\n"
    queue = resource("queue", "aws_sqs_queue", {"name": "jobs"})
    assert unmet(after + moved, queue, given=before) == []
    assert unmet(after + moved, queue) == ["nothing else"]


def test_a_name_in_quotes_is_waited_for():
    text = (
        'resource "aws_sqs_queue" "a" {\n  name = "a"\n}\n'
        'resource "aws_sns_topic" "b" {\n  name = "b"\n  depends_on = ["aws_sqs_queue.a"]\n}\n'
    )
    queue = resource("queue", "aws_sqs_queue", {"name": "a"})
    topic = resource("topic", "aws_sns_topic", {"name": "b", "depends_on": {"refers_to": "queue"}})
    assert unmet(text, queue, topic) == []


def test_what_only_looks_a_name_up_is_free_and_what_runs_is_not():
    text = 'data "aws_iam_policy" "read" {\n  name = "ReadOnlyAccess"\n}\n'
    queue = resource("queue", "aws_sqs_queue", {"name": "a"})
    made = 'resource "aws_sqs_queue" "a" {\n  name = "a"\n}\n'
    assert unmet(made + text, queue) == []
    assert unmet(made + 'data "external" "run" {\n  program = ["sh"]\n}\n', queue) == ["nothing else"]


@pytest.mark.parametrize(("kind", "met"), [("String", True), ("SecureString", False)])
def test_a_parameter_that_is_no_secret_may_show_its_value(kind, met):
    text = f'resource "aws_ssm_parameter" "p" {{\n  name = "/a"\n  type = "{kind}"\n  insecure_value = "x"\n}}\n'
    wanted = resource("p", "aws_ssm_parameter", {"name": "/a", "type": kind, "value": "x"})
    verdict = validate(text, "terraform")
    assert (verdict.valid and unmet(text, wanted) == []) is met


@pytest.mark.parametrize(
    ("written", "met"),
    [
        ('format("jobs-%d", count.index)', True),
        ('join("-", ["jobs", tostring(count.index)])', True),
        ('"${local.prefix}-${count.index}"', True),
        ('format("jobs-%d%s", count.index, "x")', False),
        ('format("jobs-%03d", count.index)', False),
        ('"${local.other}-${count.index}"', False),
        ('"jobs-${count.index + 1}"', False),
    ],
)
def test_a_text_may_be_put_together_in_any_way(written, met):
    names = 'locals {\n  prefix = "jobs"\n  other = "work"\n}\n'
    text = f'{names}resource "aws_sqs_queue" "all" {{\n  count = 2\n  name = {written}\n}}\n'
    wanted = resource("all", "aws_sqs_queue", {"count": 2, "name": {"code": '"jobs-${count.index}"'}})
    assert (unmet(text, wanted) == []) is met


@pytest.mark.parametrize("block", ['backend "s3" {}', 'cloud {\n    organization = "x"\n  }'])
def test_where_the_state_is_kept_is_something_else(block):
    text = 'resource "aws_sqs_queue" "jobs" {\n  name = "jobs"\n}\n'
    queue = resource("queue", "aws_sqs_queue", {"name": "jobs"})
    assert unmet(text + 'terraform {\n  required_version = ">= 1.5"\n}\n', queue) == []
    assert unmet(text + f"terraform {{\n  {block}\n}}\n", queue) == ["nothing else"]
