"""The documentation site: what its hooks write, and where links lead. `make docs` builds it."""

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/**/*.md")]
_FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!\w+:)(?P<path>[^)#\s]*)(?:#(?P<anchor>[^)\s]+))?\)")


@pytest.fixture(scope="module")
def hooks():
    sys.path.insert(0, str(ROOT / "scripts" / "site"))
    try:
        import hooks

        yield hooks
    finally:
        sys.path.remove(str(ROOT / "scripts" / "site"))


def rendered(hooks, markdown, name="page.md"):
    return hooks.on_page_markdown(markdown, page=SimpleNamespace(file=SimpleNamespace(src_path=name), meta={}))


def test_links_out_of_docs_lead_to_the_repository(hooks, caplog):
    text = rendered(hooks, "[a](../README.md#limits) [b](../examples) [c](score.md)")
    blob = "https://github.com/iacrl/iacrl/blob/main/README.md#limits"
    assert text == f"[a]({blob}) [b](https://github.com/iacrl/iacrl/tree/main/examples) [c](score.md)"
    assert caplog.text == ""
    rendered(hooks, "[a](../no_such_file.md)")
    assert "no_such_file" in caplog.text


def test_code_is_written_as_python_markdown_reads_it(hooks):
    assert rendered(hooks, "```hcl title=infra/main.tf\n") == '```hcl title="infra/main.tf"\n'
    assert rendered(hooks, "| `a \\| b` | c \\| d |") == "| `a | b` | c \\| d |"


def test_the_page_of_commands_has_all_of_them(hooks):
    text = rendered(hooks, "<!-- commands -->", "commands.md")
    for heading in ("## iacrl validate", "## iacrl reward", "### iacrl reward new"):
        assert f"\n{heading}\n" in text
    assert "| `--jobs" in text and "<!--" not in text
    assert "<" not in re.sub(r"`[^`]*`|```.*?```", "", text, flags=re.DOTALL)


def test_a_page_that_the_navigation_does_not_name_is_added(hooks, tmp_path):
    for name in ("old.md", "new.md"):
        (tmp_path / name).touch()
    nav = [{"How-to": [{"Group": [{"Old": "old.md"}]}]}]
    config = hooks.on_config(SimpleNamespace(nav=nav, docs_dir=str(tmp_path)))
    assert config.nav == [{"How-to": [{"Group": [{"Old": "old.md"}]}, {"More": ["new.md"]}]}]


def anchors(page):
    """Return the anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", _FENCED.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", re.sub(r"`|\]\([^)]*\)", "", each)).lower().replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings_that_exist(page):
    broken = []
    for link in _LINK.finditer(_FENCED.sub("", page.read_text(encoding="utf-8"))):
        target = (page.parent / link["path"]) if link["path"] else page
        if not target.exists() or (link["anchor"] and target.suffix == ".md" and link["anchor"] not in anchors(target)):
            broken.append(link[0])
    assert broken == []
