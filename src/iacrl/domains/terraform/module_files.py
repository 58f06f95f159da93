"""Which files make a directory a module, and which other files Terraform or its tools read there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from iacrl.seen_files import is_below, unsaved_in

if TYPE_CHECKING:
    from pathlib import Path

#: Files in Terraform's syntax that are not configuration: the suffix of the name, and what the file is.
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
#: Endings of two parts: the second alone is of many other files.
_KINDS = (".tf.json", ".tofu.json", ".tfmock.hcl", ".tfmock.json")


def module_files(directory: Path) -> list[Path]:
    """Return the configuration files of a directory in the order of their names; hidden and backup files do not count.

    `x.tofu` replaces `x.tf` in the same directory, as in OpenTofu; Terraform itself ignores `x.tofu`. A broken link
    counts, as in Terraform, which then reports that it cannot read it.
    """
    found = [path for pattern in PATTERNS for path in directory.glob(pattern) if _is_read(path)]
    if unsaved := unsaved_in(directory):
        found += [path for path in unsaved if path not in found and any(map(path.match, PATTERNS)) and _is_read(path)]
    names = {path.name for path in found}
    return sorted(path for path in found if path.name.replace(".tf", ".tofu") not in names or ".tofu" in path.name)


def files_beside(directory: Path) -> list[Path]:
    """Return the files read along with a configuration: its tests, variable values and lock file."""
    found = [path for end in ("hcl", "json") for path in directory.glob(f"*.tftest.{end}")]
    found += [path for end in ("hcl", "json") for path in directory.glob(f"tests/*.tftest.{end}")]
    found += [*directory.glob("*.auto.tfvars"), directory / "terraform.tfvars"]
    found = [path for path in found if not path.name.startswith(".")]
    return sorted(path for path in [*found, directory / ".terraform.lock.hcl"] if path.is_file())


def is_foreign_link(path: Path, root: Path) -> bool:
    """Return whether a path is a link out of a directory, and to something else than a file of the same kind.

    A module may call others outside of its directory, so their files can be read by their own names, too.
    """
    if not path.is_symlink():
        return False
    kind = next((end for end in _KINDS if path.name.endswith(end)), path.suffix)
    return not is_below(path, root.resolve()) and not os.path.realpath(path).endswith(kind)


def _is_read(path: Path) -> bool:
    return not path.name.startswith((".", "#")) and (path.is_file() or not path.exists())
