"""A run directory from anybody: its data are read, and nothing that it names is run."""

import json
import os
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from iacrl.config.of_run import load_config_of_run
from iacrl.config.recipes import load_config
from iacrl.errors import UserError
from iacrl.evaluation.model_source import ModelSource, resolve_config
from iacrl.scoring.runtime import Limits


@pytest.fixture
def foreign_run(tmp_path):
    """A finished stage whose configuration names a reward that leaves a mark, a model's own code, and an engine."""
    run = tmp_path / "foreign"
    (run / "adapter").mkdir(parents=True)
    mark = tmp_path / "has-run"
    (run / "evil.py").write_text(
        f"import pathlib\nimport iacrl\n\npathlib.Path({str(mark)!r}).touch()\n\n\n"
        '@iacrl.reward\ndef evil(task, verdict):\n    """Evil."""\n    return 1.0\n'
    )
    config = {
        "model": {"id": "org/model", "trust_remote_code": True},
        "grpo": {},
        "run": {"name": "foreign"},
        "rewards": {"weights": {"./evil.py": 1.0}},
        "domains": {"kubernetes": {"assets": "/tmp/servers"}},
    }
    (run / "config.yaml").write_text(yaml.safe_dump(config))
    manifest = {"status": "complete", "stage": "grpo", "adapter_digest": "0", "lineage": {"base_model": "org/model"}}
    (run / "manifest.json").write_text(json.dumps(manifest))
    return run, mark


def test_a_run_starts_no_more_scoring_processes_than_this_machine_would(tmp_path):
    most = Limits().worker_count()
    for asked in (100_000, 1):
        (tmp_path / "config.yaml").write_text(
            f"grpo: {{}}\nmodel: {{id: a/b}}\nrun: {{name: x}}\nrewards: {{workers: {asked}}}\n"
        )
        assert load_config_of_run(tmp_path).rewards.workers == min(asked, most)
        assert load_config_of_run(tmp_path, [f"rewards.workers={most + 1}"]).rewards.workers == most + 1


def test_all_that_would_run_is_named(foreign_run):
    run, mark = foreign_run
    with pytest.raises(UserError) as error:
        load_config_of_run(run)
    told = str(error.value)
    assert f"rewards.weights: {run / 'evil.py'}" in told and "--trust" in told
    assert "model.trust_remote_code: the Python code in the repository of org/model" in told
    assert "domains.kubernetes.assets: /tmp/servers (The directory of the engine's" in told
    assert not mark.exists()


def test_what_the_user_names_is_the_users(foreign_run):
    run, _ = foreign_run
    mine = ["rewards.weights={syntax: 1}", "model.trust_remote_code=true", "domains.kubernetes.assets=/usr/local/bin"]
    config = load_config_of_run(run, mine)
    assert config.model.trust_remote_code and config.domains["kubernetes"]["assets"] == "/usr/local/bin"
    for left_out in range(3):
        with pytest.raises(UserError, match="names what would run"):
            load_config_of_run(run, [one for number, one in enumerate(mine) if number != left_out])


def test_trusted_it_is_read_as_any_recipe(foreign_run):
    run, _ = foreign_run
    assert load_config_of_run(run, trust=True).rewards.weights == {str(run / "evil.py"): 1.0}


@pytest.mark.parametrize(
    "command", [["eval", "--dry-run", "--model"], ["export", "--out", "out"]], ids=["eval", "export"]
)
def test_a_command_runs_nothing_of_it_unasked(run_cli, foreign_run, tmp_path, monkeypatch, command):
    run, mark = foreign_run
    monkeypatch.chdir(tmp_path)
    done = run_cli(*command, run)
    assert done.status == 2 and f"{run / 'evil.py'}" in done.err
    assert not mark.exists() and not (tmp_path / "out").exists()


def test_eval_runs_it_when_asked(run_cli, foreign_run):
    run, mark = foreign_run
    assert run_cli("eval", "--dry-run", "--trust", "--model", run).status == 0
    assert mark.exists()


@pytest.mark.parametrize("name", ["test", "weights"])
def test_a_pipe_that_a_run_names_is_refused(foreign_run, name):
    run, _ = foreign_run
    os.mkfifo(run / "pipe")
    config = yaml.safe_load((run / "config.yaml").read_text())
    (run / "config.yaml").write_text(yaml.safe_dump({**config, "data": {name: "pipe"}}))
    with pytest.raises(UserError, match=r"pipe: is a device, a socket or a pipe"):
        load_config_of_run(run, trust=True)
    assert load_config_of_run(run, [f"data.{name}=tasks.jsonl"], trust=True)


def test_trust_is_refused_where_nothing_is_of_a_run(run_cli, foreign_run):
    run, _ = foreign_run
    assert "--trust is about" in run_cli("eval", "--trust", "--config", "tiny-cpu", "--dry-run").err
    assert "--trust has no effect" in run_cli("export", run, "--out", "out", "--adapter-only", "--trust").err


@pytest.mark.parametrize(
    ("named", "used"),
    [("/elsewhere", "runs"), ("../elsewhere", "runs"), ("mine/runs", "mine/runs"), ("ITS OWN", "ITS OWN")],
)
def test_a_run_does_not_decide_where_its_evaluation_is_written(tmp_path, named, used):
    folder = tmp_path / "foreign" / "sft"
    (folder / "adapter").mkdir(parents=True)
    (folder / "manifest.json").write_text('{"status": "complete", "stage": "sft"}')
    own = {"name": "x", "dir": named.replace("ITS OWN", str(tmp_path))}
    config = {"model": {"id": "org/model"}, "grpo": {}, "run": own}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    source = ModelSource(model=str(folder))
    assert resolve_config(source, None, []).run.dir == Path(used.replace("ITS OWN", str(tmp_path)))
    assert resolve_config(source, None, ["run.dir=/mine"]).run.dir == Path("/mine")


@pytest.mark.parametrize("override", ["model.id=" + "x" * 5_000, f"rewards.weights={{{'x' * 5_000}.py: 1.0}}"])
def test_a_name_that_is_too_long_for_a_file_is_no_file(override):
    with suppress(UserError):
        assert load_config("tiny-cpu", [override]).model.id == "x" * 5_000
