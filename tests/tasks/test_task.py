from functools import reduce

import pytest

from iacrl.errors import UserError
from iacrl.tasks import Task

ALPACA = {"instruction": "Create a bucket.", "input": "", "output": 'resource "aws_s3_bucket" "b" {}\n'}
ROW = {
    "id": "b-1",
    "domain": "terraform",
    "family": "aws_s3_bucket",
    "difficulty": 2,
    "split": "test",
    "seed": 7,
    **ALPACA,
    "intent": {"must_exist": [{"as": "bucket", "is": "resource aws_s3_bucket"}]},
}


def test_a_full_row_comes_back_as_it_was():
    assert Task.from_json(ROW).to_json() == ROW


def test_an_alpaca_row_keeps_its_fields_and_those_iacrl_does_not_know():
    row = {**ALPACA, "source": {"url": "https://example.com"}}
    assert Task.from_json(row, domain="terraform").to_json() == {"domain": "terraform", **row}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"instruction": None}, "'instruction' is missing: expected a string"),
        ({"instruction": "  "}, "'instruction' is empty"),
        ({"output": 3}, "'output' is int: expected a string"),
        ({"domain": "teraform"}, "'domain': Unknown domain 'teraform'.*Did you mean 'terraform'"),
        ({"domain": None}, "'domain' is missing: expected one of terraform, kubernetes"),
        ({"split": "dev"}, "'split' is 'dev': expected one of train, validation, test"),
        ({"difficulty": 9}, "'difficulty' is 9: expected a whole number from 1 to 5"),
        ({"difficulty": True}, "'difficulty' is True: expected a whole number"),
        ({"seed": "x"}, "'seed' is 'x': expected a whole number"),
        ({"intent": []}, "intent is list: expected an object"),
        ({"instruction": "\ud800"}, "'instruction' holds half of a surrogate pair"),
        ({"source": {"\ud800": 1}}, "holds half of a surrogate pair"),
        ({"source": reduce(lambda inner, _: [inner], range(100_000), [])}, "nested too deeply"),
    ],
)
def test_a_malformed_field_is_named_with_what_was_expected(change, message):
    with pytest.raises(UserError, match=message):
        Task.from_json(ROW | change)
