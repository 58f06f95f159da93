"""What a real API server said of definitions of custom kinds, and of objects of them, beside what this validator says.

Each row of `crd_verdicts.jsonl` has the schema of `spec` of a kind, and whether kube-apiserver 1.37.2 took the
definition in a strict dry run (`y`) or refused it (`n`). A row with an `object` has the verdict of a new object with
that `spec`, after the definition was created.
"""

import json

import kubernetes_corpus as corpus

from iacrl.domains.kubernetes import validate_text

ROWS = [json.loads(line) for line in (corpus.FIXTURES / "crd_verdicts.jsonl").read_text().splitlines()]


def _text(row):
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": row["schema"]}}},
    }
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "kettles.example.org"},
        "spec": {
            "group": "example.org",
            "scope": "Namespaced",
            "names": {"kind": "Kettle", "plural": "kettles"},
            "versions": [version],
        },
    }
    documents = [json.dumps(definition)]
    if "object" in row:
        kettle = {"apiVersion": "example.org/v1", "kind": "Kettle", "metadata": {"name": "k"}, "spec": row["object"]}
        documents.append(json.dumps(kettle))
    return "\n---\n".join(documents)


def test_the_verdict_is_the_servers():
    wrong = [
        (row, [error.message for error in verdict.errors])
        for row in ROWS
        for verdict in (validate_text(_text(row), version="1.37"),)
        if verdict.valid is not (row["verdict"] == "y")
    ]
    assert not wrong, (len(wrong), wrong[:5])


def test_many_are_recorded_on_both_sides():
    taken = sum(row["verdict"] == "y" for row in ROWS)
    assert taken >= 200
    assert len(ROWS) - taken >= 80
