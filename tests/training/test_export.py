"""What `iacrl export` writes is the policy that was trained, or it is not written."""

import json
import shutil

import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file, save_file
from tiny_models import save_llama
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

from iacrl.config.recipes import load_config
from iacrl.errors import UserError
from iacrl.training.tokenizer import load_tokenizer

PROMPT = [{"role": "user", "content": 'resource "aws_s3_bucket" "acme-logs_2026" {\n  force_destroy = true\n}'}]


def train(model, where, *more):
    """Return a short SFT run whose adapter has moved far from nothing."""
    from iacrl.training.sft import run_sft

    overrides = [
        f"model.id={model}",
        f"run.dir={where / 'runs'}",
        "run.name=small",
        "data.sft_rows=16",
        "sft.batch_size=8",
        "sft.learning_rate=2e-2",
        "gates.action=skip",
        "eval.max_completion_tokens=8",
        *more,
    ]
    return run_sft(load_config("tiny-cpu", overrides))


@pytest.fixture
def trained(tiny_model, letters_reward, tmp_path):
    return train(tiny_model, tmp_path, "sft.epochs=8", f'rewards.weights={{"{letters_reward}": 1.0}}')


@pytest.fixture(scope="module")
def barely_trained(tiny_model, tmp_path_factory):
    """Shared by the tests that change what was trained or what it stands on; each works on a copy."""
    where = tmp_path_factory.mktemp("export")
    shutil.copytree(tiny_model, where / "model")
    train(where / "model", where, "sft.steps=1", "sft.warmup_steps=0")
    return where


@pytest.fixture
def changeable(barely_trained, tmp_path):
    """A run, and the model that it stands on."""
    from iacrl.runs.directory import RunDirectory

    shutil.copytree(barely_trained, tmp_path / "own")
    run = RunDirectory(tmp_path / "own" / "runs" / "small" / "sft")
    config = run.path / "config.yaml"
    config.write_text(config.read_text().replace(str(barely_trained), str(tmp_path / "own")))
    return run, tmp_path / "own" / "model"


def call(*arguments):
    from iacrl.cli.export import command

    return CliRunner().invoke(command, [str(item) for item in arguments], catch_exceptions=False)


def ids(tokenizer):
    return list(tokenizer.apply_chat_template(PROMPT, add_generation_prompt=True)["input_ids"])


def test_merged_weights_are_the_trained_policy(trained, tmp_path, monkeypatch):
    from iacrl.training import export, trained_policy

    target = tmp_path / "out" / "policy"
    check = export.export_merged(export.find_run(trained.path.parent), target, trust=True)
    assert not check.wrong()
    assert abs(check.score_before - check.score_after) < 0.1
    weights = AutoModelForCausalLM.from_pretrained(target)
    assert weights.dtype == torch.bfloat16
    assert weights.generation_config.eos_token_id == [weights.config.eos_token_id]
    facts = json.loads((target / "iacrl.json").read_text())
    assert facts["adapter_digest"] == trained.read_manifest()["adapter_digest"]
    assert facts["check"]["tasks"] == check.tasks > 0
    assert facts["check"]["same_verdicts"] == check.same_verdicts <= check.tasks

    # The check can fail: weights without the adapter are refused, and nothing is left of them.
    def without_adapter(policy):
        return trained_policy.load_base(policy.config.model).dequantize()

    monkeypatch.setattr(trained_policy.TrainedPolicy, "merged", without_adapter)
    with pytest.raises(UserError, match="not the trained policy"):
        export.export_merged(trained, tmp_path / "lost", trust=True)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["out", "runs"]


