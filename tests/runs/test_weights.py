"""`data.weights`: tasks drawn in proportion, and files that are refused."""

import json
from collections import Counter
from random import Random

import pytest

import iacrl
from iacrl.errors import UserError
from iacrl.runs.weights import draw, read_weights
from iacrl.training.rows import prompt_order


@pytest.fixture(scope="module")
def tasks():
    return iacrl.load_tasks("terraform", split="test")[:3]


@pytest.mark.parametrize("seed", range(20))
def test_each_is_drawn_as_often_as_its_weight_asks(seed):
    weights = [0.0, 1.0, 0.5, 2.5, 0.0, 1e-9, 4.0, 0.0]
    drawn = Counter(draw(weights, 80, Random(seed)))
    assert sum(drawn.values()) == 80 and drawn[0] == drawn[4] == drawn[7] == 0
    for index, weight in enumerate(weights):
        assert abs(drawn[index] - 80 * weight / sum(weights)) < 1
    assert sorted(draw([1.0] * 7, 7, Random(seed))) == list(range(7)), "equal weights leave nobody out"


def test_prompts_follow_the_weights_and_the_seed():
    order = prompt_order(4, 40, seed=1, weights=[0.0, 1.0, 1.0, 2.0])
    assert Counter(order) == {1: 10, 2: 10, 3: 20}
    assert order == prompt_order(4, 40, 1, [0.0, 1.0, 1.0, 2.0]) != prompt_order(4, 40, 2, [0.0, 1.0, 1.0, 2.0])


def test_tasks_without_a_row_weigh_1(tasks, tmp_path):
    file = tmp_path / "weights.jsonl"
    file.write_text(json.dumps({"task": tasks[1].id, "weight": 0.25, "why": ["x"]}) + "\n")
    found = read_weights(file, tasks)
    assert found.of(tasks) == [1.0, 0.25, 1.0]
    file.write_text(json.dumps({"weight": 0.25, "task": tasks[1].id}) + "\n")
    assert read_weights(file, tasks).digest == found.digest, "only ids and weights decide"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ('{"task": "T", "weight": -1}', ":1: the weight -1 "),
        ('{"task": "T", "weight": NaN}', "the weight nan"),
        ('{"task": "T", "weight": true}', "a row is"),
        ('{"task": "other", "weight": 1}', "names none of the 3"),
        ('{"task": "T", "weight": 1}\n{"task": "T", "weight": 2}', ":2: gives T another weight"),
    ],
)
def test_bad_weights_are_refused(tasks, tmp_path, rows, message):
    file = tmp_path / "weights.jsonl"
    file.write_text(rows.replace('"T"', json.dumps(tasks[0].id)))
    with pytest.raises(UserError, match=message.replace("T", tasks[0].id)):
        read_weights(file, tasks)


def test_weights_of_0_alone_are_refused(tasks, tmp_path):
    file = tmp_path / "weights.jsonl"
    file.write_text("".join(json.dumps({"task": task.id, "weight": 0}) + "\n" for task in tasks))
    with pytest.raises(UserError, match="every training task has weight 0"):
        read_weights(file, tasks)
