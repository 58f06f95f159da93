"""The distributions as users get them, installed where nothing else of iacrl is."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "domain-github-actions"
#: What a distribution is made of.
SOURCES = ("src", "rewards", "configs", "datasets", "models", "pyproject.toml", "setup.py", "README.md", "LICENSE")


class Installed:
    """A virtual environment with iacrl's wheel; its other packages are those of the environment that runs the tests."""

    def __init__(self, folder, wheel):
        self.bin = folder / "bin"
        shared = find_spec("pip") is not None  # setting up a pip of its own takes longer than what it is for
        venv.create(folder, with_pip=not shared)
        (packages,) = folder.glob("lib/python3*/site-packages")
        # After its own packages, and without the editable iacrl: a .pth file in a folder that is added so is not read.
        # In ASCII: Python reads it in the encoding of the locale.
        others = ascii(sysconfig.get_paths()["purelib"])
        (packages / "others.pth").write_text(f"import sys; sys.path.append({others})\n")
        if shared:
            (self.bin / "pip").write_text(f'#!/bin/sh\nexec "{self.bin}/python" -m pip "$@"\n')
            (self.bin / "pip").chmod(0o755)
        else:  # with Python 3.11, it brings an old setuptools
            self.run("python", "-m", "pip", "uninstall", "--quiet", "--yes", "setuptools")
        self.install(wheel)

    def install(self, source):
        """Install a wheel or a source folder, without the network."""
        self.run("python", "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", str(source))

    def run(self, *command, cwd=None, status=0, **environment):
        """Run a command of the environment and return what it prints."""
        path = f"{self.bin}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            [str(self.bin / command[0]), *map(str, command[1:])],
            cwd=cwd,
            env={**os.environ, "PATH": path, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == status, f"{' '.join(map(str, command))}\n{done.stdout}"
        return done.stdout


def _build(what, source, target):
    code = f"import sys; from setuptools import build_meta; print(build_meta.build_{what}(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(target)], cwd=source, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return target / done.stdout.splitlines()[-1]


@pytest.fixture(scope="session")
def distributions(tmp_path_factory):
    """The sdist, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("distributions")
    source = folder / "source"
    source.mkdir()
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    sdist = _build("sdist", source, folder)
    how = {"filter": "data"} if sys.version_info >= (3, 11, 4) else {}
    shutil.unpack_archive(sdist, folder / "unpacked", **how)
    (unpacked,) = (folder / "unpacked").iterdir()
    return sdist, _build("wheel", unpacked, folder)


@pytest.fixture(scope="session")
def installed(distributions, tmp_path_factory):
    """An environment with the wheel, and the example of a domain beside it."""
    folder = tmp_path_factory.mktemp("installed")
    environment = Installed(folder / "venv", distributions[1])
    environment.install(shutil.copytree(EXAMPLE, folder / "example"))  # pip builds in the folder that it is given
    return environment
