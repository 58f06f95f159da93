"""Definitions in the user's data directory: each is read when an object is of its kind, and no other."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from iacrl.domains.kubernetes import validate_text
from iacrl.domains.kubernetes.schema import installed
from iacrl.domains.kubernetes.schema.added_crds import SCHEMAS, add_crds
from iacrl.errors import UserError

CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, kind: Widget}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}
"""
GADGET = CRD.replace("widgets", "gadgets").replace("Widget", "Gadget")
WIDGET = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\nspec: {size: big}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IACRL_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data" / "kubernetes"


def test_only_the_definition_of_the_kind_is_read_and_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    add_crds(f"{CRD}---\n{GADGET}".encode(), "crds.yaml")
    read: list[str] = []
    original = installed._read
    monkeypatch.setattr(installed, "_read", lambda file: (read.append(file.name), original(file))[1])
    validate_text(WIDGET.replace("Widget", "Unknown"))
    validate_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n")
    assert read == []
    for _ in range(3):
        assert [each.code for each in validate_text(WIDGET).errors] == ["KB302"]
    assert read == ["Widget.example.com.json"]


def test_a_definition_that_changes_is_read_again() -> None:
    add_crds(CRD.encode(), "crd.yaml")
    assert not validate_text(WIDGET).valid
    add_crds(CRD.replace("integer", "string").encode(), "crd.yaml")
    assert validate_text(WIDGET).valid


def test_no_text_chooses_another_file(folder: Path) -> None:
    add_crds(CRD.encode(), "crd.yaml")
    (folder.parent / "Widget.example.com.json").write_text("[]")
    for group, kind in (("example.com", "../Widget"), ("example.com", "../kubernetes/Widget"), ("../x", "Widget")):
        assert installed.installed_kind(folder, group, kind) is None


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"spec": 5}', '{"spec": {"versions": [1]}}'])
def test_a_damaged_file_is_named(folder: Path, content: str) -> None:
    folder.mkdir(parents=True)
    (folder / "Widget.example.com.json").write_text(content)
    with pytest.raises(UserError, match=r"Widget\.example\.com\.json: is damaged\. Delete it"):
        validate_text(WIDGET)
    assert validate_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n").valid
    with pytest.raises(UserError, match="is damaged"):
        SCHEMAS.listed()


def test_several_who_add_at_once_leave_one_whole_file(folder: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert set(map(tuple, pool.map(lambda _: add_crds(CRD.encode(), "c.yaml") or [], range(16)))) == {
            ("Widget example.com/v1",)
        }
    assert [path.name for path in folder.iterdir()] == ["Widget.example.com.json"]
    assert json.loads((folder / "Widget.example.com.json").read_text())["spec"]["group"] == "example.com"


def test_a_data_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(UserError, match="IACRL_DATA_DIR"):
        add_crds(CRD.encode(), "crd.yaml")
    assert validate_text(WIDGET).unchecked == ("Widget example.com/v1: no schema",)


def test_a_definition_of_another_group_is_no_definition(tmp_path, monkeypatch):
    """Its kind is unknown, so nothing checks its form."""
    monkeypatch.setenv("IACRL_DATA_DIR", str(tmp_path))
    text = b"apiVersion: example.com/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\n"
    assert add_crds(text, "a.yaml") is None
