"""Rows of a Ray data set."""

import json

import pytest

from iacrl.errors import UserError
from iacrl.ray import Validator

BATCH = {
    "id": ["a", "b", "c"],
    "domain": ["terraform", "terraform", "kubernetes"],
    "text": ['variable "a" {}\n', "variable {}\n", "apiVersion: batch/v1beta1\nkind: CronJob\n"],
    "more": [1, 2, 3],
}


def test_columns_are_added_and_others_kept():
    found = Validator()(BATCH)
    assert found["valid"] == [True, False, False]
    assert found["more"] == BATCH["more"]
    assert [json.loads(row)["id"] for row in found["verdict"]] == ["a", "b", "c"]
    assert found["codes"][0] == "" and found["codes"][1].startswith("TF")


def test_options_count():
    text = "apiVersion: flowcontrol.apiserver.k8s.io/v1beta2\nkind: FlowSchema\nmetadata:\n  name: a\n"
    batch = {"id": [1], "domain": ["kubernetes"], "text": [text]}
    codes = [Validator(options={"kubernetes": {"version": version}})(batch)["codes"] for version in ("1.25", "1.37")]
    assert codes[0] != codes[1]


def test_a_missing_column_is_named():
    with pytest.raises(UserError, match="no column 'text'"):
        Validator()({"id": [1], "domain": ["terraform"]})


def test_map_batches_of_a_local_ray():
    ray = pytest.importorskip("ray", reason="needs the extra ray")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        rows = [{"id": n, "domain": "terraform", "text": f'variable "a" {{{"x" * (n % 2)}}}\n'} for n in range(60)]
        dataset = ray.data.from_items(rows).map_batches(Validator, batch_size=20, concurrency=2)
        found = {row["id"]: row["valid"] for row in dataset.take_all()}
    finally:
        ray.shutdown()
    assert found == {n: n % 2 == 0 for n in range(60)}
