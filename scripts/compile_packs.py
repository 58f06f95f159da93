"""Compile the schema packs that ship with iacrl, and write their table, `docs/schema-packs.md`.

    python scripts/compile_packs.py [NAME | NAME@past ...]

Needs iacrl itself, pip and a package index (the packages take 260 MB), and `terraform` on PATH for the built-in
provider. With names, it compiles only these, and the others stay as they are. `aws@past` is the provider's previous
major version. `scripts/cdktf_schema.py` says what the packages contain and what they lose. `scripts/pack_facts.py` adds
what the providers' documentation says about the rest.

HashiCorp has ended cdktf, and these packages are its last releases. To add a newer provider, use `iacrl schema add`
with a real `terraform providers schema -json`.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from cdktf_schema import read_package
from pack_facts import complete

from iacrl.domains.terraform.schema.json_form import read_document
from iacrl.domains.terraform.schema.pack_encode import encode
from iacrl.domains.terraform.schema.packfile import open_pack
from iacrl.domains.terraform.schema.packs import PAST, SHIPPED

#: The releases of cdktf-cdktf-provider-NAME that the packs are compiled from.
PACKAGES = {
    "archive": "11.0.1",
    "aws": "21.22.1",
    "azuread": "14.3.1",
    "azurerm": "14.23.1",
    "cloudflare": "13.9.1",
    "cloudinit": "11.0.1",
    "datadog": "12.15.2",
    "docker": "12.0.3",
    "external": "11.0.1",
    "github": "15.3.1",
    "google": "16.12.1",
    "google-beta": "16.12.1",
    "helm": "12.1.2",
    "http": "10.0.1",
    "kubernetes": "12.1.1",
    "local": "11.1.1",
    "null": "11.0.1",
    "random": "12.0.1",
    "time": "11.0.1",
    "tls": "11.0.1",
}
#: The last releases for the previous major version, for the providers with breaking changes since.
PAST_PACKAGES = {
    "aws": "19.65.1",
    "azuread": "12.6.1",
    "azurerm": "12.27.0",
    "cloudflare": "11.30.0",
    "google": "13.32.1",
    "google-beta": "13.25.1",
    "helm": "11.0.0",
}
BUILTIN = "terraform"
#: Recognized by the flags of their nested attributes, which an object type cannot have.
PROTOCOL_6 = frozenset({"registry.terraform.io/cloudflare/cloudflare", "registry.terraform.io/hashicorp/helm"})
PAST_PROTOCOL_6 = PROTOCOL_6 - {"registry.terraform.io/hashicorp/helm"}
TABLE = Path(__file__).parent.parent / "docs" / "schema-packs.md"


def from_package(name: str, folder: Path, past: bool) -> Any:
    """Download one provider's package, current or of the previous major version. Return its schema as JSON."""
    if past:
        document = read_package(library_of(name, folder, PAST_PACKAGES[name]), PAST_PROTOCOL_6)
    else:
        document = read_package(library_of(name, folder), PROTOCOL_6)
    complete(document)
    return document


