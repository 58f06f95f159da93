"""Only files are read, and none that is too large."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from iacrl.cli.validate import command
from iacrl.domains.registry import all_domains
from iacrl.errors import UserError
from iacrl.sources.discover import LeftOut, walk
from iacrl.sources.judged import fast_judges, find_sources, judge
from iacrl.sources.reading import LARGEST, read_source

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"


def validate(name: str, *options: str) -> str:
    """Judge what a user names; return the mistake that is said."""
    result = CliRunner().invoke(command, [name, *options])
    assert isinstance(result.exception, UserError)
    return str(result.exception)


@pytest.mark.parametrize("name", ["p.yaml", "p.tf"])
def test_a_pipe_is_refused_before_it_is_opened(tmp_path: Path, name: str) -> None:
    pipe = tmp_path / name
    os.mkfifo(pipe)
    assert validate(str(pipe)).startswith(f"{pipe}: is a device, pipe or socket; name a file, or `-`")


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/stdin"])
def test_a_device_is_refused_also_by_a_link(tmp_path: Path, device: str) -> None:
    if not Path(device).exists() or Path(device).is_file():
        pytest.skip(f"{device} is no device here")
    link = tmp_path / "z.yaml"
    link.symlink_to(device)
    assert "is a device, pipe or socket" in validate(str(link))
    assert "is a device, pipe or socket" in validate(device, "--domain", "kubernetes")


def test_a_pipe_in_a_directory_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(CONFIG_MAP)
    for name in ("p.yaml", "p.tf"):
        os.mkfifo(tmp_path / name)
    things = find_sources((str(tmp_path),), None).things
    assert [(source.name, source.verdict.valid) for source in judge(things, fast_judges({}))] == [
        (str(tmp_path / "a.yaml"), True)
    ]


@pytest.mark.parametrize("name", ["big.yaml", "main.tf"])
def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    assert validate(str(path)) == f"{path}: is larger than 64 MB."
    assert list(walk(tmp_path, all_domains())) == [LeftOut(path, "larger than 64 MB")]


def test_standard_input_is_read_no_further_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = SimpleNamespace(buffer=io.BytesIO(b"a" * 20))
    monkeypatch.setattr(sys, "stdin", endless)
    with pytest.raises(UserError, match="<stdin>: is larger than 0 MB"):
        read_source("-", largest=10)
    assert endless.buffer.tell() == 11
