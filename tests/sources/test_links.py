"""Links in a directory that lead out of it: what they point to is neither judged nor read."""

from __future__ import annotations

from pathlib import Path

import pytest

from iacrl.domains.registry import all_domains
from iacrl.sources.discover import Found, LeftOut, walk

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"


@pytest.mark.parametrize("name", ["e.yaml", "e.tf"])
def test_a_link_out_of_the_directory_is_left_out_and_said(tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text(CONFIG_MAP)
    root = tmp_path / "root"
    root.mkdir()
    link = root / name
    link.symlink_to(secret)
    assert list(walk(root, all_domains())) == [LeftOut(link, "a link out of the directory")]


def test_a_link_within_the_directory_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(CONFIG_MAP)
    link = tmp_path / "b.yaml"
    link.symlink_to("a.yaml")
    assert Found(link, "kubernetes") in list(walk(tmp_path, all_domains()))
