"""`iacrl schema`, as people and scripts call it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from iacrl.cli import main
from iacrl.cli.schema import command
from iacrl.domains import Domain, Verdict
from iacrl.domains.programs import SchemaList, Schemas
from iacrl.errors import UserError


@pytest.fixture(autouse=True)
def data_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IACRL_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), catch_exceptions=False)


def fails(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """Call the program as a shell does; return the message of its exit with status 2."""
    monkeypatch.setattr("sys.argv", ["iacrl", "schema", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    return capsys.readouterr().err


def test_list_is_a_table() -> None:
    lines = run("list").stdout.splitlines()
    assert lines[0].split() == ["provider", "version", "resources", "data", "ephemeral", "origin", "address"]
    (row,) = [line.split() for line in lines if line.startswith("random ")]
    assert row == ["random", "3.7.2", "8", "0", "-", "shipped", "registry.terraform.io/hashicorp/random"]


def test_list_as_json() -> None:
    rows = {row["provider"]: row for row in json.loads(run("list", "--format", "json").stdout)}
    assert rows["terraform"]["ephemeral"] == 0
    assert rows["aws"]["ephemeral"] is None
    assert rows["aws"]["resources"] > 1500


def test_show_lists_required_then_optional_then_computed_then_blocks() -> None:
    lines = run("show", "aws_lb_listener").stdout.splitlines()
    assert lines[0] == 'resource "aws_lb_listener"'
    assert lines[1].startswith("  of hashicorp/aws 6.")
    body = [line for line in lines if line.startswith("  ") and not line.startswith("   ")]
    names = [line.split()[0] for line in body]
    assert names.index("load_balancer_arn") < names.index("port") < names.index("arn") < names.index("default_action")
    assert "  default_action { }  list of blocks, at least 1" in lines
    assert any(line.split() == ["tags", "optional", "map(string)"] for line in lines)


def test_show_words_for_every_shape(tmp_path: Path) -> None:
    attributes = {
        "plain": {"type": "string", "required": True, "sensitive": True},
        "either": {"type": ["set", ["object", {"port": "number"}]], "optional": True},
        "given": {"type": ["list", ["object", {"port": "number"}]], "computed": True},
        "pair": {"type": ["tuple", ["string", "dynamic"]], "optional": True, "deprecated": True},
        "crew": {"nested_type": {"nesting_mode": "list", "attributes": {"role": {"type": "bool", "required": True}}}},
        "map": {"type": ["map", ["object", {"port": "number"}]], "optional": True},
    }
    blocks = {
        "few": {"nesting_mode": "list", "min_items": 2, "max_items": 4, "block": {}},
        "one": {"nesting_mode": "list", "max_items": 1, "block": {}},
        "must": {"nesting_mode": "single", "min_items": 1, "block": {}},
        "named": {"nesting_mode": "map", "block": {}},
        "unknown": {"nesting_mode": "list", "block": {"open": True}},
    }
    types = {"acme_thing": {"block": {"attributes": attributes, "block_types": blocks}}}
    document = {"format_version": "1.0", "provider_schemas": {"example.com/a/acme": {"resource_schemas": types}}}
    (tmp_path / "schemas.json").write_text(json.dumps(document))
    assert "Added example.com/a/acme (1 resources, 0 data sources)" in run("add", str(tmp_path / "schemas.json")).stdout
    assert run("show", "acme_thing").stdout.splitlines() == [
        'resource "acme_thing"',
        "  of example.com/a/acme",
        "",
        "  plain   required, sensitive   string",
        "  either  optional              set of objects, or blocks",
        "    port  number",
        "  map     optional              map(object({port = number}))",
        "  pair    optional, deprecated  tuple([string, any])",
        "  crew                          list of objects",
        "    role  required              bool",
        "  given   computed              list of objects",
        "    port  number",
        "  few { }  list of blocks, at least 2, at most 4",
        "  must { }  required block",
        "  named { }  map of blocks, any number, each with a label",
        "  one { }  at most one block",
        "  unknown { }  list of blocks, any number",
        "    (contents not known; not checked)",
    ]


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("data.aws_ami", 'data "aws_ami"'),
        ("aws_ami_ids", 'data "aws_ami_ids"'),
        ("aws", 'provider "aws"'),
        ("terraform_data", 'resource "terraform_data"'),
    ],
)
def test_names_as_in_addresses(name: str, heading: str) -> None:
    assert run("show", name).stdout.splitlines()[0] == heading


def test_show_from_another_provider() -> None:
    assert "of hashicorp/google-beta" in run("show", "google_compute_instance", "--provider", "google-beta").stdout


def test_show_as_json_is_terraforms_form() -> None:
    document = json.loads(run("show", "data.aws_s3_bucket", "--format", "json").stdout)
    assert document["format_version"] == "1.0"
    provider = document["provider_schemas"]["registry.terraform.io/hashicorp/aws"]
    assert list(provider) == ["data_source_schemas"]
    assert list(provider["data_source_schemas"]) == ["aws_s3_bucket"]
    block = provider["data_source_schemas"]["aws_s3_bucket"]["block"]
    assert block["attributes"]["bucket"] == {"type": "string", "description_kind": "plain", "required": True}


def test_show_a_providers_configuration_as_json() -> None:
    document = json.loads(run("show", "azurerm", "--format", "json").stdout)
    provider = document["provider_schemas"]["registry.terraform.io/hashicorp/azurerm"]
    assert list(provider) == ["provider"]
    assert provider["provider"]["block"]["block_types"]["features"]["min_items"] == 1


def test_export_then_add(tmp_path: Path, data_directory: Path) -> None:
    exported = run("export", "hashicorp/random").stdout
    (tmp_path / "random.json").write_text(exported)
    assert run("add", str(tmp_path / "random.json")).exit_code == 0
    assert (data_directory / "schemas" / "registry.terraform.io" / "hashicorp" / "random.pack").is_file()
    assert run("export", "random").stdout == exported
    (row,) = [row for row in json.loads(run("list", "--format", "json").stdout) if row["provider"] == "random"]
    assert row["origin"] == "added"


def test_add_from_standard_input() -> None:
    printed = run("export", "null").stdout
    added = CliRunner().invoke(command, ["add", "-"], input=printed, catch_exceptions=False)
    assert "Added registry.terraform.io/hashicorp/null (1 resources, 1 data sources)" in added.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "aws_s3_buckett"], "Did you mean 'aws_s3_bucket'?"),
        (["show", "data.aws_amy"], "Did you mean 'aws_ami'?"),
        (["show", "resource.aws_ami_ids"], "has no resource 'aws_ami_ids'"),
        (["show", "module.aws_ami"], "none of resource, data, ephemeral"),
        (["show", "awz_s3_bucket"], "No schema of provider 'awz'. Did you mean 'aws'?"),
        (["export", "gogle"], "Did you mean 'google'?"),
        (["show", "aws_instance", "--provider", "acme/cloud"], "iacrl schema add"),
    ],
)
def test_mistakes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    assert message in fails(capsys, monkeypatch, *arguments)


def test_adding_a_wrong_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, data_directory: Path
) -> None:
    (tmp_path / "plan.json").write_text('{"format_version": "1.2", "planned_values": {}}')
    message = fails(capsys, monkeypatch, "add", str(tmp_path / "plan.json"))
    assert "plan.json" in message
    assert "provider_schemas" in message
    assert "Traceback" not in message
    message = fails(capsys, monkeypatch, "add", str(tmp_path))
    assert f"No schema was found in {tmp_path}, so none was added." in message
    assert not data_directory.exists()


CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, kind: Widget}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [size]
              properties:
                size: {type: integer}
"""


