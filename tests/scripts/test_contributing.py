"""CONTRIBUTING.md names every program of the repository."""

from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_script_tool_benchmark_and_adapter_is_named():
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    programs = [
        f"{folder}/{file.name}"
        for folder in ("scripts", "tools", "benchmarks")
        for file in (ROOT / folder).glob("*.py")
    ]
    adapters = [file.name for file in (ROOT / "src/iacrl/adapters").glob("*.py") if file.name != "__init__.py"]
    assert [name for name in [*programs, *adapters] if f"`{name}`" not in page] == []
