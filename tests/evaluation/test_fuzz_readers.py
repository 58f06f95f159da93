"""A small slice of `tools/fuzz_readers.py`: no file, however broken, makes a reader raise anything but a UserError."""

import importlib.util
import random
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "fuzz_readers.py"
#: Of each reader; an hour of the tool tries thousands.
INPUTS = 12


@pytest.fixture
def fuzz(monkeypatch):
    spec = importlib.util.spec_from_file_location("fuzz_readers", TOOL)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


def test_no_file_makes_a_reader_fail(fuzz, some_tasks, kept_hosts, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    draw = random.Random(21)
    readers = fuzz.all_readers(fuzz.make_run(tmp_path, some_tasks), some_tasks)
    assert len(readers) > 15
    found = []
    for number, reader in enumerate(readers):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert fuzz.attack(reader, reader.examples[0], folder) is None
        for _ in range(INPUTS):
            content = fuzz.mutated(reader, draw)
            if (wrong := fuzz.attack(reader, content, folder)) is not None:
                found.append((reader.name, content[:200], wrong))
    assert found == []


def test_what_it_looks_for_is_found(fuzz, tmp_path):
    def fail(at):
        raise KeyError("task")

    reader = fuzz.Reader("broken", "x", [b"x"], fail, {})
    assert "KeyError" in fuzz.attack(reader, b"x", tmp_path)