def test_adding_a_custom_resource_definition_makes_its_objects_checkable(tmp_path: Path, data_directory: Path) -> None:
    import iacrl

    widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: a\nspec:\n  size: big\n"
    before = iacrl.validate(widget, "kubernetes")
    assert before.valid and before.unchecked
    assert "kind" not in run("list").output
    path = tmp_path / "crd.yaml"
    path.write_text(CRD)
    done = run("add", str(path))
    assert done.exit_code == 0 and "Widget example.com/v1" in done.output
    lines = [line.split() for line in run("list").output.splitlines()]
    assert lines[-2:] == [["group", "kind", "versions", "scope"], ["example.com", "Widget", "v1", "Namespaced"]]
    row = json.loads(run("list", "--format", "json").stdout)[-1]
    assert row == {"group": "example.com", "kind": "Widget", "versions": ["v1"], "scope": "Namespaced"}
    after = iacrl.validate(widget, "kubernetes")
    assert not after.valid and not after.unchecked


def test_definitions_as_json_and_from_standard_input(tmp_path: Path) -> None:
    document = json.dumps({"kind": "List", "apiVersion": "v1", "items": [yaml.safe_load(CRD)]})
    (tmp_path / "crd.json").write_text(document)
    assert run("add", str(tmp_path / "crd.json")).output == "Added Widget example.com/v1\n"
    for text in (CRD, document):
        added = CliRunner().invoke(command, ["add", "-"], input=text, catch_exceptions=False)
        assert added.output == "Added Widget example.com/v1\n"


def test_a_folder_is_added_with_all_below_it_and_every_mistake_is_said_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "crds"
    (folder / "below").mkdir(parents=True)
    (folder / "below" / "widget.yaml").write_text(CRD)
    (folder / "other.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n")
    (folder / "notes.txt").write_text("notes")
    (tmp_path / "outside.yaml").write_text(CRD)
    (folder / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    done = run("add", str(folder))
    assert done.output.splitlines() == [
        "Added Widget example.com/v1",
        f"2 files left out: {folder / 'link.yaml'} (a link out of the directory), {folder / 'other.yaml'} (no schema).",
    ]
    (folder / "a.yaml").write_text(CRD.replace("storage: true", "storage: false"))
    (folder / "b.yaml").write_text(f"{CRD}a: [\n")
    message = fails(capsys, monkeypatch, "add", str(folder), str(folder / "other.yaml"), str(tmp_path / "none.yaml"))
    for part in ("a.yaml:", "b.yaml:", "other.yaml: holds no schema", "none.yaml: No such file"):
        assert part in message


def test_each_domain_with_schemas_is_asked_in_turn(
    install_domain: Callable[[Domain], None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def show(name: str, provider: str | None) -> tuple[list[str], object]:
        if name != "step":
            raise UserError("No such part of a workflow.")
        return ["a step"], {"name": "step"}

    schemas = Schemas(
        listed=lambda: SchemaList([{"provider": "workflows"}], notes=["The schema of workflows."]),
        add=lambda content, name: None,
        taken="steps",
        show=show,
    )
    install_domain(Domain("workflows", ("yaml",), lambda text, _: Verdict("workflows"), schemas=lambda: schemas))
    assert run("list").stdout.endswith("\nThe schema of workflows.\n")
    assert json.loads(run("list", "--format", "json").stdout)[-1] == {"provider": "workflows"}
    assert run("show", "step").stdout == "a step\n"
    assert run("show", "aws_instance").stdout.startswith('resource "aws_instance"')
    assert "Did you mean 'aws_instance'?" in fails(capsys, monkeypatch, "show", "aws_instanc")
