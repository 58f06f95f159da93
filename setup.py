"""Which packages are installed: setuptools finds those of src/, but not folders that get another name."""

import gzip
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

#: Folders at the top level, where people look for them. They are installed inside iacrl, as `iacrl.rewards` and so on.
TOP_LEVEL = ("rewards", "configs", "datasets", "models")


class BuildWithSmallTasks(build_py):
    """Tasks for training are compressed in a wheel, to a fifth of their size; a checkout has them as text."""

    def run(self) -> None:
        """Build, and compress."""
        super().run()
        if self.editable_mode:
            return
        for file in Path(self.build_lib, "iacrl", "datasets").glob("*-train.jsonl"):
            file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes(), mtime=0))
            file.unlink()


setup(
    packages=[*find_packages("src"), *(f"iacrl.{folder}" for folder in TOP_LEVEL)],
    package_dir={"": "src", **{f"iacrl.{folder}": folder for folder in TOP_LEVEL}},
    cmdclass={"build_py": BuildWithSmallTasks},
)
