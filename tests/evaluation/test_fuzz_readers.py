"""A small slice of `tools/fuzz_readers.py`: no file, however broken, makes a reader raise anything but a UserError."""

import random

import fuzz_readers
from reader_examples import Reader, all_readers, make_run

#: Of each reader; an hour of the tool tries thousands.
INPUTS = 8
#: Readers that take milliseconds: they read a whole run, or judge a directory.
SLOW = ("report", "run", "module", "manifests", "template")


def test_no_file_makes_a_reader_fail(some_tasks, kept_hosts, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    readers = all_readers(make_run(tmp_path, some_tasks), some_tasks)
    assert len(readers) > 40
    readers = [one for one in readers if not one.name.startswith("report") or one.name == "report: eval.json"]
    found = []
    for number, reader in enumerate(readers):
        folder = tmp_path / str(number) / "run"
        folder.mkdir(parents=True)
        fuzz_readers.prepare(reader, folder)
        (folder / reader.file).write_bytes(reader.examples[0])
        reader.read(folder)  # a refused example would leave the rest of the reader untried
        inputs = fuzz_readers.inputs_of(reader, random.Random(f"21 {reader.name}"))
        for content, _ in zip(inputs, range(2 if reader.name.startswith(SLOW) else INPUTS), strict=False):
            if (wrong := fuzz_readers.attack(reader, content, folder)) is not None:
                found.append((reader.name, content[:200], wrong))
    assert found == []


def test_what_it_looks_for_is_found(tmp_path, monkeypatch):
    def fail(at):
        raise KeyError("task")

    def hang(at):
        while True:
            pass

    assert "KeyError" in fuzz_readers.attack(Reader("broken", "x", [b"x"], fail, {}), b"x", tmp_path)
    monkeypatch.setattr(fuzz_readers, "SLOW_S", 0.01)
    assert "TooSlowError" in fuzz_readers.attack(Reader("slow", "x", [b"x"], hang, {}), b"x", tmp_path)
