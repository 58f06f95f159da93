"""Which files make a directory a module."""

from __future__ import annotations

from pathlib import Path


def module_files(directory: Path) -> list[Path]:
    """Return the `.tf` files of a directory in the order of their names; hidden and backup files do not count."""
    return sorted(path for path in directory.glob("*.tf") if not path.name.startswith((".", "#")) and path.is_file())
