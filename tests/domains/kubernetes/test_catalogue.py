"""JSON Schemas of custom kinds in the layout of catalogues: what they say counts, and what they lack stays said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from iacrl.domains.kubernetes import validate_text
from iacrl.domains.kubernetes.schema.added_crds import SCHEMAS
from iacrl.domains.kubernetes.schema.catalogue import PARTLY
from iacrl.errors import UserError

SPEC = {
    "type": "object",
    "additionalProperties": False,
    "required": ["size"],
    "properties": {
        "size": {"type": "integer"},
        "colour": {"type": ["string", "null"]},
        "rest": {"type": "object", "description": "Nothing is said about it."},
        "named": {"type": "object", "properties": {"a": {"type": "string"}}},
        "kept": {
            "type": "object",
            "properties": {"a": {"type": "string"}},
            "additionalProperties": False,
            "x-kubernetes-preserve-unknown-fields": True,
        },
        "byPattern": {"type": "object", "additionalProperties": False, "patternProperties": {"^x-": {}}},
        "elsewhere": {"$ref": "other.json", "type": "string"},
        "anything": True,
        "port": {"type": "integer", "default": 80},
    },
    "anyOf": [
        {"properties": {"size": {"minimum": 1}}, "required": ["size"], "additionalProperties": False},
        {"required": ["kept"]},
    ],
    "x-kubernetes-validations": [{"rule": "self.size < self.port", "message": "too large"}],
}
SCHEMA = {"type": "object", "properties": {"metadata": {"type": "object"}, "spec": SPEC}}
NOTE = f"Widget example.com/v1: {PARTLY}"


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IACRL_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "catalogue" / "example.com" / "widget_v1.json"


def add(file: Path, schema: object = SCHEMA) -> object:
    return SCHEMAS.add(json.dumps(schema).encode(), str(file))


def widget(**spec: object) -> str:
    return json.dumps({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "a"}, "spec": spec})


@pytest.mark.parametrize(
    ("spec", "codes"),
    [
        ({"size": 1}, []),
        ({"size": 1, "colour": "red", "rest": {"a": 1}, "named": {"b": 1}, "kept": {"b": 1}}, []),
        ({"size": 1, "byPattern": {"x-a": 1}, "elsewhere": 3, "anything": [1]}, []),
        ({"size": "big"}, ["KB302"]),
        ({"size": 1, "sise": 1}, ["KB300"]),
        ({"size": 0}, ["KB305"]),
        ({"size": 90}, ["KB218"]),
        ({"size": 90, "port": 91}, []),
    ],
)
def test_what_a_catalogue_says_is_checked_and_never_taken_for_all(file, spec, codes):
    assert add(file) == ["Added widget example.com/v1"]
    verdict = validate_text(widget(**spec))
    assert [each.code for each in verdict.errors] == codes
    assert verdict.unchecked == (NOTE,)


def test_another_version_of_the_kind_has_no_schema(file):
    add(file)
    assert validate_text(widget().replace("/v1", "/v2")).unchecked == ("Widget example.com/v2: no schema",)


def test_a_definition_wins(file):
    add(file)
    names = {"plural": "widgets", "kind": "Widget"}
    open_schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": open_schema}}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]},
    }
    together = validate_text(f"{json.dumps(definition)}\n---\n{widget(sise=1)}")
    assert together.valid and not together.unchecked
    add(Path("crd.json"), definition)
    assert validate_text(widget(sise=1)).valid and not validate_text(widget(sise=1)).unchecked


def test_they_are_listed_and_shown(file):
    add(file)
    add(file.with_name("widget_v1beta1.json"))
    (row,) = SCHEMAS.listed().rows
    assert row == {"group": "example.com", "kind": "widget", "versions": ["v1", "v1beta1"], "scope": None}
    lines, schema = SCHEMAS.show("Widget", None)
    assert lines[0].startswith("Widget example.com/v1.") and "example.com/v1beta1" in lines[0]
    assert "description" not in json.dumps(schema)


@pytest.mark.parametrize(
    "name", ["widget_v1.json", "nodots/widget_v1.json", "example.com/widget.json", "a.b/w_v1.yaml"]
)
def test_other_names_are_not_taken(tmp_path, name):
    assert add(tmp_path / name) is None


@pytest.mark.parametrize("content", [[], {}, {"kind": "Widget", "type": "object"}, {"type": "string"}])
def test_other_contents_are_not_taken(file, content):
    assert add(file, content) is None


@pytest.mark.parametrize("content", ["{", '{"type": "object", "nullable": true, "enum": 5}', "[" * 100_000])
def test_what_is_no_schema_is_refused(file, content):
    with pytest.raises(UserError, match=r"widget_v1\.json: is not (a )?JSON"):
        SCHEMAS.add(content.encode(), str(file))


def test_a_damaged_file_is_named(file, tmp_path):
    add(file)
    (tmp_path / "data/kubernetes/catalogue/example.com/widget_v1.json").write_text("{")
    with pytest.raises(UserError, match=r"widget_v1\.json: is damaged\. Delete it"):
        validate_text(widget())
