"""What Terraform plans alike is alike to an intent, and what it does not is not."""

import pytest

from iacrl.domains import validate
from iacrl.tasks import Intent, check_intent


def unmet(text, *wanted):
    verdict = validate(text, "terraform")
    assert verdict.valid, verdict.errors
    intent = Intent.from_json({"must_exist": list(wanted), "nothing_else": True}, "terraform")
    return [item.clause for item in check_intent(intent, verdict.document).clauses if not item.met]


def resource(alias, kind, tests):
    return {"as": alias, "is": f"resource {kind}", "with": tests}


ROLE = resource(
    "role",
    "aws_iam_role",
    {
        "assume_role_policy.Version": "2012-10-17",
        "assume_role_policy.Statement[*].Effect": "Allow",
        "assume_role_policy.Statement[*].Action": "sts:AssumeRole",
        "assume_role_policy.Statement[*].Principal.Service": "lambda.amazonaws.com",
    },
)
TRUST = """
data "aws_iam_policy_document" "trust" {
  statement {
    EFFECT
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}
resource "aws_iam_role" "role" {
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
"""


def test_a_trust_policy_may_be_a_data_source():
    assert unmet(TRUST.replace("EFFECT", ""), ROLE) == []
    clause = "role: assume_role_policy.Statement[*].Effect"
    assert unmet(TRUST.replace("EFFECT", 'effect = "Deny"'), ROLE)[0].startswith(clause)


QUEUES = """
resource "aws_sqs_queue" "dead" {
  name = "jobs-dead"
}
resource "aws_sqs_queue" "jobs" {
  name = "jobs"
  INLINE
}
SEPARATE
"""
REDRIVE = "jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 5 })"
QUEUES_WANTED = (
    resource("dead", "aws_sqs_queue", {"name": "jobs-dead"}),
    resource(
        "jobs",
        "aws_sqs_queue",
        {
            "name": "jobs",
            "redrive_policy.deadLetterTargetArn": {"refers_to": "dead", "by": "arn"},
            "redrive_policy.maxReceiveCount": 5,
        },
    ),
)
SEPARATE_REDRIVE = f"""
resource "aws_sqs_queue_redrive_policy" "jobs" {{
  queue_url      = aws_sqs_queue.QUEUE.id
  redrive_policy = {REDRIVE}
}}
"""
HEREDOC = """<<-EOT
    {"deadLetterTargetArn": "${aws_sqs_queue.dead.arn}", "maxReceiveCount": 5}
  EOT
"""


@pytest.mark.parametrize(
    ("inline", "separate", "met"),
    [
        (f"redrive_policy = {REDRIVE}", "", True),
        (f"redrive_policy = {HEREDOC}", "", True),
        ("", SEPARATE_REDRIVE.replace("QUEUE", "jobs"), True),
        ("", SEPARATE_REDRIVE.replace("QUEUE", "dead"), False),
        ("", "", False),
        (f"redrive_policy = {REDRIVE.replace('dead.arn', 'jobs.arn')}", "", False),
    ],
)
def test_a_redrive_policy(inline, separate, met):
    text = QUEUES.replace("INLINE", inline).replace("SEPARATE", separate)
    if "jobs.arn" in inline:  # a queue cannot name itself
        text = text.replace("aws_sqs_queue.jobs.arn", '"arn:aws:sqs:eu-west-1:123456789012:x"')
    assert (unmet(text, *QUEUES_WANTED) == []) is met


GROUP = resource(
    "group",
    "aws_security_group",
    {
        "name": "web",
        "ingress": {
            "some": [
                {"from_port": port, "to_port": port, "protocol": "tcp", "cidr_blocks": ["10.0.0.0/8"]}
                for port in (80, 443)
            ],
            "length": 2,
        },
    },
)
EMPTY_GROUP = 'resource "aws_security_group" "web" {\n  name = "web"\n}\n'
EACH_RULE = (
    EMPTY_GROUP
    + """
resource "aws_vpc_security_group_ingress_rule" "open" {
  for_each          = toset(["80", "443"])
  security_group_id = aws_security_group.web.id
  from_port         = each.key
  to_port           = each.key
  ip_protocol       = "tcp"
  cidr_ipv4         = "10.0.0.0/8"
}
"""
)
COUNTED = (
    EMPTY_GROUP
    + """
resource "aws_security_group_rule" "open" {
  count             = 2
  type              = "ingress"
  security_group_id = aws_security_group.web.id
  from_port         = [80, 443][count.index]
  to_port           = [80, 443][count.index]
  protocol          = "6"
  cidr_blocks       = ["10.0.0.0/8"]
}
"""
)
DYNAMIC = """
locals {
  ports = { http = 80, https = 443 }
}
resource "aws_security_group" "web" {
  name = "web"
  dynamic "ingress" {
    for_each = local.ports
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "TCP"
      cidr_blocks = [format("%s/8", "10.0.0.0")]
    }
  }
}
"""


