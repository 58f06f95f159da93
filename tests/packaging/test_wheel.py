"""What the wheel holds works from any directory."""

import json
import re
import zipfile

import yaml

ASK = """
import iacrl
task = iacrl.load_tasks("terraform", split="test")[0]
print(iacrl.__file__)
print(iacrl.score(task.output, task).total)
print(len(iacrl.load_tasks("kubernetes", split="train")) > 1000)
"""


def test_every_package_and_its_data_are_in_the_wheel(distributions):
    names = zipfile.ZipFile(distributions[1]).namelist()
    for wanted in (
        "iacrl/py.typed",
        "iacrl/rewards/syntax.py",
        "iacrl/configs/tiny-cpu.yaml",
        "iacrl/datasets/terraform-test.jsonl.gz",
        "iacrl/datasets/terraform-train.jsonl.gz",
        "iacrl/datasets/tiny/train.jsonl",
        "iacrl/models/tiny-base/model.safetensors",
        "iacrl/domains/terraform/schema/bundled/aws.pack",
        "iacrl/domains/kubernetes/schema/packs/1.37.json.z",
        "iacrl/tasks/families/terraform/aws/aws_sqs_queue.py",
    ):
        assert wanted in names
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests/")]


def test_the_page_of_an_index_links_to_the_repository(distributions):
    wheel = zipfile.ZipFile(distributions[1])
    (metadata,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    page = wheel.read(metadata).decode()
    links = re.findall(r'\]\(([^)]+)\)|\bsrc(?:set)?="([^"]+)"', page)
    assert len(links) > 40
    assert [link for pair in links for link in pair if link and not link.startswith(("https://", "#"))] == []


def test_it_validates_and_scores_from_another_directory(installed, tmp_path):
    (tmp_path / "main.tf").write_text('resource "aws_sqs_queue" "a" {\n  nmae = "a"\n}\n')
    assert "nmae" in installed.run("iacrl", "validate", "main.tf", cwd=tmp_path, status=1)
    place, total, compressed = installed.run("python", "-c", ASK, cwd=tmp_path).splitlines()
    assert "installed" in place and total == "1.0" and compressed == "True"


def test_the_recipes_of_the_demonstration_find_their_files(installed, tmp_path):
    for name in ("tiny-cpu", "tiny-learn"):
        resolved = yaml.safe_load(installed.run("iacrl", "sft", "--config", name, "--dry-run", cwd=tmp_path))
        code = "import json, sys; from pathlib import Path; print(json.dumps([Path(p).exists() for p in sys.argv[1:]]))"
        paths = [resolved["model"]["id"], *(resolved["data"][split] for split in ("train", "validation", "test"))]
        assert json.loads(installed.run("python", "-c", code, *paths, cwd=tmp_path)) == [True] * 4
