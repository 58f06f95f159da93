"""Adding what Terraform prints, and printing it again."""

import copy
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from iacrl.domains.terraform.schema import packs
from iacrl.domains.terraform.schema.json_form import read_document, write_document
from iacrl.domains.terraform.schema.pack_encode import add
from iacrl.errors import UserError

SHARED_BLOCK = {"attributes": {f"name_{number}": {"type": "string", "optional": True} for number in range(12)}}
#: Everything the form can hold.
DOCUMENT: dict[str, Any] = {
    "format_version": "1.0",
    "provider_schemas": {
        "registry.terraform.io/acme/rocket": {
            "provider": {"version": 0, "block": {"attributes": {"token": {"type": "string", "sensitive": True}}}},
            "resource_schemas": {
                "rocket_engine": {
                    "version": 3,
                    "block": {
                        "attributes": {
                            "id": {"type": "string", "computed": True, "description": "left out"},
                            "thrust": {"type": "number", "required": True},
                            "stages": {
                                "type": ["list", ["object", {"fuel": "string", "mass": ["set", "number"]}]],
                                "optional": True,
                                "computed": True,
                            },
                            "pair": {"type": ["tuple", ["string", "bool"]], "optional": True, "deprecated": True},
                            "code": {"type": "string", "optional": True, "write_only": True},
                            "anything": {"type": "dynamic", "optional": True},
                            "crew": {
                                "nested_type": {
                                    "nesting_mode": "map",
                                    "attributes": {"role": {"type": "string", "required": True}},
                                },
                                "optional": True,
                            },
                        },
                        "block_types": {
                            "tank": {"nesting_mode": "list", "min_items": 2, "max_items": 4, "block": SHARED_BLOCK},
                            "spare": {"nesting_mode": "set", "block": SHARED_BLOCK},
                            "label": {"nesting_mode": "map", "block": {"block_types": {}}},
                            "timeouts": {"nesting_mode": "single", "min_items": 1, "block": {}},
                            "group": {"nesting_mode": "group", "block": SHARED_BLOCK},
                        },
                    },
                }
            },
            "data_source_schemas": {"rocket_site": {"version": 0, "block": {}}},
            "ephemeral_resource_schemas": {
                "rocket_key": {"version": 0, "block": {"attributes": {"key": {"type": "string", "computed": True}}}}
            },
            "functions": {"launch": {"return_type": "bool"}},
        }
    },
}


@pytest.fixture(autouse=True)
def data_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IACRL_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def printed(document: Any) -> tuple[bytes, str]:
    return json.dumps(document).encode(), "schemas.json"


def essence(value: Any) -> Any:
    """Drop from a document what a pack does not keep."""
    if isinstance(value, list):
        return [essence(each) for each in value]
    if not isinstance(value, dict):
        return value
    dropped = ("description", "description_kind", "version", "functions", "provider_meta")
    kept = {key: essence(each) for key, each in value.items() if key not in dropped}
    return {key: each for key, each in kept.items() if not (key in ("block_types", "provider", "block") and each == {})}


def test_what_was_added_is_printed_again(tmp_path: Path) -> None:
    (pack,) = add(*printed(DOCUMENT))
    assert pack.origin == "added"
    found = packs.find_provider("acme/rocket")
    assert found is not None
    assert found.exact
    assert essence(write_document(found)) == essence(DOCUMENT)
    assert found.ephemeral("rocket_key") is not None


def test_blocks_and_attributes_are_read_as_written(tmp_path: Path) -> None:
    (pack,) = add(*printed(DOCUMENT))
    engine = pack.schema.resource("rocket_engine")
    assert engine is not None
    tank = engine.blocks["tank"]
    assert (tank.nesting, tank.min_items, tank.max_items) == ("list", 2, 4)
    assert tank.block == engine.blocks["spare"].block
    assert engine.blocks["spare"].max_items is None
    assert engine.attributes["code"].write_only
    assert engine.attributes["pair"].deprecated
    assert pack.schema.provider_block.attributes["token"].sensitive
    crew = engine.attributes["crew"].nested
    assert crew is not None
    assert crew.attributes["role"].required
    assert engine.attributes["stages"].object_type == {"fuel": "string", "mass": ["set", "number"]}


@pytest.mark.parametrize("name", ["azuread", "helm", "kubernetes", "terraform"])
def test_export_and_add_give_the_same_schema(name: str) -> None:
    shipped = packs.find_provider(name)
    assert shipped is not None
    document = write_document(shipped)
    (pack,) = add(*printed(document))
    assert write_document(pack.schema) == document
    assert pack.schema.exact is shipped.exact