@pytest.mark.parametrize("text", [EACH_RULE, COUNTED, DYNAMIC], ids=["for_each", "count", "dynamic"])
def test_rules_of_a_security_group(text):
    assert unmet(text, GROUP) == []


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (EACH_RULE, '["80", "443"]', '["80", "443", "22"]'),
        (EACH_RULE, "10.0.0.0/8", "0.0.0.0/0"),
        (EACH_RULE, "aws_security_group.web.id", '"sg-0123456789abcdef0"'),
        (EACH_RULE, "}\n", "  lifecycle {\n    ignore_changes = all\n  }\n}\n"),
        (COUNTED, '"ingress"', '"egress"'),
        (COUNTED, "count             = 2", "count             = 0"),
        (COUNTED, '"6"', '"17"'),
    ],
)
def test_other_rules_are_not_the_same(text, old, new):
    changed = new.join(text.rsplit(old, 1)) if old == "}\n" else text.replace(old, new)
    assert unmet(changed, GROUP) != []


TABLE = resource(
    "table",
    "aws_route_table",
    {"vpc_id": "vpc-1", "route[0].cidr_block": {"cidr": "0.0.0.0/0"}, "route[0].gateway_id": {"refers_to": "gateway"}},
)
GATEWAY = resource("gateway", "aws_internet_gateway", {"vpc_id": "vpc-1"})
ROUTES = """
resource "aws_internet_gateway" "gateway" {
  vpc_id = "vpc-1"
}
resource "aws_route_table" "table" {
  vpc_id = "vpc-1"
}
resource "aws_route" "out" {
  route_table_id         = aws_route_table.table.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.gateway.id
}
"""


def test_a_route_of_its_own():
    assert unmet(ROUTES, TABLE, GATEWAY) == []
    other = ROUTES.replace("aws_internet_gateway.gateway.id", '"igw-1"')
    assert unmet(other, TABLE, GATEWAY) == ["table: route[0].gateway_id refers to gateway"]
    tests = {"route_table_id": {"refers_to": "table"}, "destination_cidr_block": "0.0.0.0/0"}
    route = resource("route", "aws_route", tests | {"gateway_id": {"refers_to": "gateway"}})
    table = resource("table", "aws_route_table", {"vpc_id": "vpc-1"})
    assert unmet(ROUTES, table, GATEWAY, route) == []  # an intent that asks for the resource sees it


#: Where a thing in Azure is.
AZURE = {"location": "westeurope", "resource_group_name": "rg"}
NETWORK_RULES = """
resource "azurerm_network_security_group" "group" {
  name                = "nsg"
  location            = "westeurope"
  resource_group_name = "rg"
}
resource "azurerm_network_security_rule" "rule" {
  name                        = "https"
  priority                    = 100
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_port_range           = "*"
  destination_port_range      = "443"
  source_address_prefix       = "*"
  destination_address_prefix  = "*"
  resource_group_name         = "rg"
  network_security_group_name = azurerm_network_security_group.group.name
}
"""


def test_a_network_security_rule_of_its_own():
    rule = {"name": "https", "priority": 100, "access": "Allow", "protocol": "Tcp", "destination_port_range": "443"} | {
        "direction": "Inbound",
        "source_address_prefix": "*",
        "destination_address_prefix": "*",
    }
    rules = {"security_rule": {"some": [rule], "length": 1}}
    group = resource("group", "azurerm_network_security_group", AZURE | {"name": "nsg"} | rules)
    assert unmet(NETWORK_RULES, group) == []
    assert unmet('"other"'.join(NETWORK_RULES.rsplit('"rg"', 1)), group) != []


BALANCER = """
resource "aws_lb" "main" {
  name = "web"
  subnet_mapping {
    subnet_id = "subnet-1"
  }
  subnet_mapping {
    subnet_id = "subnet-2"
  }
}
"""


