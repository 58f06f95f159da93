"""Task files by their address on the hub, read from a stand-in for it."""

import json

import pytest
from hub_server import hub_server
from huggingface_hub import constants

from iacrl.config.recipes import load_config
from iacrl.errors import UserError
from iacrl.runs.splits import read_split
from iacrl.tasks.hub_files import task_file

ROW = {"id": "one", "domain": "terraform", "instruction": "A bucket", "output": 'resource "aws_s3_bucket" "a" {}\n'}


@pytest.fixture
def hub(monkeypatch, tmp_path):
    with hub_server() as found:
        monkeypatch.setattr(constants, "ENDPOINT", found.url)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", found.url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        yield found


def test_a_recipe_reads_its_tasks_from_the_hub(hub):
    hub.datasets["me/tasks"] = {"data/train.jsonl": json.dumps(ROW).encode()}
    address = "hf://datasets/me/tasks/data/train.jsonl"
    config = load_config("tiny-cpu", [f"data.train={address}", 'data.domains=["terraform"]'])
    assert config.data.train == address, "an address is no path to make absolute"
    assert [task.id for task in read_split(config, "train").tasks] == ["one"]


def test_what_the_hub_does_not_have_is_refused_in_one_message(hub):
    with pytest.raises(UserError, match=r"hf://datasets/me/tasks/other\.jsonl: the hub does not give this file"):
        task_file("hf://datasets/me/tasks/other.jsonl")
    with pytest.raises(UserError, match="expected hf://datasets/OWNER/NAME/FILE"):
        task_file("hf://me/tasks")


@pytest.mark.parametrize("place", ["../../a/b", "me/tasks/../../../../etc/passwd", "me/tasks//etc/passwd", "-a/b/c"])
def test_no_address_leads_out_of_the_cache(hub, place):
    with pytest.raises(UserError, match="the hub does not give this file"):
        task_file(f"hf://datasets/{place}")