@pytest.mark.parametrize(
    "name", ["aws_wafv2_web_acl", "aws_quicksight_template", "aws_security_group", "aws_db_instance"]
)
def test_one_type_is_printed_and_read(name: str) -> None:
    shipped = packs.find_provider("aws")
    assert shipped is not None
    (read,) = read_document(write_document(shipped, ("resource", name)))
    assert read.resource(name) == shipped.resource(name)
    assert read.resource_types == (name,)


def test_an_added_pack_wins(tmp_path: Path) -> None:
    before = packs.find_provider("random")
    assert before is not None
    document = copy.deepcopy(DOCUMENT)
    schemas = document["provider_schemas"]
    schemas["registry.terraform.io/hashicorp/random"] = schemas.pop("registry.terraform.io/acme/rocket")
    add(*printed(document))
    for name in ("random", "hashicorp/random"):
        found = packs.find_provider(name)
        assert found is not None
        assert found.resource_types == ("rocket_engine",)
    origins = {pack.schema.address: pack.origin for pack in packs.available()}
    assert origins["registry.terraform.io/hashicorp/random"] == "added"
    assert origins["registry.terraform.io/hashicorp/null"] == "shipped"


def test_adding_again_replaces(tmp_path: Path) -> None:
    add(*printed(DOCUMENT))
    document = copy.deepcopy(DOCUMENT)
    del document["provider_schemas"]["registry.terraform.io/acme/rocket"]["resource_schemas"]
    add(*printed(document))
    found = packs.find_provider("acme/rocket")
    assert found is not None
    assert found.resource_types == ()


def broken(*path: str, value: Any) -> dict[str, Any]:
    """Return the document with another value at a path below the provider."""
    document = copy.deepcopy(DOCUMENT)
    place = document["provider_schemas"]["registry.terraform.io/acme/rocket"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return document


ENGINE = ("resource_schemas", "rocket_engine", "block")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "expected an object, found list"),
        ({}, "format_version"),
        ({"format_version": "2.0", "provider_schemas": {}}, "format_version"),
        ({"format_version": "1.0"}, "terraform init"),
        ({"format_version": "1.0", "provider_schemas": {}}, "no provider"),
        ({"format_version": "1.0", "provider_schemas": {"a/../b": {}}}, "address of a provider"),
        ({"format_version": "1.0", "provider_schemas": {"a/b/" + "c" * 300: {}}}, "address of a provider"),
        (broken(*ENGINE, "attributes", "thrust", value=3), "resource rocket_engine.thrust: expected an object"),
        (broken(*ENGINE, "attributes", "thrust", "type", value="text"), "rocket_engine.thrust: 'text' is not a type"),
        (broken(*ENGINE, "attributes", "thrust", "type", value=["list"]), "is not a type"),
        (broken(*ENGINE, "block_types", "tank", "nesting_mode", value="pile"), "tank.nesting_mode: 'pile'"),
        (broken(*ENGINE, "block_types", "tank", "max_items", value=-1), "tank.max_items"),
        (broken("data_source_schemas", value=[]), "data_source_schemas"),
    ],
)
def test_a_malformed_file_is_refused(tmp_path: Path, document: Any, message: str, data_directory: Path) -> None:
    with pytest.raises(UserError) as caught:
        add(*printed(document))
    assert message in str(caught.value)
    assert str(caught.value).startswith("schemas.json")
    assert not data_directory.exists()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 5000])
def test_a_file_that_is_not_json_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UserError, match=r"^schemas\.json is not JSON"):
        add(content, "schemas.json")


def test_one_bad_provider_adds_none(tmp_path: Path, data_directory: Path) -> None:
    document = copy.deepcopy(DOCUMENT)
    document["provider_schemas"]["registry.terraform.io/acme/broken"] = {"resource_schemas": 1}
    with pytest.raises(UserError):
        add(*printed(document))
    assert not data_directory.exists()


def test_a_failed_write_leaves_the_old_pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (pack,) = add(*printed(DOCUMENT))
    before = pack.path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        add(*printed(DOCUMENT))
    assert [each.name for each in pack.path.parent.iterdir()] == ["rocket.pack"]
    assert pack.path.read_bytes() == before


@pytest.mark.skipif(not shutil.which("terraform"), reason="terraform is not on PATH")
def test_the_built_in_provider_as_terraform_prints_it(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "terraform_data" "any" {}\n')
    for arguments in (["init", "-input=false"], ["providers", "schema", "-json"]):
        done = subprocess.run(["terraform", *arguments], cwd=tmp_path, check=True, capture_output=True, text=True)
    shipped = packs.find_provider("terraform")
    assert shipped is not None
    assert essence(write_document(shipped)) == essence(json.loads(done.stdout))
