"""The whole verdict: what it shows, where, and what it leaves open."""

from __future__ import annotations

import gc
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iacrl.domains.terraform import validate_directory, validate_text
from iacrl.domains.terraform.structure.names import MAX_ERRORS
from iacrl.domains.verdict import Verdict
from iacrl.errors import UserError

FIXTURES = Path(__file__).parents[2] / "fixtures" / "terraform"
REALISTIC = sorted((FIXTURES / "realistic").glob("*.tf"))


def codes(verdict: Verdict) -> list[str]:
    return [found.code for found in verdict.diagnostics]


def only(text: str) -> str:
    """Return the message of the one diagnostic of a text."""
    (found,) = validate_text(text).diagnostics
    return found.message


@pytest.mark.parametrize("path", REALISTIC, ids=lambda path: path.stem)
def test_realistic_configurations_are_valid(path: Path) -> None:
    assert validate_text(path.read_text(encoding="utf-8")).errors == ()


def test_a_valid_text_passes_every_layer() -> None:
    verdict = validate_text('resource "aws_s3_bucket" "a" {}\n')
    assert verdict.layers == ("extract", "syntax", "structure", "schema", "references")
    assert verdict.unchecked == ()


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        ('resource "aws_s3_bucket" "a" {', ("extract",)),
        ('resource "aws_s3_bucket" {}\n', ("extract", "syntax")),
        ('resource "aws_s3_bucket" "a" { nothing = 1 }\n', ("extract", "syntax", "structure")),
        ('resource "aws_s3_bucket" "a" { bucket = var.b }\n', ("extract", "syntax", "structure", "schema")),
    ],
)
def test_layers_below_the_first_error_are_passed(text: str, layers: tuple[str, ...]) -> None:
    assert validate_text(text).layers == layers


def test_errors_of_several_layers_are_shown_together_in_the_order_of_the_text() -> None:
    text = 'output "a" { value = var.b }\nresource "aws_s3_bucket" "a" { nothing = 1 }\nvariable "c" { typ = 1 }\n'
    assert codes(validate_text(text)) == ["TF401", "TF304", "TF202"]


def test_a_syntax_error_hides_what_depends_on_the_whole_text() -> None:
    verdict = validate_text('variable "a" {\n  default = \n}\noutput "a" { value = var.a }\nvariable "b" { typ = 1 }\n')
    assert "TF401" not in codes(verdict)
    assert "TF202" in codes(verdict)


def test_ranges_are_those_of_the_offending_token() -> None:
    text = 'resource "aws_instance" "a" {\n  ami           = "x"\n  instance_typ  = "y"\n}\n'
    (found,) = validate_text(text).diagnostics
    assert (found.range.start.line, found.range.start.column) == (3, 3)
    assert (found.range.end.line, found.range.end.column) == (3, 15)
    assert found.message.endswith('Did you mean "instance_type"?')


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('resource "aws_s3_bukcet" "a" {}', 'Did you mean "aws_s3_bucket"?'),
        ('resource "aws_ami_ids" "a" {}', 'Did you intend to use the data source "aws_ami_ids"?'),
        ('variable "name" {}\noutput "a" { value = var.nmae }', 'Did you mean "name"?'),
        ('resource "aws_vpc" "a" {}\noutput "b" { value = aws_vpc.a.arm }', 'Did you mean "arn"?'),
        ('resource "aws_s3_bucket" "a" {\n  tags {}\n}', "use the equals sign"),
    ],
)
def test_messages_name_what_was_probably_meant(text: str, hint: str) -> None:
    assert hint in only(text)


def test_a_provider_without_a_schema_is_not_judged() -> None:
    verdict = validate_text(
        'resource "acme_rocket" "a" {\n  anything = 1\n  stage {}\n}\noutput "x" { value = acme_rocket.a.b.c }\n'
    )
    assert verdict.valid
    assert verdict.unchecked == ("provider hashicorp/acme: no schema",)


def test_references_inside_a_resource_without_a_schema_are_checked() -> None:
    verdict = validate_text('resource "acme_rocket" "a" {\n  fuel = var.fuel\n}\n')
    assert codes(verdict) == ["TF401"]


