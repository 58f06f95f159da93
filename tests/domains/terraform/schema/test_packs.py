"""Finding packs and reading types from them."""

import hashlib
import sys
import zlib
from pathlib import Path
from types import SimpleNamespace

import pytest
from platformdirs import user_data_dir

from iacrl.domains.terraform.schema import packfile, packs
from iacrl.domains.terraform.schema.packfile import open_pack
from iacrl.errors import UserError

SHIPPED = [
    "aws",
    "google",
    "google-beta",
    "azurerm",
    "azuread",
    "kubernetes",
    "helm",
    "random",
    "null",
    "local",
    "tls",
    "archive",
    "http",
    "time",
    "cloudinit",
    "external",
    "docker",
    "github",
    "cloudflare",
    "datadog",
    "terraform",
]


@pytest.fixture(autouse=True)
def no_added_packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IACRL_DATA_DIR", str(tmp_path))


def test_every_promised_pack_ships() -> None:
    assert {pack.schema.name for pack in packs.available()} == set(SHIPPED)
    assert all(pack.origin == "shipped" for pack in packs.available())


def test_packs_stay_under_three_megabytes() -> None:
    assert sum(pack.path.stat().st_size for pack in packs.available()) < 3_000_000


@pytest.mark.parametrize("name", SHIPPED)
def test_every_body_can_be_read(name: str) -> None:
    schema = packs.find_provider(name)
    assert schema is not None
    bodies = [schema.resource(type_name) for type_name in schema.resource_types]
    bodies += [schema.data(type_name) for type_name in schema.data_types]
    assert None not in bodies
    assert any(body is not None and body.attributes for body in bodies)
    assert list(schema.resource_types) == sorted(schema.resource_types)


@pytest.mark.parametrize(
    ("provider", "address"),
    [
        ("aws", "registry.terraform.io/hashicorp/aws"),
        ("hashicorp/aws", "registry.terraform.io/hashicorp/aws"),
        ("Hashicorp/AWS", "registry.terraform.io/hashicorp/aws"),
        ("registry.opentofu.org/hashicorp/aws", "registry.terraform.io/hashicorp/aws"),
        ("docker", "registry.terraform.io/kreuzwerker/docker"),
        ("terraform.io/builtin/terraform", "terraform.io/builtin/terraform"),
    ],
)
def test_find_provider(provider: str, address: str) -> None:
    schema = packs.find_provider(provider)
    assert schema is not None
    assert schema.address == address


@pytest.mark.parametrize(
    "provider",
    ["acme", "acme/aws", "hashicorp/docker", "example.com/hashicorp/aws", "", "a*", "../aws", "a/b/c/d", "/aws"],
)
def test_unknown_providers_are_not_found(provider: str) -> None:
    assert packs.find_provider(provider) is None


def test_provider_for_type() -> None:
    assert packs.provider_for_type("aws_s3_bucket") == "aws"
    assert packs.provider_for_type("http") == "http"


def test_unknown_types_have_no_body() -> None:
    schema = packs.find_provider("aws")
    assert schema is not None
    assert schema.resource("aws_s3_buckets") is None
    assert schema.data("aws_s3_bucket_policy_document") is None
    assert schema.resource("zzz") is None
    assert schema.ephemeral("aws_ssm_parameter") is None


def test_one_type_is_read_without_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(packs.SHIPPED) / "aws.pack"
    schema = open_pack(path)
    inflated: list[int] = []

    def counting(data: bytes) -> bytes:
        inflated.append(len(data))
        return decompress(data)

    decompress = zlib.decompress
    monkeypatch.setattr(packfile, "zlib", SimpleNamespace(decompress=counting, error=zlib.error))
    assert schema.resource("aws_s3_bucket") is not None
    assert 0 < sum(inflated) < path.stat().st_size / 20


def test_shared_blocks_are_the_same_object() -> None:
    schema = packs.find_provider("kubernetes")
    assert schema is not None
    deployment, replica_set = schema.resource("kubernetes_deployment"), schema.resource("kubernetes_daemonset")
    assert deployment is not None
    assert replica_set is not None
    containers = [
        body.blocks["spec"].block.blocks["template"].block.blocks["spec"].block.blocks["container"].block
        for body in (deployment, replica_set)
    ]
    assert containers[0] is containers[1]


def test_bodies_that_are_not_known_are_open() -> None:
    schema = packs.find_provider("aws")
    assert schema is not None
    template = schema.resource("aws_quicksight_template")
    assert template is not None
    assert template.blocks["definition"].block.open


def test_compiled_packs_do_not_claim_to_be_exact() -> None:
    exact = {pack.schema.name for pack in packs.available() if pack.schema.exact}
    assert exact == {"terraform"}


def test_sensitive_marks_that_are_known() -> None:
    schema = packs.find_provider("random")
    assert schema is not None
    password = schema.resource("random_password")
    assert password is not None
    assert password.attributes["result"].sensitive
    assert not password.attributes["length"].sensitive


@pytest.mark.parametrize("content", [b"", b"no pack", b"iacrl-pack 1\n\0\0\0\5hello"])
def test_a_file_that_is_no_pack(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "aws.pack"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"aws\.pack"):
        open_pack(path)


def test_a_pack_that_is_replaced_goes_on_being_read(tmp_path: Path) -> None:
    path, other = tmp_path / "a.pack", tmp_path / "b.pack"
    path.write_bytes((Path(packs.SHIPPED) / "aws.pack").read_bytes())
    schema = open_pack(path)
    other.write_bytes((Path(packs.SHIPPED) / "random.pack").read_bytes())
    other.replace(path)
    assert schema.resource("aws_s3_bucket") is not None


def test_a_cut_off_pack(tmp_path: Path) -> None:
    path = tmp_path / "random.pack"
    path.write_bytes((Path(packs.SHIPPED) / "random.pack").read_bytes()[:-20])
    schema = open_pack(path)
    with pytest.raises(UserError, match="damaged"):
        schema.resource("random_password")


@pytest.mark.skipif(sys.platform != "linux", reason="the shortcut is for Linux")
@pytest.mark.parametrize("data_home", ["", "/elsewhere"])
def test_the_data_directory_is_the_platforms(monkeypatch: pytest.MonkeyPatch, data_home: str) -> None:
    monkeypatch.delenv("IACRL_DATA_DIR")
    monkeypatch.setenv("XDG_DATA_HOME", data_home)
    assert Path(packs.data_directories()[0]) == Path(user_data_dir("iacrl")) / "schemas"


def test_the_table_lists_the_packs_as_they_are() -> None:
    table = (Path(__file__).parents[4] / "docs" / "schema-packs.md").read_text()
    for pack in packs.available():
        digest = hashlib.sha256(pack.path.read_bytes()).hexdigest()
        assert f"| {pack.schema.name} | {pack.schema.address} | {pack.schema.version} |" in table
        assert f"`{digest}`" in table
