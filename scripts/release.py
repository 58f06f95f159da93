"""What `make release` checks before a version is tagged. It changes nothing but generated pages, and publishes nothing.

The tag `vX.Y.Z` publishes, by .github/workflows/release.yml.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: What writes the generated pages, after `python`.
GENERATORS = (
    "scripts/configuration_table.py",
    "scripts/rules_table.py",
    "scripts/security_table.py",
    "scripts/settings_table.py",
    "scripts/facts_table.py",
    "-m iacrl data show --gallery docs/gallery.md",
)
_RELEASE = re.compile(r"^## (?P<name>\S+)(?: - (?P<date>\d{4}-\d\d-\d\d))?$", re.MULTILINE)
_PINNED = re.compile(r"(?:iacrl/iacrl@|\brev: )v(?P<version>\d+\.\d+\.\d+)")


def main() -> int:
    """Check, build and install. Return 0 if the version can be tagged, 1 otherwise."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    wrong = [*versions(ROOT, version), *uncommitted(ROOT)] or list(stale_pages(ROOT))
    if wrong:
        print(f"{version} cannot be released:", *(f"- {each}" for each in wrong), sep="\n")
        return 1
    built = ROOT / "build" / "release"
    shutil.rmtree(built, ignore_errors=True)
    build(built)
    install(built, version)
    print(f"{version} is ready: git tag v{version} && git push origin v{version}")
    return 0


def versions(root: Path, version: str) -> Iterator[str]:
    """Yield where another version than that of pyproject.toml is written.

    Args:
        root: The checkout.
        version: The version in pyproject.toml.
    """
    found = re.search(r'^__version__ = "(.*)"$', (root / "src/iacrl/__init__.py").read_text("utf-8"), re.MULTILINE)
    if found is None or found[1] != version:
        yield f"src/iacrl/__init__.py has another __version__ than pyproject.toml, which has {version}."
    releases = list(_RELEASE.finditer((root / "CHANGELOG.md").read_text("utf-8")))
    name, date = releases[0].groups() if releases else ("nothing", None)
    if name != version or date is None:
        yield f"CHANGELOG.md begins with {name}: its first section must be `## {version} - YYYY-MM-DD`."
    pages = (*root.glob("docs/*.md"), *root.glob("*.md"), *root.glob("examples/**/*.y*ml"))
    for page in sorted(pages):
        for pinned in _PINNED.finditer(page.read_text("utf-8")):
            if pinned["version"] != version:
                yield f"{page.relative_to(root)} names v{pinned['version']}."


def uncommitted(root: Path) -> Iterator[str]:
    """Yield the files that git would commit."""
    done = subprocess.run(["git", "status", "--porcelain"], cwd=root, capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        yield f"{line[3:]} is not committed."


def stale_pages(root: Path) -> Iterator[str]:
    """Write the generated pages again, and yield those that change."""
    for generator in GENERATORS:
        subprocess.run([sys.executable, *generator.split()], cwd=root, stdout=subprocess.DEVNULL, check=True)
    for line in uncommitted(root):
        yield f"{line.split()[0]} was not current; it is now."


def build(folder: Path) -> None:
    """Build the distributions, and check that the README renders on PyPI."""
    python = _environment(folder / "builder")
    _run(python, "-m", "pip", "install", "--quiet", "build", "twine")
    _run(python, "-m", "build", "--outdir", str(folder / "dist"), str(ROOT))
    _run(python, "-m", "twine", "check", "--strict", *map(str, (folder / "dist").iterdir()))


def install(folder: Path, version: str) -> None:
    """Install the wheel into an empty environment, and judge a text with it."""
    python = _environment(folder / "installed")
    (wheel,) = (folder / "dist").glob("*.whl")
    _run(python, "-m", "pip", "install", "--quiet", str(wheel))
    told = _run(python, "-m", "iacrl", "--version")
    if not told.endswith(f" {version}\n"):
        raise SystemExit(f"The installed iacrl has another version: {told}")
    (folder / "main.tf").write_text('variable "a" {}\n')
    _run(python, "-m", "iacrl", "validate", str(folder / "main.tf"))


def _environment(folder: Path) -> str:
    venv.create(folder, with_pip=True)
    return str(folder / "bin" / "python")


def _run(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT / "build", text=True, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