def library_of(name: str, folder: Path, release: str = "") -> io.BytesIO:
    """Download one provider's package, of the shipped pack's release by default, and return the library inside it."""
    requirement = f"cdktf-cdktf-provider-{name}=={release or PACKAGES[name]}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    subprocess.run([*command, "--dest", str(folder), requirement], check=True)
    (wheel,) = folder.glob(f"cdktf_cdktf_provider_{name.replace('-', '_')}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (library,) = (member for member in archive.namelist() if member.endswith(".jsii.tgz"))
        content = archive.read(library)
    wheel.unlink()
    return io.BytesIO(content)


def from_terraform(folder: Path) -> Any:
    """Let `terraform` print the schema of its built-in provider; its version is Terraform's."""
    (folder / "main.tf").write_text('resource "terraform_data" "any" {}\n')
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1"}

    def terraform(*arguments: str) -> Any:
        done = subprocess.run(
            ["terraform", *arguments], cwd=folder, env=environment, check=True, capture_output=True, text=True
        )
        return done.stdout

    terraform("init", "-input=false")
    document = json.loads(terraform("providers", "schema", "-json"))
    document["iacrl"] = {"exact": True, "version": json.loads(terraform("version", "-json"))["terraform_version"]}
    return document


def main(names: list[str]) -> None:
    """Compile the named packs, or all of them."""
    for given in names or [*PACKAGES, *(f"{name}@past" for name in PAST_PACKAGES), BUILTIN]:
        name, _, past = given.partition("@")
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            document = from_terraform(place) if name == BUILTIN else from_package(name, place, bool(past))
        (schema,) = read_document(document)
        file = f"{PAST}/{schema.name}-{schema.version.split('.')[0]}.pack" if past else f"{SHIPPED}/{schema.name}.pack"
        Path(file).write_bytes(encode(schema))
        print(f"{schema.address} {schema.version}: {len(schema.resource_types)} resources")
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(table())


def table() -> str:
    """Return the page that lists the packs."""
    now, total = _rows(SHIPPED, PACKAGES)
    past, past_total = _rows(PAST, PAST_PACKAGES)
    return _PAGE.format(
        rows="\n".join(now), count=len(now), total=f"{total:,}", past="\n".join(past), past_total=f"{past_total:,}"
    )


def _rows(folder: str, packages: dict[str, str]) -> tuple[list[str], int]:
    """Return the table's lines for the packs of a folder, and their total size in bytes."""
    rows = []
    total = 0
    for path in sorted(Path(folder).glob("*.pack")):
        schema, data = open_pack(path), path.read_bytes()
        total += len(data)
        compiled = f"cdktf-cdktf-provider-{schema.name} {packages[schema.name]}" if not schema.exact else "terraform"
        counts = f"{len(schema.resource_types)} | {len(schema.data_types)}"
        ephemeral = str(len(schema.ephemeral_types)) if schema.exact else "not known"
        rows.append(
            f"| {schema.name} | {schema.address} | {schema.version} | {counts} | {ephemeral} | {compiled} "
            f"| {len(data):,} | `{hashlib.sha256(data).hexdigest()}` |"
        )
    return rows, total


_PAGE = """\
# Schema packs

<!-- Written by scripts/compile_packs.py. -->

iacrl knows {count} providers without network, binaries or credentials. Their schemas are in
`src/iacrl/domains/terraform/schema/bundled/` and in the wheel. They have {total} bytes in all.

    iacrl schema list                              every available pack
    iacrl schema show aws_s3_bucket                one resource, for people
    iacrl schema show data.aws_ami --format json   one data source, as `terraform providers schema -json` prints it
    iacrl schema export random                     a whole provider in that form
    terraform providers schema -json > schemas.json && iacrl schema add schemas.json

Added schemas are kept in the user's data directory and win over shipped ones with the same source address.
The output has Terraform's form, with one more key if needed. A document whose schema does not come from Terraform
itself has `"iacrl": {{"exact": false, ...}}` next to `provider_schemas`. A block whose contents are not known has
`"open": true`.

| provider | source address | version | resources | data sources | ephemeral | compiled from | bytes | SHA-256 |
|---|---|---|---|---|---|---|---|---|
{rows}

## Older major versions

If a module's constraints exclude the version above, the schema of the previous major version judges it, if there is
one: `version = "~> 2.9"` of helm is judged by 2.17.0. The constraints of all modules of a configuration count.
`iacrl schema show helm_release --provider helm@2` shows such a schema. A pack is opened only if a constraint asks
for it. These packs are in the folder `past` of the same directory and have {past_total} bytes in all. That is
little beside the rest of an installation, so they are in the wheel and not in an extra.

| provider | source address | version | resources | data sources | ephemeral | compiled from | bytes | SHA-256 |
|---|---|---|---|---|---|---|---|---|
{past}

docker 2 and github 5 are missing: their packages were generated differently, and the script cannot read them. No
cdktf package has kubernetes 3.

## What the compiled packs do not know

All packs except the built-in one are compiled from the last releases of HashiCorp's cdktf provider packages on PyPI.
Their TypeScript sources name every block with its nesting, and every attribute with its type. They also say whether an
attribute is required, optional and computed. The packages lose the details below, so do not conclude anything if one of
them is absent. `ProviderSchema.exact` is False for these packs. Schemas added from Terraform itself are complete.

- Ephemeral resources and provider-defined functions.
- Marks: deprecated and write-only are always absent. Sensitive is set only on the attributes that
  `scripts/pack_facts.py` lists.
- A block's maximum is known only if it is one. Its minimum is known to be zero or at least one; for the nesting
  `single` it is not known.
- Whether an optional attribute is computed too, inside an object that the provider computes (taken as computed).
- Whether the innermost collection in a collection of collections is a list or a set (written as a list).
- One of two attributes whose names differ only in underscores (`ipv6_state`, `ipv6state`).
- The contents of `definition` in aws_quicksight_analysis, aws_quicksight_dashboard and aws_quicksight_template: these
  blocks are open (`Block.open`) and are not checked.
"""


if __name__ == "__main__":
    main(sys.argv[1:])
