"""The facts that ship: what they say of common arguments, and that only what is known is judged."""

from __future__ import annotations

import pytest

from iacrl.domains.terraform import validate_text
from iacrl.domains.terraform.provider_rules.facts import facts_of
from iacrl.domains.terraform.schema.packs import find_provider
from iacrl.domains.verdict import LAYERS


def codes(text: str) -> list[str]:
    return [one.code for one in validate_text(text).diagnostics]


def test_facts_say_where_they_come_from() -> None:
    schema = find_provider("hashicorp/aws")
    facts = facts_of(schema) if schema is not None else None
    assert facts is not None
    assert facts.asked.count(".") == 2
    assert facts.values_from.startswith("botocore ")
    assert facts.of("resource", "aws_no_such_type") is None


def test_a_pack_without_facts_has_none() -> None:
    schema = find_provider("hashicorp/random")
    assert schema is not None
    assert facts_of(schema) is None


_LOG_GROUP = """
variable "days" {
  type = number
}

locals {
  days = %s
}

resource "aws_cloudwatch_log_group" "app" {
  name              = "app"
  retention_in_days = %s
}
"""


@pytest.mark.parametrize(
    ("local", "given", "expected"),
    [
        ("31", "local.days", ["TF320"]),
        ("30", "local.days", []),
        ("31", "var.days", []),
        ("null", "local.days", []),
        ("31", '"30"', []),
        ("31", '"${local.days}"', ["TF320"]),
        ("31", "var.days > 3 ? local.days : 5", []),
    ],
)
def test_only_known_values_are_judged(local: str, given: str, expected: list[str]) -> None:
    assert codes(_LOG_GROUP % (local, given)) == expected


_GROUP = """
resource "aws_security_group" "web" {
  name = "web"
%s
}
"""


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ('  ingress = [{ from_port = 1, to_port = 1, protocol = "tcp", cidr_blocks = ["10.0.0.0/33"], description = "",'
         "ipv6_cidr_blocks = [], prefix_list_ids = [], security_groups = [], self = false }]", ["TF324"]),
        ('  ingress {\n    from_port = 1\n    to_port = 1\n    protocol = "tcp"\n    cidr_blocks = ["1.0.0.0/33"]\n  }',
         ["TF324"]),
        ('  dynamic "ingress" {\n    for_each = [1]\n    content {\n      from_port = 1\n      to_port = 1\n'
         '      protocol = "tcp"\n      cidr_blocks = ["x"]\n    }\n  }', ["TF324"]),
        ('  dynamic "ingress" {\n    for_each = aws_security_group.other.tags\n    content {\n      protocol = "tcp"\n'
         '      cidr_blocks = ["x"]\n    }\n  }', []),
    ],
    ids=["list of objects", "block", "dynamic", "dynamic, unknown"],
)  # fmt: skip
def test_values_are_found_in_blocks_in_every_way_to_write_them(inner: str, expected: list[str]) -> None:
    other = 'resource "aws_security_group" "other" {\n  name = "other"\n}\n'
    assert codes(_GROUP % inner + other) == expected


_TOPIC = """
resource "aws_sns_topic" "news" {
%s
}
"""


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ('  name = "a"\n  name_prefix = "b"', ["TF327"]),
        ('  name = "a"\n  name_prefix = null', []),
        ('  name = "a"\n  name_prefix = aws_sns_topic.news.display_name', []),
    ],
)
def test_unset_and_unknown_arguments_conflict_with_nothing(inner: str, expected: list[str]) -> None:
    found = [code for code in codes(_TOPIC % inner) if code not in ("TF401", "TF463") and not code.startswith("TF45")]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('resource "google_compute_address" "a" {\n  name = "a"\n  address_type = %s\n}\n', "TF320"),
        ('resource "aws_kinesis_stream_consumer" "a" {\n  name = "a"\n  stream_arn = %s\n}\n', "TF324"),
        ('resource "azurerm_resource_group" "a" {\n  name = "a"\n  location = "westeurope"\n  id = %s\n}\n', "TF326"),
        ('resource "aws_vpn_gateway" "a" {\n  id = %s\n}\n', "TF326"),
    ],
    ids=["list in a description", "account of an ARN", "id", "id of aws"],
)  # fmt: skip
def test_a_value_is_refused_and_an_unknown_one_is_not(text: str, expected: str) -> None:
    assert codes(text % '"arn:aws:iam::12:role/r"') == [expected]
    assert codes(text % "var.a" + 'variable "a" {}\n') == []