def test_subnets_of_a_load_balancer():
    wanted = resource("lb", "aws_lb", {"name": "web", "subnets": {"items": ["subnet-2", "subnet-1"]}})
    assert unmet(BALANCER, wanted) == []
    assert unmet(BALANCER.replace("subnet-2", "subnet-3"), wanted) == ["lb: subnets items ('subnet-2', 'subnet-1')"]


def test_a_data_source_that_looks_for_a_tag():
    text = 'data "aws_vpc" "shared" {\n  filter {\n    name   = "tag:Name"\n    values = ["shared"]\n  }\n}\n'
    wanted = {"as": "vpc", "is": "data aws_vpc", "with": {"tags.Name": "shared"}}
    assert unmet(text, wanted) == []
    assert unmet(text.replace('"shared"]', '"other"]'), wanted) == ['vpc: tags.Name = "shared"']


@pytest.mark.parametrize(
    ("cpu", "memory", "met"), [("1000m", "1Gi", True), ("1", "1024Mi", True), ("1500m", "1Gi", False)]
)
def test_limits_of_a_container(cpu, memory, met):
    text = f"""
resource "google_cloud_run_v2_service" "service" {{
  name     = "api"
  location = "europe-west1"
  template {{
    containers {{
      image = "nginx"
      resources {{
        limits = {{
          cpu    = "{cpu}"
          memory = "{memory}"
        }}
      }}
    }}
  }}
}}
"""
    limits = "template[0].containers[0].resources[0].limits"
    service = {"name": "api", "location": "europe-west1", "template[0].containers[0].image": "nginx"}
    tests = service | {f"{limits}.cpu": "1", f"{limits}.memory": "1024Mi"}
    wanted = resource("api", "google_cloud_run_v2_service", tests)
    assert (unmet(text, wanted) == []) is met


NETWORK = """
resource "azurerm_virtual_network" "network" {
  name                = "vnet"
  location            = "westeurope"
  resource_group_name = "rg"
  address_space       = ["10.0.0.0/16"]
  subnet {
    name             = "snet"
    address_prefixes = ["10.0.1.0/24"]
  }
}
resource "azurerm_network_interface" "interface" {
  name                = "nic"
  location            = "westeurope"
  resource_group_name = "rg"
  ip_configuration {
    name                          = "internal"
    subnet_id                     = one(azurerm_virtual_network.network.subnet).id
    private_ip_address_allocation = "Dynamic"
  }
}
"""
SUBNET = {
    "name": "snet",
    "resource_group_name": "rg",
    "virtual_network_name": {"refers_to": "network", "by": ["name"]},
    "address_prefixes": ["10.0.1.0/24"],
}


@pytest.mark.parametrize(
    ("old", "new", "met"),
    [
        ("", "", True),
        ('"snet"', '"other"', False),
        ("one(azurerm_virtual_network.network.subnet).id", '"subnet-1"', False),
        ("one(azurerm_virtual_network.network.subnet).id", "azurerm_virtual_network.network.id", False),
    ],
)
def test_a_subnet_within_its_network(old, new, met):
    wanted = (
        resource("network", "azurerm_virtual_network", AZURE | {"name": "vnet", "address_space": ["10.0.0.0/16"]}),
        resource("subnet", "azurerm_subnet", SUBNET),
        resource(
            "interface",
            "azurerm_network_interface",
            AZURE
            | {"name": "nic", "ip_configuration[0].name": "internal"}
            | {"ip_configuration[0].private_ip_address_allocation": "Dynamic"}
            | {"ip_configuration[0].subnet_id": {"refers_to": "subnet", "by": ["id"]}},
        ),
    )
    assert (unmet(NETWORK.replace(old, new) if old else NETWORK, *wanted) == []) is met


def test_a_rule_resource_that_no_clause_speaks_of_is_one_more():
    policy = """
resource "aws_sqs_queue" "jobs" {
  name = "jobs"
}
resource "aws_sqs_queue_policy" "open" {
  queue_url = aws_sqs_queue.jobs.id
  policy    = jsonencode({ Statement = [{ Effect = "Allow", Principal = "*", Action = "sqs:*" }] })
}
"""
    assert unmet(policy, resource("queue", "aws_sqs_queue", {"name": "jobs"})) == ["nothing else"]
