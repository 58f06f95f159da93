"""Following a page of the documentation to the letter."""

import os
import re
import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def follow(name: str, folder: Path, **environment: str) -> list[tuple[str, str]]:
    """Write the files of a page and run its commands in `folder`, in order; return each with what it prints.

    The first line of a block of Python or TOML is a comment with the file's path.
    """
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        # The other plug-ins of this environment only cost time.
        "PYTEST_ADDOPTS": "-p no:cacheprovider -p no:hypothesispytest -p no:anyio -p no:xdist",
        **environment,
    }
    printed = []
    for language, body in _BLOCK.findall((DOCS / name).read_text(encoding="utf-8")):
        if language in ("python", "toml"):
            (folder / body.splitlines()[0].removeprefix("# ")).write_text(body)
        elif language == "sh":
            done = subprocess.run(
                ["bash", "-ec", body],
                cwd=folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{body}\n{done.stdout}"
            printed.append((body, done.stdout))
    return printed