def test_a_remote_module_is_not_followed() -> None:
    verdict = validate_text('module "vpc" {\n  source = "a/b/aws"\n  x = 1\n}\noutput "y" { value = module.vpc.z }\n')
    assert verdict.valid
    assert verdict.unchecked == ("module vpc: its source 'a/b/aws' is not local, and nothing is fetched",)


def test_several_files_joined_are_one_module() -> None:
    joined = 'output "a" { value = local.b }\n' + "\n" + "locals {\n  b = 1\n}\n"
    assert validate_text(joined).valid


def test_a_directory_names_the_file_of_each_finding(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('module "a" {\n  source = "./modules/a"\n}\n')
    (tmp_path / "modules/a").mkdir(parents=True)
    (tmp_path / "modules/a/main.tf").write_text('output "x" { value = var.y }\n')
    verdict = validate_directory(tmp_path)
    assert [(found.code, found.range.file) for found in verdict.diagnostics] == [("TF401", "modules/a/main.tf")]


def test_a_file_that_is_there_can_be_read_and_one_that_is_not_cannot(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('output "x" { value = file("${path.module}/a.txt") }\n')
    assert not validate_directory(tmp_path).valid
    (tmp_path / "a.txt").write_text("here")
    assert validate_directory(tmp_path).valid


def test_a_module_that_calls_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('module "a" {\n  source = "./a"\n}\n')
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "main.tf").write_text('module "b" {\n  source = "../a"\n}\n')
    assert codes(validate_directory(tmp_path)) == ["TF237"]


def test_a_cycle_through_a_module_is_found(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('module "a" {\n  source = "./a"\n  x = null_resource.b.id\n}\n')
    with (tmp_path / "main.tf").open("a") as file:
        file.write('resource "null_resource" "b" {\n  triggers = { x = module.a.y }\n}\n')
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "main.tf").write_text('variable "x" {}\noutput "y" { value = var.x }\n')
    assert codes(validate_directory(tmp_path)) == ["TF450"]


@pytest.mark.parametrize("make", [lambda path: path / "missing", lambda path: path])
def test_a_directory_without_files_is_the_users_mistake(make: object, tmp_path: Path) -> None:
    with pytest.raises(UserError):
        validate_directory(make(tmp_path))  # type: ignore[operator]


def test_long_chains_do_not_overflow_the_stack() -> None:
    chain = "".join(f"  l{number} = local.l{number + 1}\n" for number in range(5_000))
    assert validate_text(f"locals {{\n{chain}  l5000 = 1\n}}\n").valid
    loop = "".join(f"  l{number} = local.l{(number + 1) % 3000}\n" for number in range(3_000))
    assert codes(validate_text(f"locals {{\n{loop}}}\n")) == ["TF450"]


def test_nested_dynamic_blocks_cannot_multiply_without_end() -> None:
    text = "x = 1\n"
    for _ in range(12):
        text = f'dynamic "statement" {{\nfor_each = range(1000)\ncontent {{\n{text}}}\n}}\n'
    assert not validate_text(f'data "aws_iam_policy_document" "a" {{\n{text}}}\n').valid


_WORDS = st.sampled_from(
    [
        "resource",
        "data",
        "variable",
        "output",
        "locals",
        "module",
        "provider",
        "terraform",
        "lifecycle",
        "dynamic",
        "content",
        "for_each",
        "count",
        "moved",
        "import",
        "removed",
        "check",
        "provisioner",
        "connection",
        "depends_on",
        "ignore_changes",
        "type",
        "default",
        "validation",
        "condition",
        "error_message",
        "source",
        '"aws_instance"',
        '"aws_s3_bucket"',
        '"a"',
        '"x"',
        "aws_instance.a",
        "var.x",
        "local.a",
        "each.key",
        "self.id",
        "count.index",
        "module.a",
        "data.aws_ami.x",
        "path.module",
        "null",
        "true",
        "1",
        "-1",
        "1.5",
        "=",
        "==",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        ",",
        ":",
        "?",
        "=>",
        ".",
        "[*]",
        "[0]",
        "for",
        "in",
        "if",
        "...",
        "&&",
        "||",
        "!",
        "+",
        "-",
        "*",
        "/",
        "%",
        '"${',
        "}",
        "<<EOT",
        "EOT",
        "%{",
        "#",
        "//",
        "/*",
        "*/",
        "string",
        "list(string)",
        "object({",
        "optional(",
        "toset(",
        "merge(",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(_WORDS, st.just("\n"), st.text(max_size=3)), max_size=40))
def test_no_text_raises(words: list[str]) -> None:
    verdict = validate_text(" ".join(words))
    assert verdict.valid is not bool(verdict.errors)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32))
