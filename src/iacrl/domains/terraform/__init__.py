"""Terraform: from a text or a module's directory to a verdict, in process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iacrl.domains.verdict import Verdict

if TYPE_CHECKING:
    from pathlib import Path


def validate_text(text: str) -> Verdict:
    """Judge one source text, or the files of one module joined, as `terraform validate` would.

    Args:
        text: HashiCorp's native syntax.

    Returns:
        The verdict. Bad text never raises: whatever is wrong with it is a diagnostic.
    """
    from iacrl.domains.terraform.validation import check_text

    return check_text(text)


def validate_directory(directory: Path) -> Verdict:
    """Judge the module in a directory, with the local modules that it calls.

    Args:
        directory: Holds the module's `*.tf` files.

    Raises:
        UserError: The directory does not exist or holds no Terraform files.
    """
    from iacrl.domains.terraform.validation import check_directory

    return check_directory(directory)
