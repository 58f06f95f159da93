"""Which files make a directory a module."""

from __future__ import annotations

from pathlib import Path


def module_files(directory: Path) -> list[Path]:
    """Return the `.tf` files of a directory in the order of their names; hidden and backup files do not count.

    A link that leads nowhere counts, as for Terraform, which then says that it cannot read it.
    """
    return sorted(path for path in directory.glob("*.tf") if not path.name.startswith((".", "#")) and _is_read(path))


def _is_read(path: Path) -> bool:
    return path.is_file() or not path.exists()