def test_a_type_may_declare_an_id_of_its_own() -> None:
    body = '  reserved_cache_nodes_offering_id = "a"\n  id = "a"\n'
    text = f'resource "aws_elasticache_reserved_cache_node" "a" {{\n{body}}}\n'
    assert codes(text) == []


def test_an_empty_text_leaves_an_optional_argument_of_google_unset() -> None:
    text = 'resource "google_compute_address" "a" {\n  name = "a"\n  address_type = "%s"\n}\n'
    assert [codes(text % value) for value in ("", "EXTERNAL")] == [[], []]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("null", ["TF305"]),
        ("local.nothing", ["TF305"]),
        ("true ? null : 1", ["TF305"]),
        ('"a"', []),
        ("var.a", []),
        ('coalesce(local.nothing, "a")', []),
    ],
)
def test_a_required_argument_that_is_null_is_missing(given: str, expected: list[str]) -> None:
    text = 'variable "a" {}\nlocals {\n  nothing = null\n}\nresource "%s" "a" {\n  name = %s\n}\n'
    for kind in ("google_compute_network", "aws_iam_group"):
        assert codes(text % (kind, given)) == expected


_NETWORK = """
variable "a" {}

resource "azurerm_virtual_network" "a" {
  name                = "a"
  location            = "westeurope"
  resource_group_name = "a"
  address_space       = [%s]
}
"""
_RULESET = """
terraform {
  required_providers {
    github = {
      source = "integrations/github"
    }
  }
}

resource "github_repository_ruleset" "a" {
  name        = "a"
  repository  = "a"
  target      = "%s"
  enforcement = "active"
  rules {
    pull_request {
      required_approving_review_count = %s
    }
  }
}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (_NETWORK % '"10.0.0.0/8"', []),
        (_NETWORK % '"10.0.0.1/8"', ["TF330"]),
        (_NETWORK % "var.a", []),
        (_RULESET % ("BRANCH", 2), []),
        (_RULESET % ("commit", 2), ["TF330"]),
        (_RULESET % ("branch", 1.5), ["TF330"]),
    ],
    ids=["block of addresses", "host bits", "unknown", "value in another case", "not listed", "a fraction"],
)
def test_what_only_the_documentation_says_is_a_warning(text: str, expected: list[str]) -> None:
    verdict = validate_text(text)
    assert [one.code for one in verdict.diagnostics] == expected
    assert verdict.valid
    assert verdict.layers == LAYERS


_POOL = """
variable "a" {}

locals {
  nothing = null
}

resource "azurerm_kubernetes_cluster" "a" {
  name                = "a"
  location            = "westeurope"
  resource_group_name = "a"
  dns_prefix          = "a"
  default_node_pool {
    name    = %s
    vm_size = %s
  }
  identity {
    type = "SystemAssigned"
  }
}
"""


@pytest.mark.parametrize(
    ("name", "size", "expected"),
    [
        ("null", '"Standard_B2s"', ["TF305"]),
        ("local.nothing", '"Standard_B2s"', ["TF305"]),
        ('lookup({}, "a", null)', '"Standard_B2s"', ["TF305"]),
        ("null", "var.a", []),
        ("var.a", '"Standard_B2s"', []),
    ],
)
def test_a_required_argument_of_a_block_that_is_null_is_missing(name: str, size: str, expected: list[str]) -> None:
    assert codes(_POOL % (name, size)) == expected
