"""What pyproject.toml cannot say: which packages are installed, and where the links of an index's page lead.

setuptools finds the packages of src/, but not folders that get another name.
"""

import gzip
import re
import tomllib
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

#: Folders at the top level, where people look for them. They are installed inside iacrl, as `iacrl.rewards` and so on.
TOP_LEVEL = ("rewards", "configs", "datasets", "models")


class BuildWithSmallTasks(build_py):
    """Task files are compressed in a wheel, to a fifth of their size; a checkout has them as text."""

    def run(self) -> None:
        """Build, and compress."""
        super().run()
        if self.editable_mode:
            return
        for file in Path(self.build_lib, "iacrl", "datasets").glob("*.jsonl"):
            file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes(), mtime=0))
            file.unlink()


def description() -> str:
    """Return the README with absolute links: an index shows it without the files beside it."""
    version = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    text = Path("README.md").read_text(encoding="utf-8")
    raw = f"https://raw.githubusercontent.com/iacrl/iacrl/v{version}/"
    text = re.sub(r'\b(src|srcset)="(?!https?:)', rf'\1="{raw}', text)
    return re.sub(r"\]\((?!https?:|#)", f"](https://github.com/iacrl/iacrl/blob/v{version}/", text)


setup(
    long_description=description(),
    long_description_content_type="text/markdown",
    packages=[*find_packages("src"), *(f"iacrl.{folder}" for folder in TOP_LEVEL)],
    package_dir={"": "src", **{f"iacrl.{folder}": folder for folder in TOP_LEVEL}},
    cmdclass={"build_py": BuildWithSmallTasks},
)
