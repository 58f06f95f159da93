"""Which packages are installed: setuptools finds those of src/, but not folders that get another name."""

from setuptools import find_packages, setup

#: Folders at the top level, where people look for them. They are installed inside iacrl, as `iacrl.rewards` and so on.
TOP_LEVEL = ("rewards", "configs", "datasets", "models")

setup(
    packages=[*find_packages("src"), *(f"iacrl.{folder}" for folder in TOP_LEVEL)],
    package_dir={"": "src", **{f"iacrl.{folder}": folder for folder in TOP_LEVEL}},
)
