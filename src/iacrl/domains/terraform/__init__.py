"""Terraform: from a text or a module's directory to a verdict, in process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iacrl.domains.terraform.terraform_version import VERSION
from iacrl.domains.verdict import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from iacrl.domains.terraform.structure.module import Dialect


def validate_text(text: str, dialect: Dialect = "terraform", version: str = VERSION) -> Verdict:
    """Judge one source text, or the files of one module joined, as `terraform validate` would.

    Args:
        text: HashiCorp's native syntax.
        dialect: Whether to judge as Terraform or as OpenTofu's `tofu validate`.
        version: The Terraform version that `required_version` is compared with.

    Returns:
        The verdict. Bad text never raises; every error in it is a diagnostic.

    Raises:
        UserError: `version` is not a version.
    """
    from iacrl.domains.terraform.structure.version_constraints import read_program_version
    from iacrl.domains.terraform.validation import check_text

    return check_text(text, dialect, read_program_version(version))


def validate_directory(directory: Path, dialect: Dialect = "terraform", version: str = VERSION) -> Verdict:
    """Judge the module in a directory, with the local modules that it calls.

    Args:
        directory: Contains the module's `*.tf` files. If it also contains `*.tofu` files, the dialect is OpenTofu's.
        dialect: As for `validate_text`.
        version: As for `validate_text`.

    Raises:
        UserError: The directory does not exist or contains no Terraform files, or `version` is not a version.
    """
    from iacrl.domains.terraform.structure.version_constraints import read_program_version
    from iacrl.domains.terraform.validation import check_directory

    number = read_program_version(version)
    return check_directory(directory, "tofu" if any(directory.glob("*.tofu")) else dialect, number)
