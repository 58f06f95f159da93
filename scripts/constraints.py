"""Print the versions that are installed with this interpreter, as a constraints file for pip.

`make upgrade` writes constraints.txt with it.
"""

from __future__ import annotations

from importlib.metadata import distributions

HEADER = """\
# The versions that `make` installs, so that a new release elsewhere breaks nothing here. `make upgrade` renews them.
# Users get the ranges of pyproject.toml.
"""

#: What every environment contains, and this project itself.
_NOT_OURS = frozenset({"iacrl", "pip", "wheel"})
#: torch pins these by itself, and only if it was built for a GPU.
_BY_TORCH = ("nvidia-", "cuda-", "triton")


def constraints() -> str:
    """Return the file's content: sorted, without build labels such as `+cpu`."""
    found = {one.metadata["Name"].lower().replace("_", "-"): one.version.partition("+")[0] for one in distributions()}
    kept = (name for name in found if name not in _NOT_OURS and not name.startswith(_BY_TORCH))
    return HEADER + "".join(sorted(f"{name}=={found[name]}\n" for name in kept))


if __name__ == "__main__":
    print(constraints(), end="")
