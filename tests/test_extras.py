"""What the base install does without the packages of the extras, and what it says where one is needed."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
#: A Python that finds no module of the packages that only extras bring.
BASE = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout

class Without:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        return None if name.partition(".")[0] in missing else self.finder.find_spec(name, path, target)

    def __getattr__(self, name):
        return getattr(self.finder, name)

missing = set(json.loads(sys.argv[2]))
sys.meta_path[:] = map(Without, sys.meta_path)
from iacrl import cli
said = []
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["iacrl", *arguments]
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(out):
        try:
            cli.main()
            status = 0
        except SystemExit as end:
            status = end.code or 0
    said.append([status, out.getvalue()])
print(json.dumps(said))
"""


def base_packages():
    """Return the names of the packages that `pip install iacrl` brings, iacrl aside."""
    found, left = set(), [Requirement(line).name for line in PROJECT["dependencies"]]
    while left:
        name = canonicalize_name(left.pop())
        if name not in found:
            found.add(name)
            needed = map(Requirement, requires(name) or ())
            left += [one.name for one in needed if one.marker is None or one.marker.evaluate({"extra": ""})]
    return found


def run_base(commands):
    base = {*base_packages(), "iacrl"}
    missing = [
        module
        for module, packages in packages_distributions().items()
        if not base & {canonicalize_name(package) for package in packages}
    ]
    done = subprocess.run(
        [sys.executable, "-c", BASE, json.dumps(commands), json.dumps(missing)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(map(tuple, commands), json.loads(done.stdout.splitlines()[-1]), strict=True))


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    folder = tmp_path_factory.mktemp("base")
    module, manifest, completions = (folder / name for name in ("main.tf", "pod.yaml", "completions.jsonl"))
    module.write_text('resource "aws_sqs_queue" "q" {\n  nmae = "x"\n}\n')
    manifest.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n")
    tasks = ROOT / "datasets" / "tiny" / "validation.jsonl"
    completions.write_text('{"task": "x", "completion": ""}\n')
    commands = {
        "terraform": ["validate", str(module)],
        "kubernetes": ["validate", str(manifest)],
        "sarif": ["validate", str(module), "--format", "sarif"],
        "explain": ["validate", "--explain", "TF304"],
        "settings": ["settings", "schema"],
        "schemas": ["schema", "list"],
        "rewards": ["reward", "list"],
        "tasks": ["data", "show", "k8s_configmap"],
        "recipe": ["config", "show", "tiny-cpu"],
        "score": ["score", str(manifest), "--task", "aws_cloudwatch_log_group-7-12"],
        "sft": ["sft", "--config", "tiny-cpu"],
        "grpo": ["grpo", "--config", "tiny-cpu"],
        "generate": ["generate", "--config", "tiny-cpu", "--domain", "terraform", "--instruction", "a queue"],
        "export": ["export", str(folder), "--out", str(folder / "to")],
        "doctor": ["doctor", "--config", "tiny-cpu"],
        "eval": ["eval", "--completions", str(completions)],
        "compare": ["compare", str(folder), str(folder)],
        "rescore": ["rescore", str(folder)],
        "report": ["report", str(folder)],
        "engine": ["validate", "--engine", "terraform", str(module)],
        "near": ["data", "dedupe", str(tasks), "--out", str(folder / "deduped.jsonl")],
        "hub": ["data", "import", "a/b", "--domain", "terraform", "--out", str(folder / "hub.jsonl")],
    }
    found = run_base(list(commands.values()))
    return {name: found[tuple(arguments)] for name, arguments in commands.items()}


def test_the_base_install_is_small():
    assert len({*base_packages(), "iacrl"}) <= 13 and "torch" not in base_packages()


def test_base_validates_and_scores(said):
    for name in ("kubernetes", "explain", "settings", "schemas", "rewards", "tasks", "recipe", "score"):
        assert said[name][0] == 0, said[name][1]
    assert said["terraform"][0] == 1 and 'Did you mean "name"?' in said["terraform"][1]
    assert said["sarif"][0] == 1 and '"TF304"' in said["sarif"][1]


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        *((name, "train") for name in ("sft", "grpo", "generate", "export", "doctor", "hub")),
        *((name, "eval") for name in ("eval", "compare", "rescore")),
        ("report", "report"), ("engine", "terraform"), ("near", "data"),
    ],
)  # fmt: skip
def test_what_an_extra_brings_is_one_line_that_names_it(said, command, extra):
    status, text = said[command]
    line = text.strip().splitlines()[-1]
    assert status == 2
    assert re.fullmatch(rf"(Error: )?.* needs .*: pip install 'iacrl\[{extra}\]'", line), text


def test_every_extra_that_is_named_exists():
    named = set()
    for path in [*(ROOT / "src").rglob("*.py"), *(ROOT / "docs").glob("*.md"), ROOT / "README.md"]:
        text = path.read_text(encoding="utf-8")
        named |= {*re.findall(r"iacrl\[([\w-]+)\]", text), *re.findall(r'require\(f?".*?", "([\w-]+)"', text)}
    assert named <= set(PROJECT["optional-dependencies"]) and {"train", "eval", "terraform", "report"} <= named
