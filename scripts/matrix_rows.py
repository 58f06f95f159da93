"""The rows of the matrix: what each changes, and how it prepares the place where its tests run.

A row changes many things at once, so a few rows run every test under every change. To find which change causes a
failure, run the test alone with some of them.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).parent.parent
#: Programs that some tests use if they are installed.
PROGRAMS = ("terraform", "tofu", "kubectl", "chromium", "chromium-browser", "google-chrome")
BUSY = "while True: pass"
OTHER_USER = "nobody"
CONSTRAINED = ("--constraint", str(ROOT / "constraints.txt"))


class Impossible(Exception):  # noqa: N818 - nothing has failed
    """This machine cannot provide what a row needs."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where tests run: a checkout, the interpreter of its environment, and what is different around it."""

    root: Path = ROOT
    python: Path = Path(sys.executable)
    environment: Mapping[str, str] = field(default_factory=dict)
    user: pwd.struct_passwd | None = None


#: Makes one place from another. It takes that place, a folder for its files, and a stack for what must end afterwards.
Change = Callable[[Place, Path, ExitStack], Place]


@dataclass(frozen=True, slots=True)
class Row:
    """An environment in words, and the steps that make it, in order."""

    what: str
    changes: tuple[Change, ...]

    def prepare(self, folder: Path, stack: ExitStack) -> Place:
        """Return where the tests run.

        Raises:
            Impossible: This machine cannot provide it.
            subprocess.CalledProcessError: The environment cannot be installed.
        """
        place = Place()
        for change in self.changes:
            place = change(place, folder, stack)
        return place


def _environment(**variables: str) -> Change:
    def change(place: Place, folder: Path, stack: ExitStack) -> Place:
        return replace(place, environment={**place.environment, **variables})

    return change


def _installed(name: str, python: str, *options: str) -> Change:
    """A clone of the last commit, installed in its own environment; both are kept for the next time."""

    def change(place: Place, folder: Path, stack: ExitStack) -> Place:
        root = folder / name
        # A name is first looked up with pyenv, which also puts programs on PATH for versions that it lacks.
        interpreter = python if Path(python).is_absolute() else _of_pyenv(python) or shutil.which(python)
        if interpreter is None:
            raise Impossible(f"there is no {python} here")
        git = ["git", "-c", "safe.directory=*"]
        if not root.exists():
            subprocess.run([*git, "clone", "--quiet", str(ROOT), str(root)], check=True)
        subprocess.run([*git, "-C", str(root), "fetch", "--quiet", "origin", "HEAD"], check=True)
        subprocess.run([*git, "-C", str(root), "reset", "--quiet", "--hard", "FETCH_HEAD"], check=True)
        environment = root / ".venv"
        _install(root, environment, interpreter, options)
        return replace(place, root=root, python=environment / "bin" / "python")

    return change


def _install(root: Path, environment: Path, interpreter: str, options: tuple[str, ...]) -> None:
    """Install the clone, unless its environment already comes from the same files."""
    installed = environment / ".installed"
    files = b"".join((root / name).read_bytes() for name in ("pyproject.toml", "setup.py", "constraints.txt"))
    made_of = hashlib.sha256(files).hexdigest()
    if installed.exists() and installed.read_text() == made_of:
        return
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "--quiet", "--clear", "--seed", "--python", interpreter, environment], check=True)
    # Copies: a file that uv's cache shares would change its owner there too.
    install = [*uv, "pip", "install", "--link-mode", "copy", "--python", environment / "bin" / "python"]
    subprocess.run([*install, *options, "--editable", ".[dev]"], cwd=root, check=True)
    installed.write_text(made_of)


def _of_pyenv(python: str) -> str | None:
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = sorted(versions.glob(f"{python.removeprefix('python')}.*/bin/{python}"))
    return str(found[-1]) if found else None


def _kernels(capability: str) -> Change:
    def change(place: Place, folder: Path, stack: ExitStack) -> Place:
        needed = {"default": "", "avx2": "avx2", "avx512": "avx512f"}[capability]
        cpuinfo = Path("/proc/cpuinfo")
        if cpuinfo.exists() and needed not in cpuinfo.read_text():
            raise Impossible(f"this processor has no {needed}")
        return _environment(ATEN_CPU_CAPABILITY=capability)(place, folder, stack)

    return change


def _as_another_user(place: Place, folder: Path, stack: ExitStack) -> Place:
    """Give the clone to another user, whose home is read-only."""
    if os.geteuid() != 0:
        raise Impossible("only root can become another user")
    home = folder / "read-only-home"
    home.mkdir(exist_ok=True)
    shutil.chown(home, OTHER_USER)
    home.chmod(0o555)
    subprocess.run(["chown", "--recursive", OTHER_USER, str(place.root)], check=True)
    changed = _environment(HOME=str(home))(place, folder, stack)
    return replace(changed, user=pwd.getpwnam(OTHER_USER))


def _without_programs(place: Place, folder: Path, stack: ExitStack) -> Place:
    kept = folder / "bin"
    kept.mkdir(exist_ok=True)
    for directory in reversed(os.get_exec_path()):
        for program in Path(directory).glob("*") if Path(directory).is_dir() else ():
            link = kept / program.name
            link.unlink(missing_ok=True)
            if program.name not in PROGRAMS:
                link.symlink_to(program)
    return _environment(PATH=str(kept))(place, folder, stack)


def _busy(place: Place, folder: Path, stack: ExitStack) -> Place:
    for _ in range(2):
        loop = subprocess.Popen([sys.executable, "-c", BUSY])
        stack.callback(loop.wait)
        stack.callback(loop.kill)
    return place


#: Python 3.11 by constraints.txt, here and now, is `make test`.
ROWS: dict[str, Row] = {
    "lowest": Row(
        "the lowest versions (`lowest-direct`), Debian's Python 3.11, another user with a read-only home, "
        "a path with blanks and umlauts, `LC_ALL=C`, `ATEN_CPU_CAPABILITY=avx2`",
        (
            # Another user cannot reach the interpreters in root's home.
            _installed("Prüfung der niedrigsten Versionen", "/usr/bin/python3", "--resolution", "lowest-direct"),
            _as_another_user,
            _environment(LC_ALL="C", LANG="C"),
            _kernels("avx2"),
        ),
    ),
    "newest": Row(
        "the newest versions, Python 3.13, another time zone, on another day, four threads",
        (
            _installed("newest", "python3.13"),
            _environment(TZ="Pacific/Kiritimati", OMP_NUM_THREADS="4"),
        ),
    ),
    "bare": Row(
        "the versions of constraints.txt, Python 3.12, without terraform, kubectl and chromium, one thread, "
        "`ATEN_CPU_CAPABILITY=default`, two busy loops beside it",
        (
            _installed("bare", "python3.12", *CONSTRAINED),
            _without_programs,
            _environment(OMP_NUM_THREADS="1"),
            _kernels("default"),
            _busy,
        ),
    ),
    "python3.14": Row("the newest versions, Python 3.14", (_installed("python3.14", "python3.14"),)),
    "avx512": Row("`ATEN_CPU_CAPABILITY=avx512`", (_kernels("avx512"),)),
}