def test_no_mutant_of_a_realistic_text_raises(number: int) -> None:
    seed = random.Random(number)
    lines = seed.choice(REALISTIC).read_text(encoding="utf-8").splitlines(keepends=True)
    for _ in range(seed.randint(1, 8)):
        at, other = seed.randrange(len(lines)), seed.randrange(len(lines))
        lines[at] = seed.choice((lines[other], "", lines[at] * 2, lines[at].replace("=", "{", 1), lines[at][::-1]))
    validate_text("".join(lines))


@pytest.mark.parametrize(
    "text",
    [
        "foo {\n}\n" * 2_000,
        'variable "a" {}\n' * 2_000,
        "".join(f'resource "aws_s3_bukcet{number}" "a{number}" {{}}\n' for number in range(1_000)),
        "locals {\n" + "".join(f"  l{number} = var.w{number}\n" for number in range(2_000)) + "}\n",
    ],
    ids=["blocks", "duplicates", "types", "references"],
)
def test_a_text_full_of_errors_is_given_up(text: str) -> None:
    assert 100 <= len(validate_text(text).errors) <= 102


def test_warnings_never_hide_an_error() -> None:
    quoted = '"null_resource.a", ' * 1_000
    text = f'resource "null_resource" "a" {{\n  depends_on = [{quoted}]\n}}\noutput "x" {{ value = var.y }}\n'
    verdict = validate_text(text)
    assert [found.code for found in verdict.errors] == ["TF401"]


NINES = "9" * 5000


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f'terraform {{\n  required_version = "> {NINES}"\n}}\n', ["TF222"]),
        ('terraform {\n  required_version = ">= 9223372036854775808"\n}\n', ["TF222"]),
        ('terraform {\n  required_version = "!= 9223372036854775807"\n}\n', []),
        (f'locals {{\n  a = jsondecode("1e{NINES}")\n}}\n', ["TF426"]),
        (f'locals {{\n  a = yamldecode("1e{NINES}")\n}}\n', ["TF426"]),
        (f'resource "aws_vpc" "a" {{\n  depends_on = ["aws_vpc.b[{NINES}]"]\n}}\n', ["TF218"]),
    ],
)
def test_numbers_that_are_too_large_are_refused_as_terraform_does(text: str, found: list[str]) -> None:
    assert codes(validate_text(text)) == found


@pytest.mark.parametrize("call", ["max(local.b...)", 'join(",", local.b)', "toset(local.b)", "[for x in local.b : x]"])
def test_what_is_computed_again_and_again_ends_with_the_budget(call: str) -> None:
    numbers = "1, " * 20_000
    calls = "".join(f"  a{number} = {call}\n" for number in range(5_000))
    assert validate_text(f"locals {{\n  b = [{numbers}]\n{calls}}}\n").valid


def test_wrong_names_in_ignore_changes_fill_a_report() -> None:
    names = ", ".join(f"tagx{number}" for number in range(5_000))
    text = f'resource "aws_vpc" "a" {{\n  lifecycle {{\n    ignore_changes = [{names}]\n  }}\n}}\n'
    assert codes(validate_text(text)) == ["TF408"] * (MAX_ERRORS + 1)


def test_of_two_names_as_near_the_first_is_meant() -> None:
    text = "moved {\n  from = terraform_data.a\n  to   = terraform_data.b\n  foo  = 1\n}\n"
    assert only(text).endswith('Did you mean "from"?')


def test_a_type_too_long_to_name_a_file_has_no_schema() -> None:
    verdict = validate_text(f'resource "{"a" * 100_000}" "b" {{\n}}\n')
    assert verdict.valid
    assert len(verdict.unchecked) == 1


@pytest.mark.parametrize("enabled", [True, False])
def test_a_large_text_leaves_the_garbage_collector_as_it_was(enabled: bool) -> None:
    text = "locals {\n" + "".join(f"  a{number} = {number}\n" for number in range(10_000)) + "}\n"
    (gc.enable if enabled else gc.disable)()
    try:
        assert validate_text(text).valid
        assert gc.isenabled() is enabled
    finally:
        gc.enable()
