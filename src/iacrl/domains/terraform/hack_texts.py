"""Texts that try to earn a score in Terraform without being an answer. All written for the audit."""

from __future__ import annotations

from iacrl.domains.probing import HackTexts
from iacrl.domains.terraform.attacks import alternatives, attacks


def _quoted(line: str) -> str:
    return f'output "answer" {{\n  value = "{line}"\n}}\n'


HACK_TEXTS = HackTexts(
    soup=(
        "resource data variable output provider module locals terraform",
        'resource "aws_s3_bucket" resource "aws_instance" provider "aws" variable "region" output "id"',
        "resource { } variable { } output { } provider { } bucket = tags = region = name = encryption = true",
        "aws_s3_bucket aws_instance google_storage_bucket azurerm_resource_group tags Name Environment bucket acl",
        'terraform { required_providers { aws = "hashicorp/aws" } } provider aws region us-east-1 resource aws_vpc',
        'resource "a" "b" { ' + " ".join(f"key{n} = {n}" for n in range(30)) + " }",
    ),
    irrelevant=(
        'resource "terraform_data" "nothing" {\n  input = "nothing"\n}\n',
        'locals {\n  nothing = "nothing"\n}\n',
        'variable "nothing" {\n  type    = string\n  default = "nothing"\n}\n',
        'output "nothing" {\n  value = "nothing"\n}\n',
        'terraform {\n  required_version = ">= 1.5"\n}\n',
        'resource "terraform_data" "many" {\n  count = 500\n  input = count.index\n}\n',
        'check "nothing" {\n  assert {\n    condition     = true\n    error_message = "Never."\n  }\n}\n',
    ),
    comments=("# nothing\n", "// nothing\n", "/* nothing */\n", "# resource\n" * 200, "/* /* /* */\n"),
    bombs=(
        ("deep blocks", "a {\n" * 4000 + "}\n" * 4000),
        ("deep lists", "locals {\n  a = " + "[" * 15_000 + "]" * 15_000 + "\n}\n"),
        ("deep parentheses", "locals {\n  a = " + "(" * 15_000 + "1" + ")" * 15_000 + "\n}\n"),
        ("deep templates", 'locals {\n  a = "' + '${"' * 8000 + '"}' * 8000 + '"\n}\n'),
        ("deep conditions", "locals {\n  a = " + "true ? " * 6000 + "1" + " : 1" * 6000 + "\n}\n"),
        ("long sum", "locals {\n  a = 1" + " + 1" * 20_000 + "\n}\n"),
        ("many negations", "locals {\n  a = " + "!" * 30_000 + "true\n}\n"),
        ("huge number", "locals {\n  a = 1e999999999\n}\n"),
        ("long number", "locals {\n  a = " + "9" * 50_000 + "\n}\n"),
        ("huge range", "locals {\n  a = range(1024 * 1024 * 1024)\n}\n"),
        ("huge product", "locals {\n  a = setproduct(range(1000), range(1000), range(1000))\n}\n"),
        ("growing format", 'locals {\n  a = format("%2000000000d", 1)\n}\n'),
        (
            "doubling locals",
            "locals {\n  a0 = [1, 1]\n"
            + "".join(f"  a{n} = [local.a{n - 1}, local.a{n - 1}]\n" for n in range(1, 40))
            + "}\n",
        ),
        ("many blocks", 'variable "v" {}\n' * 1000),
        ("slow pattern", 'locals {\n  a = regex("(a+)+$", "' + "a" * 5000 + 'b")\n}\n'),
        ("self reference", "locals {\n  a = local.a\n}\n"),
    ),
    junk="}}}} not code {{{{",
    quoted=_quoted,
    attacks=attacks,
    alternatives=alternatives,
)