def test_a_tokenizer_that_would_be_read_otherwise_stands_apart(changeable, tmp_path):
    """`AutoTokenizer` gives every model of type qwen2 Qwen2's own way of splitting text."""
    run, model = changeable
    own = PreTrainedTokenizerFast.from_pretrained(model)
    assert ids(AutoTokenizer.from_pretrained(model)) != ids(own), "else this test shows nothing"
    target = tmp_path / "out"
    done = call(run.path, "--out", target)
    assert done.exit_code == 0, done.output
    assert "vllm serve" in done.stderr and str(target / "tokenizer") in done.stderr
    assert ids(AutoTokenizer.from_pretrained(target / "tokenizer")) == ids(own)
    assert not (target / "tokenizer.json").exists(), "nothing that AutoTokenizer would read wrongly is left"
    check = json.loads((target / "iacrl.json").read_text())["check"]
    assert check["tokenizer"] == "tokenizer"
    assert ids(load_tokenizer(load_config("tiny-cpu", [f"model.id={target}"]).model)) == ids(own), "read by iacrl too"
    assert f"on {check['tasks']} validation tasks" in done.stdout
    assert f"{check['same_verdicts']} verdicts and {check['same_texts']} texts the same" in done.stdout


def test_a_tokenizer_that_is_read_alike_stands_beside_the_weights(tiny_model, tmp_path):
    model = save_llama(tmp_path / "model", tiny_model)
    run = train(model, tmp_path, "sft.steps=1", "sft.warmup_steps=0")
    done = call(run.path, "--out", tmp_path / "out")
    assert done.exit_code == 0 and "Warning" not in done.stderr
    assert not (tmp_path / "out" / "tokenizer").exists()
    assert ids(AutoTokenizer.from_pretrained(tmp_path / "out")) == ids(PreTrainedTokenizerFast.from_pretrained(model))


