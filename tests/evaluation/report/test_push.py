"""`iacrl push` against a stand-in for the hub."""

import json
import shutil

import pytest
from ci_log import FORGED, is_ours_alone
from hub_server import hub_server
from huggingface_hub import ModelCard, constants
from peft import LoraConfig, get_peft_model

from iacrl.evaluation.report.model_card import render_card
from iacrl.evaluation.report.reading import read_run
from iacrl.evaluation.report.summary import summarize
from iacrl.files import write_json


@pytest.fixture
def hub(monkeypatch):
    with hub_server() as found:
        monkeypatch.setattr(constants, "ENDPOINT", found.url)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setenv("HF_TOKEN", "mine")
        yield found


@pytest.fixture
def pushable(runs, tiny_model, tmp_path):
    """A run with an evaluation, and with an adapter that its manifest knows."""
    from transformers import AutoModelForCausalLM

    from iacrl.training.trained_files import saved_digest

    run = tmp_path / "first"
    shutil.copytree(runs.first, run)
    adapter = run / "grpo" / "adapter"
    base = AutoModelForCausalLM.from_pretrained(tiny_model)
    get_peft_model(base, LoraConfig(r=2, target_modules=["q_proj"])).save_pretrained(adapter)
    manifest = json.loads((run / "grpo" / "manifest.json").read_text())
    manifest |= {"status": "complete", "adapter_digest": saved_digest(adapter)}
    write_json(run / "grpo" / "manifest.json", manifest)
    return run


def is_private(created):
    """Say what a request for a new repository asks; newer versions of the client spell it otherwise."""
    return created.get("private") is True or created.get("visibility") == "private"


def test_a_dry_run_shows_the_files_and_the_card_and_sends_nothing(pushable, hub, run_cli):
    done = run_cli("push", pushable, "me/writer", "--adapter-only", "--dry-run")
    assert done.status == 0, done.err
    assert "adapter_model.safetensors" in done.out and "README.md" in done.out
    assert "pass@1" in done.out and "me/writer, private if new" in done.out
    assert hub.tokens == []


def test_a_dry_run_shows_no_command_of_a_foreign_run(pushable, hub, run_cli):
    evaluation = pushable / "eval" / "eval.json"
    forged = f"{'x' * 80} {FORGED}"  # the card's metadata are folded at spaces
    evaluation.write_text(evaluation.read_text().replace('"terraform"', json.dumps(forged)))
    done = run_cli("push", pushable, "me/writer", "--adapter-only", "--dry-run")
    assert done.status == 0 and "set-output" in done.out
    assert is_ours_alone(done.out), done.out


def test_the_adapter_and_a_card_with_the_figures_are_sent_privately(pushable, hub, run_cli, tmp_path):
    done = run_cli("push", pushable, "me/writer", "--adapter-only")
    assert done.status == 0, done.err
    (created,) = hub.created
    assert created["name"] == "writer" and created["organization"] == "me" and is_private(created)
    assert {"README.md", "adapter_model.safetensors", "adapter_config.json", "iacrl.json"} <= hub.files.keys()
    assert ModelCard(hub.files["README.md"].decode()).data.eval_results
    assert json.loads(hub.files["iacrl.json"])["run"] == "first"
    assert set(hub.tokens) == {"Bearer mine"}
    assert run_cli("push", pushable, "me/writer", "--adapter-only", "--public").status == 0
    assert not is_private(hub.created[-1])


@pytest.fixture
def placed(pushable):
    """A run whose records name places of this machine wherever they can."""
    for stage in ("sft", "grpo", "eval"):
        path = pushable / stage / "manifest.json"
        content = json.loads(path.read_text())
        if stage == "sft":
            content |= {"status": "failed", "failure": "/home/someone/my runs/first: the disk is full"}
        content["warnings"] = [{"guard": "idle", "step": 2, "reason": "the reward /home/someone/mine.py is constant"}]
        content["warnings"] += [{"guard": "flat", "step": 3, "reason": "the reward /srv/my runs/own.py is constant"}]
        write_json(path, content)
    evaluation = pushable / "eval" / "eval.json"
    evaluation.write_text(evaluation.read_text().replace('"grpo"', '"/home/someone/exported"'))
    content = json.loads(evaluation.read_text())
    content["protocol"]["rubric"]["/srv/my runs/own.py"] = 1.0
    write_json(evaluation, content)
    adapter = pushable / "grpo" / "adapter" / "adapter_config.json"
    write_json(adapter, {**json.loads(adapter.read_text()), "base_model_name_or_path": "/home/someone/base"})
    manifest = pushable / "grpo" / "manifest.json"
    from iacrl.training.trained_files import saved_digest

    digest = saved_digest(adapter.parent)
    write_json(manifest, {**json.loads(manifest.read_text()), "adapter_digest": digest})
    return pushable


