"""The engine on ordinary texts: verdicts, places, plans, modules, and providers that nobody knows."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgpack
import pytest

import iacrl
from iacrl.domains.ranges import Position, Range
from iacrl.domains.registry import find_rule
from iacrl.domains.terraform.engine import TerraformEngine, wire_values
from iacrl.domains.terraform.engine.workspace import workspace
from iacrl.domains.terraform.engine_rules import LAYER_CODES, LIMIT_CODE
from iacrl.domains.terraform.schema.provider_schema import AttributeSchema, BlockSchema, NestedBlock, NestedObject
from iacrl.domains.verdict import LAYERS
from iacrl.errors import UserError

needs_program = pytest.mark.skipif(
    shutil.which("terraform") is None and shutil.which("tofu") is None, reason="neither terraform nor tofu is installed"
)

ALL = LAYERS


@pytest.fixture(scope="module")
def engine() -> Iterator[TerraformEngine]:
    with TerraformEngine() as engine:
        yield engine


def planned(engine: TerraformEngine, configuration: str | Path) -> dict[str, Any]:
    plan = engine.plan(configuration)
    assert plan.json is not None, plan.verdict
    return {one["address"]: one["change"] for one in plan.json.get("resource_changes", [])} | {
        f"output.{name}": change for name, change in plan.json.get("output_changes", {}).items()
    }


# ---- verdicts ----------------------------------------------------------------------------------------------------

BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "logs"\n}\n'


@needs_program
@pytest.mark.parametrize(
    ("text", "layer", "message", "line"),
    [
        ('resource "aws_s3_bucket" "b" {\n', "syntax", "Unclosed configuration block", 1),
        ("locals {\n  a = = 1\n}\n", "syntax", "Invalid expression", 2),
        (BUCKET + BUCKET, "structure", 'Duplicate resource "aws_s3_bucket" configuration', 4),
        ('resource "aws_s3_bucket" {}\n', "structure", "Missing name for resource", 1),
        ('resource "aws_s3_bucket" "b" {\n  nothing = 1\n}\n', "schema", "Unsupported argument", 2),
        ('resource "aws_s3_bukket" "b" {}\n', "schema", "Invalid resource type", 1),
        ('resource "terraform_data" "b" {\n  id = "x"\n}\n', "schema", '"id" attribute is read-only', 1),
        ('output "o" {\n  value = aws_s3_bucket.c.id\n}\n', "references", "Reference to undeclared resource", 2),
        (BUCKET + 'output "o" {\n  value = aws_s3_bucket.b.nothing\n}\n', "references", "Unsupported attribute", 5),
        ('output "o" {\n  value = nothing("x")\n}\n', "references", "Call to unknown function", 2),
        ('output "o" {\n  value = upper(1, 2)\n}\n', "references", "Too many function arguments", 2),
    ],
)
def test_each_layer(engine: TerraformEngine, text: str, layer: str, message: str, line: int) -> None:
    verdict = engine.validate(text)
    assert [(one.layer, one.message.partition(":")[0], one.range.start.line) for one in verdict.errors] == [
        (layer, message, line)
    ]
    assert verdict.layers == ALL[: ALL.index(layer)]


def test_every_code_of_the_engine_can_be_explained() -> None:
    for layer, code in LAYER_CODES.items():
        assert find_rule(code).layer == layer
    assert find_rule(LIMIT_CODE).severity == "error"


@needs_program
def test_a_valid_text_passes_all_layers(engine: TerraformEngine) -> None:
    verdict = engine.validate(BUCKET)
    assert (verdict.valid, verdict.layers, verdict.unchecked) == (True, ALL, ())


@needs_program
def test_columns_count_code_points(engine: TerraformEngine) -> None:
    verdict = engine.validate('locals {\n  e\u0301é = "e\u0301" + nothing\n}\n')
    found = [one for one in verdict.errors if one.message.startswith("Invalid reference")]
    assert [one.range for one in found] == [Range(Position(2, 16), Position(2, 23))]


@needs_program
def test_hints_know_the_types_that_the_text_does_not_mention(engine: TerraformEngine) -> None:
    (found,) = engine.validate('resource "aws_s3_bukket" "b" {}\n').errors
    assert 'Did you mean "aws_s3_bucket"?' in found.message


@needs_program
def test_warnings_do_not_make_a_text_invalid(engine: TerraformEngine, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('module "m" {\n  source = "./m"\n}\n')
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "main.tf").write_text('terraform {\n  backend "s3" {}\n}\n')
    verdict = engine.validate(tmp_path)
    assert [(one.severity, one.range.file) for one in verdict.diagnostics] == [("warning", "m/main.tf")]
    assert verdict.valid


@needs_program
def test_threads_share_an_engine(engine: TerraformEngine) -> None:
    texts = [
        f'resource "aws_s3_bucket" "b{number}" {{\n  {"nothing" if number % 3 else "bucket"} = "x"\n}}\n'
        for number in range(12)
    ]
    with ThreadPoolExecutor(4) as pool:
        verdicts = list(pool.map(engine.validate, texts))
    assert [verdict.valid for verdict in verdicts] == [number % 3 == 0 for number in range(12)]


# ---- directories and modules -------------------------------------------------------------------------------------


@needs_program
def test_local_modules_are_judged_with_their_arguments(engine: TerraformEngine, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'module "a" {\n  source = "./modules/a"\n  name   = "x"\n}\noutput "o" {\n  value = module.a.id\n}\n'
    )
    inner = tmp_path / "modules" / "a"
    (inner / "nested").mkdir(parents=True)
    (inner / "main.tf").write_text(
        'variable "name" {}\nmodule "n" {\n  source = "./nested"\n}\noutput "id" {\n  value = module.n.id\n}\n'
    )
    (inner / "nested" / "main.tf").write_text(
        'resource "terraform_data" "x" {}\noutput "id" {\n  value = terraform_data.x.id\n}\n'
    )
    assert engine.validate(tmp_path).valid
    assert "module.a.module.n.terraform_data.x" in planned(engine, tmp_path)
    (inner / "main.tf").write_text('output "id" {\n  value = 1\n}\n')
    found = engine.validate(tmp_path).errors
    assert [(one.message.partition(":")[0], one.range.file) for one in found] == [("Unsupported argument", "main.tf")]


@needs_program
def test_a_module_that_calls_itself_ends(engine: TerraformEngine, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('module "again" {\n  source = "./"\n}\n')
    assert not engine.validate(tmp_path).valid


@needs_program
def test_a_text_cannot_know_its_neighbours(engine: TerraformEngine) -> None:
    text = 'module "m" {\n  source = "./m"\n  a      = 1\n}\noutput "o" {\n  value = [module.m.x, file("x.txt")]\n}\n'
    verdict = engine.validate(text)
    assert verdict.valid
    assert verdict.unchecked == (
        "module m: its source './m' is not part of the text",
        "file x.txt: not part of the text",
    )


@needs_program
@pytest.mark.parametrize(
    ("call", "unchecked"),
    [
        ('filebase64sha256("lambda.zip")', "file lambda.zip: not part of the text"),
        ('templatefile("${path.module}/a.tpl", {})', "file ./a.tpl: not part of the text"),
        ('filemd5("/etc/passwd")', "file /etc/passwd: outside the directory, not read"),
        ('filesha1("../x")', "file ../x: outside the directory, not read"),
        ('file("~/.ssh/id_rsa.pub")', "file ~/.ssh/id_rsa.pub: outside the directory, not read"),
    ],
)
def test_files_that_a_text_does_not_bring(engine: TerraformEngine, call: str, unchecked: str) -> None:
    verdict = engine.validate(f'output "o" {{\n  value = {call}\n}}\n')
    assert (verdict.diagnostics, verdict.unchecked) == ((), (unchecked,))


@needs_program
@pytest.mark.parametrize(
    ("call", "valid"), [('pathexpand("~/x")', True), ('pathexpand("~joe/x")', False), ('file("~joe/x")', False)]
)
def test_a_home_is_there_and_nobody_elses(engine: TerraformEngine, call: str, valid: bool) -> None:
    verdict = engine.validate(f'output "o" {{\n  value = {call}\n}}\n')
    assert (verdict.valid, verdict.unchecked) == (valid, ())


@needs_program
def test_a_text_on_which_the_program_crashes_is_invalid(engine: TerraformEngine) -> None:
    verdict = engine.validate('data "terraform_remote_state" "a" {\n  backend = null\n}\n')
    assert [one.code for one in verdict.errors] == ["TF900"]
    assert "crashed" in verdict.errors[0].message


@needs_program
def test_tests_and_states_in_a_directory_are_not_looked_at(engine: TerraformEngine, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "terraform_data" "x" {}\n')
    (tmp_path / "a.tftest.hcl").write_text('run "x" {\n  module {\n    source = "./nothing"\n  }\n}\n')
    (tmp_path / "terraform.tfstate").write_text("not a state")
    (tmp_path / ".terraform.lock.hcl").write_text("not a lock")
    assert engine.validate(tmp_path).valid
    assert planned(engine, tmp_path)["terraform_data.x"]["actions"] == ["create"]


@needs_program
def test_json_syntax(engine: TerraformEngine, tmp_path: Path) -> None:
    (tmp_path / "main.tf.json").write_text('{"resource": {"aws_s3_bucket": {"b": {"bukket": "x"}}}}')
    (found,) = engine.validate(tmp_path).errors
    assert (found.message.partition(":")[0], found.range.file) == ("Extraneous JSON object property", "main.tf.json")
    (tmp_path / "main.tf.json").write_text('{"resource": {"aws_s3_bucket": {"b": {"bucket": "x"}}}}')
    assert "aws_s3_bucket.b" in planned(engine, tmp_path)


def test_what_is_no_module_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    with pytest.raises(UserError, match=r"no \.tf or \.tf\.json file"), workspace(tmp_path / "ours", tmp_path):
        pass
    with pytest.raises(UserError, match="not a directory"), workspace(tmp_path, tmp_path / "nothing"):
        pass


# ---- providers that nobody knows ---------------------------------------------------------------------------------

UNKNOWN = """
terraform {
  required_providers {
    acme = {
      source = "acme/acme"
    }
  }
}
provider "acme" {
  token = "x"
}
resource "acme_image" "main" {
  name = "x"
  spec {
    size = 1
    tags = { a = 1 }
  }
  dynamic "port" {
    for_each = [1, 2]
    content {
      number = port.value
    }
  }
}
data "acme_zone" "z" {}
resource "aws_s3_bucket" "b" {
  bucket = acme_image.main.slug
  tags = {
    zone = data.acme_zone.z.names[0]
    size = acme_image.main.spec[0].actual
  }
}
"""


@needs_program
def test_an_unknown_provider_is_not_checked_and_all_else_is(engine: TerraformEngine) -> None:
    verdict = engine.validate(UNKNOWN)
    assert (verdict.diagnostics, verdict.unchecked) == ((), ("provider acme/acme: no schema",))
    assert verdict.layers == ALL
    (found,) = engine.validate(UNKNOWN.replace("bucket =", "bukket =")).errors
    assert found.message.startswith("Unsupported argument")
    changes = planned(engine, UNKNOWN)
    assert changes["acme_image.main"]["after"]["name"] == "x"
    assert [port["number"] for port in changes["acme_image.main"]["after"]["port"]] == [1, 2]


@needs_program
def test_an_implied_provider_is_judged_by_the_one_of_its_name(engine: TerraformEngine) -> None:
    verdict = engine.validate('resource "docker_image" "x" {\n  nothing = 1\n}\n')
    assert {one.message.partition(":")[0] for one in verdict.errors} == {
        "Unsupported argument",
        "Missing required argument",
    }
    assert len(verdict.unchecked) == 1 and "kreuzwerker/docker" in verdict.unchecked[0]


@needs_program
def test_provider_functions_and_ephemeral_resources_are_not_checked(engine: TerraformEngine) -> None:
    text = (
        'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}\n'
        'ephemeral "aws_secretsmanager_secret_version" "s" {\n  secret_id = "x"\n}\n'
        'output "o" {\n  value = provider::aws::arn_parse("arn:aws:iam::1:x").region\n}\n'
    )
    verdict = engine.validate(text)
    assert verdict.diagnostics == ()
    assert set(verdict.unchecked) == {
        "ephemeral aws_secretsmanager_secret_version: no schema",
        "function provider::aws::arn_parse: no signature",
    }


# ---- plans -------------------------------------------------------------------------------------------------------


@needs_program
def test_computed_values_are_unknown_and_data_is_there(engine: TerraformEngine) -> None:
    text = (
        'data "aws_availability_zones" "z" {}\n'
        'resource "aws_subnet" "s" {\n  count             = length(data.aws_availability_zones.z.names)\n'
        "  vpc_id            = aws_vpc.v.id\n  availability_zone = data.aws_availability_zones.z.names[count.index]\n"
        "  cidr_block        = cidrsubnet(data.aws_vpc.d.cidr_block, 8, count.index)\n}\n"
        'data "aws_vpc" "d" {\n  default = true\n}\n'
        'resource "aws_vpc" "v" {\n  cidr_block = "10.1.0.0/16"\n}\n'
    )
    changes = planned(engine, text)
    assert changes["aws_subnet.s[2]"]["after"]["cidr_block"] == "10.0.2.0/24"
    assert changes["aws_subnet.s[0]"]["after_unknown"]["vpc_id"] is True
    assert changes["aws_vpc.v"]["after"]["cidr_block"] == "10.1.0.0/16"
    assert changes["aws_vpc.v"]["after_unknown"]["arn"] is True


@needs_program
def test_nested_blocks_sets_and_objects(engine: TerraformEngine) -> None:
    text = (
        'resource "aws_security_group" "s" {\n  name = "x"\n  ingress {\n    from_port   = 1\n    to_port     = 2\n'
        '    protocol    = "tcp"\n    cidr_blocks = ["10.0.0.0/8"]\n  }\n}\n'
        'resource "aws_instance" "i" {\n  ami           = "a"\n  instance_type = "t3.micro"\n'
        "  root_block_device {\n    volume_size = 8\n  }\n}\n"
    )
    changes = planned(engine, text)
    (rule,) = changes["aws_security_group.s"]["after"]["ingress"]
    assert (rule["from_port"], rule["cidr_blocks"]) == (1, ["10.0.0.0/8"])
    (device,) = changes["aws_instance.i"]["after"]["root_block_device"]
    assert device["volume_size"] == 8
    (unknown,) = changes["aws_instance.i"]["after_unknown"]["root_block_device"]
    assert unknown["volume_id"] is True


@needs_program
@pytest.mark.parametrize(
    "block",
    ['backend "s3" {\n    bucket = "x"\n  }', 'backend "local" {\n    path = "/etc/passwd"\n  }', "cloud {}"],
)
def test_a_plan_has_no_state_wherever_the_text_keeps_it(engine: TerraformEngine, block: str) -> None:
    changes = planned(engine, f'terraform {{\n  {block}\n}}\nresource "terraform_data" "x" {{\n  input = 1\n}}\n')
    assert changes["terraform_data.x"]["after"]["input"] == 1


@needs_program
def test_imports_and_remote_states_plan(engine: TerraformEngine) -> None:
    text = (
        'import {\n  to = aws_s3_bucket.b\n  id = "logs"\n}\n'
        + BUCKET
        + 'data "terraform_remote_state" "r" {\n  backend = "s3"\n  config = {\n    bucket = "x"\n  }\n}\n'
        'output "a" {\n  value = data.terraform_remote_state.r.outputs.vpc_id\n}\n'
        'output "b" {\n  value = data.terraform_remote_state.r.outputs.subnet_ids[0]\n}\n'
    )
    changes = planned(engine, text)
    assert changes["aws_s3_bucket.b"]["importing"] == {"id": "logs"}
    assert changes["output.a"]["after"] == "vpc_id-placeholder"
    assert changes["output.b"]["after"] == "subnet_ids-placeholder-0"


@needs_program
def test_a_plan_that_fails_has_a_verdict_and_no_json(engine: TerraformEngine) -> None:
    plan = engine.plan('output "o" {\n  value = tonumber("x")\n}\n')
    assert plan.json is None
    assert [one.message.partition(":")[0] for one in plan.verdict.errors] == ["Invalid function argument"]


# ---- values ------------------------------------------------------------------------------------------------------

BODY = BlockSchema(
    {
        "name": AttributeSchema("string", required=True),
        "arn": AttributeSchema("string", computed=True),
        "any": AttributeSchema("dynamic", optional=True),
        "rule": AttributeSchema(
            None,
            optional=True,
            nested=NestedObject(
                "set", {"port": AttributeSchema("number"), "id": AttributeSchema("string", computed=True)}
            ),
        ),
    },
    {
        "disk": NestedBlock(
            "list",
            BlockSchema(
                {"size": AttributeSchema("number", optional=True), "id": AttributeSchema("string", computed=True)}
            ),
        )
    },
)


def test_planning_fills_only_unset_computed_values() -> None:
    proposed = {
        "name": "x",
        "arn": None,
        "any": [b'"number"', 1],
        "rule": [{"port": 1, "id": None}, wire_values.UNKNOWN],
        "disk": [{"size": wire_values.UNKNOWN, "id": None}, {"size": 1, "id": "kept"}],
    }
    wire = wire_values.encode(wire_values.planned(BODY, wire_values.decode(wire_values.encode(proposed))))
    assert wire_values.decode(wire) == {
        "name": "x",
        "arn": wire_values.UNKNOWN,
        "any": [b'"number"', 1],
        "rule": [{"port": 1, "id": wire_values.UNKNOWN}, wire_values.UNKNOWN],
        "disk": [{"size": wire_values.UNKNOWN, "id": wire_values.UNKNOWN}, {"size": 1, "id": "kept"}],
    }
    assert wire_values.planned(BODY, None) is None


def test_an_unknown_value_is_an_extension_of_type_0() -> None:
    assert wire_values.encode(wire_values.UNKNOWN) == b"\xd4\x00\x00"
    assert wire_values.decode(msgpack.packb({"a": msgpack.ExtType(0, b"\x00")}))["a"] == wire_values.UNKNOWN


def test_what_only_the_provider_may_set_is_found_at_every_depth() -> None:
    config = {"name": "x", "arn": "y", "rule": [{"port": 1, "id": "z"}], "disk": [{"size": 1}, {"id": "w"}]}
    assert list(wire_values.read_only_set(BODY, config)) == [
        ("arn",),
        ("rule", "port"),
        ("rule", "id"),
        ("disk", 1, "id"),
    ]


# ---- the program -------------------------------------------------------------------------------------------------


def test_without_a_program_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match=r"Neither terraform nor tofu is on the PATH\. Install one"):
        iacrl.TerraformEngine()
    with pytest.raises(UserError, match="No program '/nowhere/tofu'"):
        iacrl.TerraformEngine("/nowhere/tofu")


def test_without_the_extra_the_error_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path = [one for one in sys.path if 'site-packages' not in one]\n"
        f"sys.path.insert(0, {str(Path(iacrl.__file__).parent.parent)!r})\n"
        "import iacrl\n"
        "try:\n    iacrl.TerraformEngine\n"
        "except iacrl.UserError as error:\n    print(error)\n"
    )
    run = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'iacrl[terraform]'" in run.stdout


def test_a_program_that_is_not_terraform_is_refused(tmp_path: Path) -> None:
    program = tmp_path / "terraform"
    program.write_text("#!/bin/sh\necho no >&2\nexit 1\n")
    program.chmod(0o755)
    said = r"init does not work here: (no|cannot start.*: name the program itself\))"  # the second behind a wall
    with pytest.raises(UserError, match=said), iacrl.TerraformEngine(program):
        pass