def test_a_tokenizer_that_is_read_otherwise_in_either_place_is_refused(changeable, tmp_path, monkeypatch):
    from iacrl.training import export_check

    monkeypatch.setattr(export_check, "_reads_alike", lambda *args: False)
    with pytest.raises(UserError, match="does not survive being saved"):
        call(changeable[0].path, "--out", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["own"]


def test_verdicts_that_differ_are_refused():
    from iacrl.training.export_check import Measurement, compare

    before = Measurement(-1.0, ("a", "b", "c", "d"), ((True, True), (True, False), (False, False), (True, True)), 0.5)
    rounded = Measurement(-1.01, ("a", "b", "c", "x"), (*before.verdicts[:3], (True, False)), 0.4)
    check = compare(before, rounded, "")
    assert (check.same_verdicts, check.same_texts, check.wrong()) == (3, 3, "")
    cut_off = Measurement(-1.01, ("x",) * 4, ((False, False),) * 4, 0.0)
    assert "only 1 of 4 greedy completions" in compare(before, cut_off, "").wrong()
    assert "log-probability" in compare(before, Measurement(-1.2, before.texts, before.verdicts, 0.5), "").wrong()


class TestRefused:
    """What the run was trained on, or what it trained, has changed since."""

    def refused(self, run, tmp_path, *more):
        with pytest.raises(UserError) as error:
            call(run.path, "--out", tmp_path / "out", *more)
        assert [path.name for path in tmp_path.iterdir()] == ["own"], "nothing is left"
        return str(error.value)

    def test_another_base(self, changeable, tmp_path):
        run, model = changeable
        weights = load_file(model / "model.safetensors")
        weights["model.norm.weight"] += 1.0
        save_file(weights, model / "model.safetensors", metadata={"format": "pt"})
        told = self.refused(run, tmp_path)
        assert "base model (its weights): the run has sha256" in told and "--adapter-only" in told
        assert call(run.path, "--out", tmp_path / "out", "--adapter-only").exit_code == 0

    def test_another_chat_template(self, changeable, tmp_path):
        run, model = changeable
        template = model / "chat_template.jinja"
        template.write_text(template.read_text().replace("assistant", "model"))
        assert "prompt (messages or chat template)" in self.refused(run, tmp_path)

    @pytest.mark.parametrize("more", [(), ("--adapter-only",)])
    def test_another_adapter(self, changeable, tmp_path, more):
        run, _ = changeable
        file = run.adapter / "adapter_model.safetensors"
        tensors = load_file(file)
        tensors[sorted(tensors)[0]][0, 0] += 1e-3
        save_file(tensors, file)
        assert "digest differs" in self.refused(run, tmp_path, *more)

    @pytest.mark.parametrize("more", [(), ("--adapter-only",)])
    def test_an_adapter_that_is_cut_off(self, changeable, tmp_path, more):
        run, _ = changeable
        file = run.adapter / "adapter_model.safetensors"
        file.write_bytes(file.read_bytes()[:1000])
        assert "cannot be read" in self.refused(run, tmp_path, *more)


def test_the_adapter_alone(changeable, tmp_path):
    run, _ = changeable
    target = tmp_path / "adapter"
    for foreign in ("credentials.json", "notes.md", "model.safetensors", "x/tokenizer.json"):
        (run.adapter / foreign).parent.mkdir(exist_ok=True)
        (run.adapter / foreign).write_text("{}")
    assert call(run.path, "--out", target, "--adapter-only").exit_code == 0
    names = {path.name for path in target.iterdir()}
    assert {"adapter_model.safetensors", "adapter_config.json", "tokenizer.json", "iacrl.json"} <= names
    assert not names & {"credentials.json", "notes.md", "model.safetensors", "x"}
    with pytest.raises(UserError, match="not empty"):
        call(run.path, "--out", target, "--adapter-only")
    assert call(run.path, "--out", target, "--adapter-only", "--overwrite").exit_code == 0


def test_only_an_earlier_export_is_overwritten(changeable, tmp_path):
    run, _ = changeable
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").touch()
    for target in (run.path, run.path.parent, mine):  # it would delete what it exports, or anything else
        with pytest.raises(UserError, match="replaces an earlier export and nothing else"):
            call(run.path, "--out", target, "--adapter-only", "--overwrite")
    link, export = tmp_path / "link", tmp_path / "export"
    export.mkdir()
    link.symlink_to(export)
    assert call(run.path, "--out", link, "--adapter-only").exit_code == 0
    assert call(run.path, "--out", link, "--adapter-only", "--overwrite").exit_code == 0
    assert link.is_symlink() and (export / "iacrl.json").is_file()
    (export / ".git").mkdir()
    with pytest.raises(UserError, match=r"holds \.git"):
        call(run.path, "--out", export, "--adapter-only", "--overwrite")


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_appears_in_the_target_during_an_export_is_kept(changeable, tmp_path, monkeypatch, overwrite):
    run, _ = changeable
    target = tmp_path / "out"
    more = ["--overwrite"] if overwrite else []
    if overwrite:
        assert call(run.path, "--out", target, "--adapter-only").exit_code == 0
    copy = shutil.copytree

    def copy_slowly(*args, **options):
        target.mkdir(exist_ok=True)
        (target / "thesis.txt").write_text("mine")
        return copy(*args, **options)

    monkeypatch.setattr("iacrl.training.export.shutil.copytree", copy_slowly)
    with pytest.raises(UserError, match="has changed while this export ran"):
        call(run.path, "--out", target, "--adapter-only", *more)
    assert (target / "thesis.txt").read_text() == "mine" and (target / "iacrl.json").is_file() == overwrite
    assert not list(tmp_path.glob(".out*"))


@pytest.mark.parametrize("lineage", [None, [], {}])
def test_a_run_that_does_not_say_what_was_trained_is_refused(changeable, tmp_path, lineage):
    run, _ = changeable
    run.update_manifest({"lineage": lineage})
    with pytest.raises(UserError, match="does not say what was trained"):
        call(run.path, "--out", tmp_path / "out", "--adapter-only")


def test_a_folder_without_a_finished_stage_is_refused(tmp_path):
    with pytest.raises(UserError, match="no finished training stage"):
        call(tmp_path, "--out", tmp_path / "out")
