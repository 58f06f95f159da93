"""What `make release` finds before it builds anything."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def release():
    spec = importlib.util.spec_from_file_location("release_script", ROOT / "scripts" / "release.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path):
    for name, text in {
        "src/iacrl/__init__.py": '__version__ = "1.2.3"\n',
        "CHANGELOG.md": "# Changelog\n\n## 1.2.3 - 2026-12-01\n\n- A thing.\n\n## 1.2.2 - 2026-11-01\n",
        "docs/page.md": "    rev: v1.2.3\n      - uses: iacrl/iacrl@v1.2.3\n      - uses: actions/checkout@v4\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_checkout_whose_versions_agree_is_fine(release, checkout):
    assert list(release.versions(checkout, "1.2.3")) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("src/iacrl/__init__.py", "1.2.3", "1.2.2", "another __version__"),
        ("CHANGELOG.md", "1.2.3 - 2026-12-01", "Unreleased", "begins with Unreleased"),
        ("CHANGELOG.md", " - 2026-12-01", "", "## 1.2.3 - YYYY-MM-DD"),
        ("docs/page.md", "rev: v1.2.3", "rev: v1.2.2", "docs/page.md names v1.2.2"),
        ("docs/page.md", "iacrl@v1.2.3", "iacrl@v1.2.2", "docs/page.md names v1.2.2"),
    ],
)
def test_another_version_is_found(release, checkout, name, old, new, said):
    file = checkout / name
    file.write_text(file.read_text().replace(old, new))
    (found,) = release.versions(checkout, "1.2.3")
    assert said in found


def test_only_the_changelog_is_open_here(release):
    """Between releases, `Unreleased` is the one thing that is left to do."""
    found = list(
        release.versions(ROOT, release.tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])
    )
    assert [each for each in found if "CHANGELOG" not in each] == []
