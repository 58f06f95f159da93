"""What blocks have in common."""

from __future__ import annotations

import pytest

from iacrl.domains.terraform import validate_text


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ('module "a" {{\n  source = "./a"\n{}}}\n', "module block"),
        ('provider "aws" {{\n{}}}\n', "provider block"),
        ('resource "terraform_data" "a" {{\n{}}}\n', "resource block"),
        ('resource "terraform_data" "a" {{\n  provisioner "local-exec" {{\n{}}}\n}}\n', "provisioner"),
    ],
)
def test_a_second_escaping_block_is_refused_where_it_stands(text: str, owner: str) -> None:
    twice = text.format("  _ {}\n  _ {}\n")
    found = [one for one in validate_text(twice).diagnostics if one.code == "TF209"]
    assert [one.message for one in found] == [f"Duplicate escaping block: This {owner} already has an escaping block."]
    assert found[0].range.start.line == twice.split("\n").index("  _ {}") + 2
    assert "TF209" not in [one.code for one in validate_text(text.format("  _ {}\n")).diagnostics]


@pytest.mark.parametrize("text", ['module "a" {{\n  source = "./a"\n{}}}\n', 'provider "aws" {{\n{}}}\n'])
def test_an_escaping_block_sets_arguments_and_other_blocks_are_reserved(text: str) -> None:
    verdict = validate_text(text.format("  x = 1\n  _ {\n    x = 2\n  }\n  lifecycle {}\n"))
    assert {"TF207", "TF208"} <= {one.code for one in verdict.diagnostics}