def test_no_path_of_this_machine_is_sent(placed, hub, run_cli):
    done = run_cli("push", placed, "me/writer", "--adapter-only")
    assert done.status == 0, done.err
    sent = {name: content for name, content in hub.files.items() if b"someone" in content or b"my runs" in content}
    assert not sent
    assert json.loads(hub.files["adapter_config.json"])["base_model_name_or_path"] == "org/base-model"
    card = hub.files["README.md"].decode()
    assert "sft: the stage is not finished (its status is failed)" in card and "the reward mine.py is" in card
    assert "the reward own.py is" in card


def test_the_card_names_no_cluster_of_the_user(pushable):
    evaluation = pushable / "eval" / "eval.json"
    content = json.loads(evaluation.read_text())
    content["protocol"]["options"] = {
        "kubernetes": {"version": "1.34", "context": "prod-admin@corp", "assets": "kube tools/corp"},
        "elsewhere": {"secret": "corp"},
    }
    write_json(evaluation, content)
    card = render_card(summarize([read_run(pushable, "first")]))
    assert "(kubernetes version 1.34)" in card and "corp" not in card


@pytest.mark.parametrize("base", ["/home/someone/base", "~/base", "../base", "models/base", "base.gguf"])
def test_a_base_of_this_machine_however_it_is_named(pushable, hub, run_cli, base):
    for stage in ("sft", "grpo"):
        path = pushable / stage / "manifest.json"
        content = json.loads(path.read_text())
        content["lineage"] |= {"base_model": base, "base_digest": "sha256:0"}
        write_json(path, content)
    done = run_cli("push", pushable, "me/writer", "--adapter-only")
    assert done.status == 2 and "nobody else could load" in done.err and hub.files == {}
    card = render_card(summarize([read_run(pushable, "first")]))
    assert "base_model" not in card and f"from {base.rpartition('/')[2]}" in card
    assert base == "base.gguf" or base not in card


def test_what_cannot_be_pushed_is_refused_in_one_message(pushable, hub, run_cli, monkeypatch):
    def refused(*arguments):
        done = run_cli("push", pushable, *arguments)
        assert done.status == 2 and done.err.count("Error") == 1 and hub.files == {}
        return done.err

    assert "name the owner too" in refused("writer", "--adapter-only")
    assert "not the name of a repository" in refused("me/wri ter", "--adapter-only")
    monkeypatch.setenv("HF_TOKEN", "refused")
    assert "the hub refused" in refused("me/writer", "--adapter-only")
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    assert "cannot be reached" in refused("me/writer", "--adapter-only")
    manifest = pushable / "grpo" / "manifest.json"
    content = json.loads(manifest.read_text())
    content["lineage"]["base_model"] = "/home/me/base"
    write_json(manifest, content)
    assert "nobody else could load" in refused("me/writer", "--adapter-only")
    shutil.rmtree(pushable / "eval")
    assert "Run `iacrl eval`" in refused("me/writer", "--adapter-only")


def test_a_link_in_an_adapter_is_no_way_to_send_another_file(pushable, hub, run_cli, tmp_path):
    (tmp_path / "secret").write_text("mine")
    (tmp_path / "keys.txt").mkdir()
    for target in ("secret", "keys.txt"):
        link = pushable / "grpo" / "adapter" / "vocab.txt"
        link.symlink_to(tmp_path / target)
        done = run_cli("push", pushable, "me/writer", "--adapter-only")
        assert done.status == 2 and "vocab.txt: is a link" in done.err and hub.files == {}
        link.unlink()
