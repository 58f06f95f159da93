"""Directories of templates, rendered by a real program if it is on the path.

The directory may come from anybody. So the program gets no credentials, no cluster, no other program and no network.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from iacrl.domains.programs import Rendering
from iacrl.errors import UserError
from iacrl.seen_files import is_below
from iacrl.sources.repository import repository_of
from iacrl.text import from_bytes

if sys.platform == "linux":
    import resource

_SECONDS: Final = 60
_LONGEST: Final = 50_000_000
#: Bytes of address space, of which a program in Go reserves more than it uses.
_MEMORY: Final = 4 << 30
_WORD: Final = re.compile(r"\w")
#: Nothing listens there, so remote bases and charts are not fetched.
_NOWHERE: Final = "http://127.0.0.1:9"


class RenderError(Exception):
    """A directory could not be rendered; the text says why, in one line."""


def program_of(rendering: Rendering) -> str | None:
    """Return the path of the rendering program; None if it is not on the path."""
    return shutil.which(rendering.program)


def render(directory: Path, rendering: Rendering, given: Path | None = None) -> str:
    """Return the program's output for a directory.

    Args:
        directory: What is rendered.
        rendering: How.
        given: The directory in which the command found it. The program may also read other folders there or, if that is
            in a git repository, in the repository.

    Raises:
        RenderError: The directory contains a link that leads out of it, or names a folder elsewhere, or the program
            cannot render it.
    """
    root = directory.resolve()
    for path in directory.rglob("*"):
        # Helm follows links, and findings would show lines of their targets.
        if path.is_symlink() and not is_below(path, root):
            raise RenderError(f"{path.relative_to(directory)} is a link out of the directory")
    program = program_of(rendering)
    if program is None:
        raise RenderError(f"{rendering.program} is not on the path")
    _refuse_to_leave(root, rendering, given)
    called = f"{rendering.program} {rendering.arguments[0]}"
    with tempfile.TemporaryDirectory(prefix="iacrl-render-") as home:
        output, complaints = Path(home) / "output", Path(home) / "complaints"
        with output.open("wb") as file, complaints.open("wb") as errors:
            try:
                done = subprocess.run(
                    [program, *rendering.arguments, str(root)],
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=errors,
                    env=_environment(home),
                    cwd=home,
                    timeout=_SECONDS,
                    check=False,
                    preexec_fn=_limit if sys.platform == "linux" else None,
                )
            except subprocess.TimeoutExpired:
                raise RenderError(f"`{called}` takes longer than {_SECONDS} seconds") from None
            except OSError as error:
                raise RenderError(f"`{called}` does not start: {error.strerror}") from None
        if output.stat().st_size > _LONGEST:
            raise RenderError(f"`{called}` prints more than {_LONGEST // 1_000_000} MB")
        if done.returncode:
            told = _reason(from_bytes(complaints.read_bytes())) or f"exit status {done.returncode}"
            raise RenderError(f"`{called}` fails: {told[:400]}")
        return from_bytes(output.read_bytes())


def _refuse_to_leave(root: Path, rendering: Rendering, given: Path | None) -> None:
    if rendering.leads_to is None:
        return
    reach = (given or root).resolve()
    reach = repository_of(reach) or reach
    try:
        for name, folder in rendering.leads_to(root):
            if not (is_below(folder, reach) or is_below(folder, root)):
                raise RenderError(f"{name[:100]} is a folder outside of {reach}; give a directory that holds both")
    except UserError as error:
        raise RenderError(str(error)) from None


def _reason(complaints: str) -> str:
    """Return the line that says why a program failed; empty if none does.

    Helm gives advice after its `Error:`. kubectl ends what has several lines by ` >`.
    """
    lines = [line.strip() for line in complaints.splitlines() if _WORD.search(line)]
    named = (line for line in lines if line.startswith("Error: "))
    return next(named, lines[-1].lstrip("`: ") if lines else "")


def _limit() -> None:
    """Runs in the program before it starts: a small directory can ask for any number of large copies."""
    for kind, most in ((resource.RLIMIT_FSIZE, _LONGEST + 1), (resource.RLIMIT_AS, _MEMORY)):
        hard = resource.getrlimit(kind)[1]
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)  # nobody may raise a limit
        resource.setrlimit(kind, (limit, limit))


def _environment(home: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "LANG") if name in os.environ}
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"), _NOWHERE)
    return {**kept, **proxies, "HOME": home, "TMPDIR": home, "KUBECONFIG": os.devnull, "PATH": home}
