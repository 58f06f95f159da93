"""What real API servers said of a few thousand objects, beside what this validator says.

Each row of `server_verdicts.jsonl` has an object and the verdicts of a strict server-side dry run by kube-apiserver
1.37.2, 1.34.4 and 1.31.14, with default feature gates: `y` taken, `n` refused. `tools/kubernetes_differential.py`
asks the servers. `IACRL_KUBERNETES_VERDICTS` names a further file to agree with, of rows {"text", "valid"} and, where a
version differs, "valid_1.34" or "valid_1.31".
"""

import json
import os
from pathlib import Path

import kubernetes_corpus as corpus
import pytest

from iacrl.domains.kubernetes import validate_text

ROWS = [json.loads(line) for line in (corpus.FIXTURES / "server_verdicts.jsonl").read_text().splitlines()]
SERVERS = ("1.37", "1.34", "1.31")
FURTHER = os.environ.get("IACRL_KUBERNETES_VERDICTS")
#: Of a further file, which may hold what a validator cannot know: CEL, custom resources, the cluster's own settings.
LEAST_AGREEMENT = 0.97


@pytest.mark.parametrize("version", SERVERS)
def test_the_verdict_is_the_servers(version):
    at = SERVERS.index(version)
    wrong = [
        (row["verdicts"], [error.message for error in verdict.errors], row["object"])
        for row in ROWS
        for verdict in (validate_text(json.dumps(row["object"]), version=version),)
        if verdict.valid is not (row["verdicts"][at] == "y")
    ]
    assert not wrong, (len(wrong), wrong[:5])


def test_many_objects_are_recorded_on_both_sides():
    taken = sum(row["verdicts"][0] == "y" for row in ROWS)
    assert taken >= 400
    assert len(ROWS) - taken >= 1000
    assert len({row["object"]["kind"] for row in ROWS}) >= 40
    assert sum(len(set(row["verdicts"])) > 1 for row in ROWS) >= 50


@pytest.mark.skipif(not FURTHER, reason="IACRL_KUBERNETES_VERDICTS names no file")
@pytest.mark.parametrize("version", SERVERS)
def test_a_further_file_is_agreed_with(version):
    rows = [json.loads(line) for line in Path(FURTHER).read_text(encoding="utf-8").splitlines()]
    agreed = [
        validate_text(row["text"], version=version).valid is row.get(f"valid_{version}", row["valid"]) for row in rows
    ]
    assert sum(agreed) >= LEAST_AGREEMENT * len(rows)
