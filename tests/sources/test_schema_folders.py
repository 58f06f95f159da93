"""`schemas` in settings: what a repository brings along counts for its files, and only for them."""

import json
import os
from pathlib import Path

import pytest

import iacrl
from iacrl.domains.data_folders import BEFORE
from iacrl.sources import schema_folders

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
WIDGET = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\nspec: {size: big}\n"
ROCKET = 'terraform {\n  required_providers {\n    rocket = { source = "acme/rocket" }\n  }\n}\n'
ROCKET += 'resource "rocket_engine" "a" {\n  thurst = 3\n}\n'


def dump(argument):
    resource = {"version": 0, "block": {"attributes": {argument: {"type": "number", "optional": True}}}}
    schema = {"provider": {"version": 0, "block": {}}, "resource_schemas": {"rocket_engine": resource}}
    return json.dumps({"format_version": "1.0", "provider_schemas": {"registry.terraform.io/acme/rocket": schema}})


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("IACRL_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def rows(tmp_path, monkeypatch, run_cli, data):
    """Write files, validate the directory and return what is reported, by path."""
    there = tmp_path / "repository"
    there.mkdir()
    monkeypatch.chdir(there)

    def validate(*arguments, **files):
        for name, text in files.items():
            (there / name).parent.mkdir(parents=True, exist_ok=True)
            (there / name).write_text(text)
        done = run_cli("validate", *(arguments or (".",)), "--format", "json")
        assert done.status < 2, done.err
        return {
            row["path"]: ([one["code"] for one in row["diagnostics"]], bool(row["unchecked"]))
            for row in json.loads(done.out)
        }

    return validate


def test_definitions_and_providers_count_for_the_files_of_the_settings(rows, data):
    files = {"a.yaml": WIDGET, "tf/main.tf": ROCKET, "other/.iacrl.toml": "", "other/a.yaml": WIDGET}
    assert rows(**files) == {"a.yaml": ([], True), "tf": ([], True), "other/a.yaml": ([], True)}
    brought = {".iacrl.toml": "schemas = ['s/crds', 's/tf']\nexclude = ['s']"}
    brought |= {"s/crds/below/widget.yaml": CRD, "s/tf/rocket.json": dump("thrust"), "s/tf/notes.json": "{}"}
    found = rows(**brought)
    assert found == {"a.yaml": (["KB302"], False), "tf": (["TF304"], False), "other/a.yaml": ([], True)}
    assert iacrl.validate(WIDGET, "kubernetes").unchecked, "a verdict elsewhere does not see them"
    assert sorted(path.name for path in data.iterdir()) == ["repositories"], "the user's own are not touched"


def test_they_win_over_the_added_ones_and_those_of_each_folder_over_others(rows, run_cli, tmp_path):
    (tmp_path / "added.json").write_text(dump("thurst"))
    run_cli("schema", "add", tmp_path / "added.json")
    files = {"a/main.tf": ROCKET, "b/main.tf": ROCKET, "a/.iacrl.toml": "schemas = ['s']", "a/s/r.json": dump("thrust")}
    found = rows(**files)
    assert (found["a"], found["b"]) == ((["TF304"], False), ([], False))


def test_a_catalogue_of_json_schemas_counts_too(rows):
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}}
    files = {
        ".iacrl.toml": "schemas = ['s']",
        "s/README.json": "{}",
        "s/example.com/widget_v1.json": json.dumps(schema),
    }
    assert rows("a.yaml", **files, **{"a.yaml": WIDGET})["a.yaml"] == (["KB302"], True)
    Path("s/example.com").rename("s/example.org")
    assert rows("a.yaml")["a.yaml"] == ([], True)


def test_they_are_compiled_once_and_again_when_they_change(rows, monkeypatch):
    compiled = []
    original = schema_folders._compile
    monkeypatch.setattr(schema_folders, "_compile", lambda *given: (compiled.append(1), original(*given)))
    files = {".iacrl.toml": "schemas = ['s']", "a.yaml": WIDGET, "s/widget.yaml": CRD}
    for _ in range(2):
        assert rows("a.yaml", **files)["a.yaml"] == (["KB302"], False)
    assert len(compiled) == 1
    assert rows("a.yaml", **{"s/widget.yaml": CRD.replace("integer", "string")})["a.yaml"] == ([], False)
    assert len(compiled) == 2


def test_old_stores_are_deleted_when_another_is_made(rows, data, monkeypatch):
    rows("a.yaml", **{".iacrl.toml": "schemas = ['s']", "a.yaml": WIDGET, "s/widget.yaml": CRD})
    (first,) = (data / "repositories").iterdir()
    monkeypatch.setattr(schema_folders, "_KEPT", -1)
    rows("a.yaml", **{"s/widget.yaml": CRD.replace("integer", "string")})
    assert not first.exists()


def test_where_nothing_can_be_written_a_store_lasts_for_the_run(rows, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("IACRL_DATA_DIR", str(tmp_path / "file"))
    files = {".iacrl.toml": "schemas = ['s']", "a.yaml": WIDGET, "s/widget.yaml": CRD}
    assert rows("a.yaml", **files)["a.yaml"] == (["KB302"], False)
    assert BEFORE.get() == ()


def test_a_file_may_have_any_name_that_the_system_takes(rows):
    Path("s").mkdir()
    Path(os.fsdecode(b"s/\xff.json")).write_text("{}")
    files = {".iacrl.toml": "schemas = ['s']\nexclude = ['s']", "a.yaml": WIDGET, "s/widget.yaml": CRD}
    assert rows(**files)["a.yaml"] == (["KB302"], False)


def test_all_files_together_have_a_largest_size(rows, run_cli):
    """Files of zeros take no room in a repository, and gigabytes of memory here."""
    rows(**{".iacrl.toml": "", "a.yaml": WIDGET, "s/a.json": "{}", "s/b.json": "{}"})
    Path(".iacrl.toml").write_text("schemas = ['s']")
    for name in "ab":
        os.truncate(f"s/{name}.json", 200_000_000)
    done = run_cli("validate", "a.yaml")
    assert (done.status, done.out) == (2, "") and "larger than 250 MB together" in done.err


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "schemas: there is no folder s."),
        ({"s/a.txt": "x"}, "s: holds no schema"),
        ({"s/a.yaml": CRD.replace("served: true", "served: maybe"), "s/b.json": '{"provider_schemas": 3}'}, "a.yaml:"),
    ],
)
def test_what_cannot_be_used_stops_the_run(rows, run_cli, files, words, tmp_path):
    there = tmp_path / "repository"
    for name, text in {**files, ".iacrl.toml": "schemas = ['s']", "a.yaml": WIDGET}.items():
        (there / name).parent.mkdir(exist_ok=True)
        (there / name).write_text(text)
    done = run_cli("validate", "a.yaml")
    assert (done.status, done.out) == (2, "") and words in done.err
    assert "b.json" in done.err or "s/b.json" not in files, "every mistake is named"


def test_links_out_of_a_folder_are_not_read(rows, tmp_path):
    (tmp_path / "outside.yaml").write_text(CRD)
    (tmp_path / "repository" / "s").mkdir()
    (tmp_path / "repository" / "s" / "widget.yaml").symlink_to(tmp_path / "outside.yaml")
    files = {".iacrl.toml": "schemas = ['s']", "a.yaml": WIDGET, "s/gadget.yaml": CRD.replace("idget", "adget")}
    assert rows("a.yaml", **files)["a.yaml"] == ([], True)
