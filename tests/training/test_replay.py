import json

import pytest
from stage_runs import run

from iacrl.config.recipes import load_config
from iacrl.errors import UserError
from iacrl.training.replay import read_replay


def chat(number):
    return {
        "messages": [{"role": "user", "content": f"What is {number}?"}, {"role": "assistant", "content": "A number."}]
    }


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "chat.jsonl"
    path.write_text("".join(json.dumps(chat(number)) + "\n" for number in range(20)))
    return path


def config_of(file, *more):
    return load_config("tiny-cpu", [f"data.replay={file}", *more])


def test_it_is_a_share_of_all_rows_drawn_by_the_seed(file):
    replay = read_replay(config_of(file, "data.replay_share=0.2"), 16)
    assert len(replay.rows) == 4 and replay.facts["rows"] == 4
    assert replay.rows[0]["completion"] == [{"role": "assistant", "content": "A number."}]
    assert replay == read_replay(config_of(file, "data.replay_share=0.2"), 16)
    assert replay != read_replay(config_of(file, "data.replay_share=0.2", "run.seed=7"), 16)
    assert len(read_replay(config_of(file, "data.replay_share=0.9"), 16).rows) == 20
    assert read_replay(load_config("tiny-cpu", []), 16) is None


@pytest.mark.parametrize("row", [{}, {"messages": [{"role": "user", "content": "a"}] * 2}, {"messages": [1, 2]}])
def test_a_row_that_is_no_chat_is_named_by_its_line(file, row):
    with file.open("a") as more:
        more.write(json.dumps(row) + "\n")
    with pytest.raises(UserError, match=r"chat\.jsonl:21: field 'messages': expected"):
        read_replay(config_of(file), 16)


def test_sft_trains_on_them_and_its_manifest_says_so(file, small):
    found = run("sft", [*small, f"data.replay={file}", "data.replay_share=0.2"])
    data = found.read_manifest()["data"]
    assert data["replay"]["rows"] == 4 and data["rows"] == 20
    assert len(data["gold"]) == 16
