"""The rows of the matrix: what each changes, and how the place is prepared in which its tests run."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
#: Programs that some tests use where they are installed.
PROGRAMS = ("terraform", "tofu", "kubectl", "chromium", "chromium-browser", "google-chrome")
BUSY = "while True: pass"
OTHER_USER = "nobody"


class Impossible(Exception):  # noqa: N818 - nothing has failed
    """This machine cannot provide what a row needs."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where tests run: a checkout, the interpreter of its environment, and what is different around it."""

    root: Path = ROOT
    python: Path = Path(sys.executable)
    environment: Mapping[str, str] = field(default_factory=dict)
    user: pwd.struct_passwd | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One circumstance. `prepare` gets a folder for what it makes, and a stack for what has to end afterwards."""

    what: str
    prepare: Callable[[Path, ExitStack], Place]


def _here(**environment: str) -> Callable[[Path, ExitStack], Place]:
    return lambda folder, stack: Place(environment=environment)


def _installed(name: str, *options: str, python: str = sys.executable) -> Callable[[Path, ExitStack], Place]:
    return lambda folder, stack: _clone(folder / name, python, *options)


def _clone(root: Path, python: str, *options: str) -> Place:
    """Clone the last commit, and install it in an environment of its own."""
    # A name is first sought with pyenv, which puts a program on PATH also for what it lacks.
    interpreter = python if Path(python).is_absolute() else _of_pyenv(python) or shutil.which(python)
    if interpreter is None:
        raise Impossible(f"there is no {python} here")
    git = ["git", "-c", "safe.directory=*"]
    if not root.exists():
        subprocess.run([*git, "clone", "--quiet", str(ROOT), str(root)], check=True)
    subprocess.run([*git, "-C", str(root), "fetch", "--quiet", "origin", "HEAD"], check=True)
    subprocess.run([*git, "-C", str(root), "reset", "--quiet", "--hard", "FETCH_HEAD"], check=True)
    environment = root / ".venv"
    if not (environment / ".installed").exists():
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "--quiet", "--clear", "--seed", "--python", interpreter, environment], check=True)
        install = [*uv, "pip", "install", "--python", environment / "bin" / "python", *options, "--editable", ".[dev]"]
        subprocess.run(install, cwd=root, check=True)
        (environment / ".installed").touch()
    return Place(root, environment / "bin" / "python")


def _of_pyenv(python: str) -> str | None:
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = sorted(versions.glob(f"{python.removeprefix('python')}.*/bin/{python}"))
    return str(found[-1]) if found else None


def _constrained(python: str) -> Callable[[Path, ExitStack], Place]:
    return _installed(python, "--constraint", str(ROOT / "constraints.txt"), python=python)


def _kernels(capability: str) -> Callable[[Path, ExitStack], Place]:
    def prepare(folder: Path, stack: ExitStack) -> Place:
        needed = {"default": "", "avx2": "avx2", "avx512": "avx512f"}[capability]
        cpuinfo = Path("/proc/cpuinfo")
        if cpuinfo.exists() and needed not in cpuinfo.read_text():
            raise Impossible(f"this processor has no {needed}")
        return Place(environment={"ATEN_CPU_CAPABILITY": capability})

    return prepare


def _as_another_user(folder: Path, stack: ExitStack) -> Place:
    """A clone and an environment that belong to another user, whose home nobody may write to."""
    if os.geteuid() != 0:
        raise Impossible("only root can become another user")
    python = "/usr/bin/python3"  # those of root's home are out of another user's reach
    place = _clone(folder / "another-user", python, "--constraint", str(ROOT / "constraints.txt"))
    home = folder / "read-only-home"
    home.mkdir(exist_ok=True)
    shutil.chown(home, OTHER_USER)
    home.chmod(0o555)
    subprocess.run(["chown", "--recursive", OTHER_USER, str(place.root)], check=True)
    return Place(place.root, place.python, {"HOME": str(home)}, pwd.getpwnam(OTHER_USER))


def _without_programs(folder: Path, stack: ExitStack) -> Place:
    kept = folder / "bin"
    kept.mkdir(exist_ok=True)
    for directory in reversed(os.get_exec_path()):
        for program in Path(directory).glob("*") if Path(directory).is_dir() else ():
            link = kept / program.name
            link.unlink(missing_ok=True)
            if program.name not in PROGRAMS:
                link.symlink_to(program)
    return Place(environment={"PATH": str(kept)})


def _busy(folder: Path, stack: ExitStack) -> Place:
    for _ in range(2):
        loop = subprocess.Popen([sys.executable, "-c", BUSY])
        stack.callback(loop.wait)
        stack.callback(loop.kill)
    return Place()


ROWS: dict[str, Row] = {
    "newest": Row("the newest versions that pyproject allows", _installed("newest")),
    "lowest": Row("the lowest ones (`lowest-direct`)", _installed("lowest", "--resolution", "lowest-direct")),
    **{
        f"python{version}": Row(f"Python {version}, by constraints.txt", _constrained(f"python{version}"))
        for version in ("3.11", "3.12", "3.13", "3.14")
    },
    **{
        f"kernels-{name}": Row(f"`ATEN_CPU_CAPABILITY={name}`", _kernels(name))
        for name in ("default", "avx2", "avx512")
    },
    "threads-1": Row("one thread", _here(OMP_NUM_THREADS="1")),
    "threads-4": Row("four threads", _here(OMP_NUM_THREADS="4")),
    "user": Row("another user than root, whose home is read-only", _as_another_user),
    "path": Row(
        "a path with blanks and umlauts",
        _installed("Prüfung mit Ümlauten und Leerzeichen", "--constraint", str(ROOT / "constraints.txt")),
    ),
    "locale": Row("`LC_ALL=C`", _here(LC_ALL="C", LANG="C")),
    "time-zone": Row("another time zone, on another day", _here(TZ="Pacific/Kiritimati")),
    "programs": Row("without terraform, kubectl and chromium", _without_programs),
    "busy": Row("two busy loops beside it", _busy),
}
