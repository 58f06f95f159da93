"""docs/configuration.md, generated from the sections."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def page():
    spec = importlib.util.spec_from_file_location("configuration_table", ROOT / "scripts" / "configuration_table.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current(page):
    assert page.TARGET.read_text() == page.table(), "run `python scripts/configuration_table.py`"


def test_every_setting_is_described(page):
    rows = [line for line in page.table().splitlines() if line.startswith("| `")]
    assert len(rows) > 100
    assert [row for row in rows if row.endswith("|  |")] == []
