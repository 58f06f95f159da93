"""Which files make a directory a module, and which others lie there that Terraform or a tool around it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iacrl.seen_files import unsaved_in

if TYPE_CHECKING:
    from pathlib import Path

#: Ends of the names of files that speak Terraform's syntax and are no configuration: what they are.
NO_CONFIGURATION = {
    "terragrunt.hcl": "a configuration of Terragrunt, which only that program reads",
    ".pkr.hcl": "a template of Packer, which only that program reads",
    ".nomad.hcl": "a job of Nomad, which only that program reads",
    ".tfvars": "values of variables, not a configuration; where a directory is judged, its syntax is",
    ".tfvars.json": "values of variables, not a configuration",
    ".tftest.hcl": "tests of a module, which are judged with its directory",
    ".tofutest.hcl": "tests of OpenTofu, which Terraform does not read",
    ".tftest.json": "tests of a module, which are judged with its directory",
    ".terraform.lock.hcl": "the versions that `init` chose, which are judged with their directory",
    ".tfstate": "a state, not a configuration",
}

#: The configuration's own files, in the native syntax and in JSON.
PATTERNS = ("*.tf", "*.tofu", "*.tf.json", "*.tofu.json")


def module_files(directory: Path) -> list[Path]:
    """Return the configuration files of a directory in the order of their names; hidden and backup files do not count.

    As for OpenTofu, `x.tofu` takes the place of an `x.tf` beside it; Terraform itself passes over it. A link that leads
    nowhere counts, as for Terraform, which then says that it cannot read it.
    """
    found = [path for pattern in PATTERNS for path in directory.glob(pattern) if _is_read(path)]
    if unsaved := unsaved_in(directory):
        found += [path for path in unsaved if path not in found and any(map(path.match, PATTERNS)) and _is_read(path)]
    names = {path.name for path in found}
    return sorted(path for path in found if path.name.replace(".tf", ".tofu") not in names or ".tofu" in path.name)


def files_beside(directory: Path) -> list[Path]:
    """Return what is read with a module's configuration: its tests, the values of its variables and its lock file."""
    found = [path for end in ("hcl", "json") for path in directory.glob(f"*.tftest.{end}")]
    found += [path for end in ("hcl", "json") for path in directory.glob(f"tests/*.tftest.{end}")]
    found += [*directory.glob("*.auto.tfvars"), directory / "terraform.tfvars"]
    found = [path for path in found if not path.name.startswith(".")]
    return sorted(path for path in [*found, directory / ".terraform.lock.hcl"] if path.is_file())


def _is_read(path: Path) -> bool:
    return not path.name.startswith((".", "#")) and (path.is_file() or not path.exists())
