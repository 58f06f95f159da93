"""Both stages end to end on a model with random weights: what is written, resume after a kill, lineage."""

import json
import signal
from dataclasses import replace

import pytest
import yaml
from safetensors.torch import load_file
from stage_runs import FORKS, adapter, exit_status, fork, iacrl_command, rows, run, same

from iacrl.config.recipes import config_names, load_config
from iacrl.errors import UserError
from iacrl.runs.splits import read_split
from iacrl.training import validation


@pytest.mark.parametrize("name", config_names())
def test_every_recipe_trains_two_steps_of_both_stages(name, small):
    sft = run("sft", small, name)
    grpo = run("grpo", small, name)
    before, after = sft.read_manifest(), grpo.read_manifest()
    assert before["adapter_digest"] != before["adapter_digest_before"]
    assert after["adapter_digest_before"] == before["adapter_digest"], "GRPO must start from exactly the SFT adapter"
    assert after["adapter_digest"] != after["adapter_digest_before"]
    assert after["parent"]["adapter_digest"] == before["adapter_digest"]
    assert not same(adapter(sft), adapter(grpo))


def test_a_run_directory_holds_what_is_promised(small, sft_run):
    sft, grpo = sft_run, run("grpo", small)
    manifest = grpo.read_manifest()
    assert manifest["status"] == "complete"
    assert manifest["seed"] == 0 and manifest["versions"]["trl"] and manifest["hardware"]["cores"]
    assert set(manifest["lineage"]) == {
        "base_model",
        "base_digest",
        "quantization",
        "tokenizer",
        "prompt",
        "extractor",
        "tasks",
    }
    assert [row["step"] for row in rows(sft.path / "metrics.jsonl")] == [1, 2]
    assert [row["step"] for row in rows(grpo.path / "metrics.jsonl")] == [1, 2]
    samples = rows(grpo.samples)
    assert len(samples) == 2 * 2 * 2
    for line in rows(grpo.path / "metrics.jsonl"):
        parts = [line[f"time/{part}"] for part in ("generation", "scoring", "update", "measuring", "rest")]
        assert min(parts) >= 0 and sum(parts) == pytest.approx(line["time/total"])
        assert line["generation/tokens_per_s"] > 0
    assert {"step", "task", "prompt", "completion", "verdict", "score"} <= set(samples[0])
    resolved = yaml.safe_load((grpo.path / "config.yaml").read_text())
    assert resolved["grpo"]["loss_type"] == "dapo"


def test_what_is_rarely_set_trains_both_stages(small, tmp_path):
    """One run for all of them: each setting reaches the trainer, and GRPO goes on from the adapter as it was."""
    weights = tmp_path / "weights.jsonl"
    tasks = read_split(load_config("tiny-cpu", small), "train").tasks
    kept = {task.id for task in tasks[::2]}
    weights.write_text(
        "".join(json.dumps({"task": task.id, "weight": float(task.id in kept)}) + "\n" for task in tasks)
    )
    overrides = [
        *small,
        f"data.weights={weights}",
        *("lora.rslora=true", "lora.dora=true", "lora.init=loftq", "lora.target_modules=all-linear"),
        "lora.modules_to_save=[embed_tokens]",
        *("sft.steps=4", "sft.warmup_steps=0.5", "sft.min_learning_rate=1e-5", "sft.neftune_alpha=5"),
        *("grpo.loss_type=cispo", "grpo.epsilon_high=5", "grpo.entropy_bonus=0.01", "grpo.min_p=0.05"),
        "grpo.repetition_penalty=1.1",
    ]
    sft, grpo = run("sft", overrides), run("grpo", overrides)
    saved = json.loads((grpo.adapter / "adapter_config.json").read_text())
    assert saved["use_rslora"] and saved["use_dora"]
    assert any("embed_tokens" in name for name in adapter(sft)) and not same(adapter(sft), adapter(grpo))
    assert grpo.read_manifest()["adapter_digest_before"] == sft.read_manifest()["adapter_digest"]
    data = [one.read_manifest()["data"] for one in (sft, grpo)]
    assert data[0]["weights"] == data[1]["weights"] is not None and set(data[0]["gold"]) <= kept
    assert {row["task"] for row in rows(grpo.path / "samples.jsonl")} <= kept
    rates = [row["learning_rate"] for row in rows(sft.path / "metrics.jsonl")]
    full = load_config("tiny-cpu", overrides).sft.learning_rate
    assert rates == pytest.approx([full / 2, full, full, 1e-5 + (full - 1e-5) / 2])
    assert "policy_loss" in rows(grpo.path / "metrics.jsonl")[0]  # TRL tells it where there is an entropy bonus
    with pytest.raises(UserError, match=r"lora.dora: the parent has True, this run False"):
        run("grpo", [*overrides, "lora.dora=false", "run.name=other"], parent=sft.path)


def test_validation_keeps_the_best_adapter_stops_early_and_changes_nothing_else(small, monkeypatch):
    kept = {}
    save = validation.save_trained

    def noting(model, tokenizer, target):
        save(model, tokenizer, target)
        kept[target.name] = load_file(target / "adapter_model.safetensors")

    monkeypatch.setattr(validation, "save_trained", noting)
    scores = iter([0.2, 0.5, 0.5, 0.4])
    measure = validation.Validation._measure
    monkeypatch.setattr(
        validation.Validation, "_measure", lambda self, step: replace(measure(self, step), score=next(scores))
    )
    overrides = [*small, "sft.steps=6", "sft.eval_every=1", "sft.eval_rows=2", "sft.keep_best=true", "sft.patience=2"]
    measured, plain = run("sft", overrides), run("sft", [*small, "sft.steps=6", "run.name=plain"])
    found = rows(measured.path / "validation.jsonl")
    assert [row["step"] for row in found] == [1, 2, 3, 4] and all(row["loss"] > 0 for row in found)
    assert measured.read_manifest()["validation"] == {"best": found[1], "last": found[3]}
    assert list(kept) == ["best-1", "best-2"] and same(adapter(measured), kept["best-2"])
    assert not list(measured.path.glob("best-*"))
    losses = [[row["loss"] for row in rows(one.path / "metrics.jsonl")] for one in (measured, plain)]
    assert losses[0] == losses[1][:4], "measuring must not change what is trained"


def test_a_complete_run_is_lengthened_as_if_it_had_been_so_long(small):
    overrides = [*small, "sft.lr_schedule=constant", "sft.warmup_steps=0"]
    run("sft", [*overrides, "sft.steps=3"])
    with pytest.raises(UserError, match=r"complete. To train it longer, give it more than its 3 steps"):
        run("sft", [*overrides, "sft.steps=3"], resume=True)
    with pytest.raises(UserError, match=r"These settings differ: sft.learning_rate"):
        run("sft", [*overrides, "sft.steps=5", "sft.learning_rate=1e-3"], resume=True)
    longer = run("sft", [*overrides, "sft.steps=5"], resume=True)
    whole = run("sft", [*overrides, "sft.steps=5", "run.name=whole"])
    assert same(adapter(longer), adapter(whole))
    assert [row["step"] for row in rows(longer.path / "metrics.jsonl")] == [1, 2, 3, 4, 5]
    manifest = longer.read_manifest()
    assert manifest["status"] == "complete"
    assert (manifest["resumed"][0]["step"], manifest["resumed"][0]["changed"]) == (3, {"sft.steps": 5})


def test_a_run_that_ended_at_a_rate_of_0_goes_on_at_that_of_the_longer_one(small):
    overrides = [*small, "sft.lr_schedule=linear"]
    run("sft", [*overrides, "sft.steps=2"])
    longer = run("sft", [*overrides, "sft.steps=4"], resume=True)
    norms = [row["adapter_norm"] for row in rows(longer.path / "metrics.jsonl")]
    assert norms[2] != norms[1], "the first new step trained nothing"


def kill_at(step, stage, overrides, number, told):
    """Send a signal to a run while it trains this step; return its exit status and what it told."""
    child = fork(iacrl_command(stage, overrides, die_at=step, number=number), told)
    return exit_status(child), told.read_text()


@FORKS
@pytest.mark.parametrize(
    ("stage", "extra"),
    [
        # Five steps make an epoch, and the checkpoint lies inside the second.
        ("sft", ["data.sft_rows=20", "sft.steps=9", "sft.save_every=6"]),
        ("grpo", ["grpo.steps=8", "grpo.save_every=4", "grpo.beta=0.05", "grpo.steps_per_generation=2"]),
    ],
)
def test_a_killed_run_resumes_to_the_same_bits(stage, extra, small, chats, tmp_path, request):
    overrides = [*small, *extra, f"data.replay={chats}", "guards.general.every=3"]
    elsewhere = [*overrides, f"run.dir={tmp_path / 'whole'}"]
    parent = {"parent": request.getfixturevalue("sft_run").path} if stage == "grpo" else {}
    status, told = kill_at(8 if stage == "sft" else 6, stage, overrides, signal.SIGKILL, tmp_path / "told")
    assert status == -signal.SIGKILL, told
    killed = load_config("tiny-cpu", overrides).run.dir / "small" / stage
    for name in ("metrics.jsonl", *(["samples.jsonl"] if stage == "grpo" else [])):
        with (killed / name).open("ab") as log:
            log.write('{"step": 4, "completion": "naï'.encode()[:-1])  # as a kill inside a write leaves it
    resumed = run(stage, overrides, resume=True)
    (again,) = resumed.read_manifest()["resumed"]
    assert again["step"] == (6 if stage == "sft" else 4)
    whole = run(stage, elsewhere, **parent)
    assert same(adapter(resumed), adapter(whole))
    assert resumed.read_manifest()["adapter_digest"] == whole.read_manifest()["adapter_digest"]
    figures = ("step", "loss", "replay/loss", "general/loss")
    told, others = (
        [[row.get(name) for name in figures] for row in rows(one.path / "metrics.jsonl")] for one in (resumed, whole)
    )
    assert told == others and [row[3] is not None for row in told[:5]] == [True, False, False, True, False]


@FORKS
def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(small, tmp_path, interruptible):
    overrides = [*small, "sft.steps=9", "sft.save_every=4"]
    status, told = kill_at(6, "sft", overrides, signal.SIGINT, tmp_path / "told")
    assert status == 130
    assert "--resume" in told and "checkpoint-" in told and "Traceback" not in told
    found = load_config("tiny-cpu", overrides).run.dir / "small" / "sft"
    assert json.loads((found / "manifest.json").read_text())["status"] == "interrupted"


def test_eval_measures_every_stage_and_says_the_gain(small, sft_run, run_cli):
    run("grpo", small)
    done = run_cli("eval", "--config", "tiny-cpu", *small)
    assert done.status == 0
    for word in ("base", "sft", "grpo", "greedy", "sampled", "terraform", "kubernetes", "grpo over sft"):
        assert word in done.out
    path = load_config("tiny-cpu", small).run.dir / "small" / "eval"
    figures = json.loads((path / "eval.json").read_text())
    assert len(figures["results"]) == 3 * 2 + 4
    assert len(rows(path / "samples.jsonl")) == 3 * 2 * 8


class TestBadInput:
    def refused(self, run_cli, *args):
        done = run_cli(*args)
        assert done.status == 2, done
        assert "Traceback" not in done.err
        return done.err

    def test_cuda_on_a_machine_without_it(self, run_cli, tmp_path):
        import torch

        if torch.cuda.is_available():
            pytest.skip("this machine has CUDA")
        told = self.refused(run_cli, "sft", "--config", "qwen2.5-0.5b", f"run.dir={tmp_path}")
        assert "CUDA" in told and "tiny-cpu" in told
        assert not list(tmp_path.iterdir())

    def test_a_model_that_is_not_there(self, run_cli, small, tmp_path):
        told = self.refused(run_cli, "sft", "--config", "tiny-cpu", *small, "model.id=./no/such/model")
        assert "no such directory" in told
        told = self.refused(run_cli, "sft", "--config", "tiny-cpu", *small, "model.id=nobody/no-such-model")
        assert "nobody/no-such-model" in told and "cache" in told
        assert not (tmp_path / "runs").exists()

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            ("", "no task"),
            ('{"instruction": "a", "output": "b"}\n{"instruction": \n', ":2: not JSON"),
            ('{"instruction": "a"}\n', "'output'"),
            ('{"instruction": 3, "output": "b"}\n', "'instruction'"),
        ],
    )
    def test_a_task_file_that_is_empty_or_malformed(self, run_cli, small, tmp_path, content, expected):
        file = tmp_path / "tasks.jsonl"
        file.write_text(content)
        told = self.refused(run_cli, "sft", "--config", "tiny-cpu", *small, f"data.train={file}")
        assert str(file) in told and expected in told
        assert not (tmp_path / "runs").exists()

    def test_grpo_without_an_sft_run(self, run_cli, small):
        assert "iacrl sft" in self.refused(run_cli, "grpo", "--config", "tiny-cpu", *small)

    def test_a_run_is_not_overwritten_silently(self, run_cli, small, sft_run):
        digest = sft_run.read_manifest()["adapter_digest"]
        told = self.refused(run_cli, "sft", "--config", "tiny-cpu", *small)
        assert "--overwrite" in told and "run.name" in told
        assert sft_run.read_manifest()["adapter_digest"] == digest
        assert "complete" in self.refused(run_cli, "sft", "--config", "tiny-cpu", *small, "--resume")

    def test_nothing_to_resume(self, run_cli, small):
        assert "Nothing to resume" in self.refused(run_cli, "sft", "--config", "tiny-cpu", *small, "--resume")

    def test_a_link_is_not_replaced(self, run_cli, small, tmp_path):
        folder = tmp_path / "runs" / "small" / "sft"
        folder.parent.mkdir(parents=True)
        folder.symlink_to(tmp_path)
        assert "is a link" in self.refused(run_cli, "sft", "--config", "tiny-cpu", *small, "--overwrite")

    def test_overwrite_leaves_a_directory_that_is_no_run_alone(self, run_cli, small, tmp_path):
        precious = tmp_path / "runs" / "small" / "sft" / "thesis.txt"
        precious.parent.mkdir(parents=True)
        precious.write_text("years of work")
        told = self.refused(run_cli, "sft", "--config", "tiny-cpu", *small, "--overwrite")
        assert "not a run of iacrl" in told
        assert precious.read_text() == "years of work"

    def test_a_parent_made_with_another_base_prompt_or_split(self, run_cli, small, sft_run):
        manifest = sft_run.read_manifest()
        for key, words in (
            ("base_digest", "base model"),
            ("prompt", "prompt"),
            ("tasks", "task split"),
            ("extractor", "extractor"),
        ):
            sft_run.update_manifest({"lineage": {**manifest["lineage"], key: "another"}})
            told = self.refused(run_cli, "grpo", "--config", "tiny-cpu", *small)
            assert words in told and "another" in told
        assert not (sft_run.path.parent / "grpo").exists()

    def test_a_parent_whose_adapter_was_exchanged(self, run_cli, small, sft_run):
        sft_run.update_manifest({"adapter_digest": "another"})
        assert "digest differs" in self.refused(run_cli, "grpo", "--config", "tiny-cpu", *small)

    def test_a_logger_that_is_not_installed(self, run_cli, small, monkeypatch):
        monkeypatch.setattr("iacrl.runs.set_up.find_spec", lambda name: None)
        told = self.refused(run_cli, "sft", "--config", "tiny-cpu", *small, "run.report_to=[wandb]")
        assert "pip install wandb" in told

    def test_an_unknown_reward(self, run_cli, small, sft_run):
        told = self.refused(run_cli, "grpo", "--config", "tiny-cpu", *small, "rewards.weights={intnet: 1}")
        assert "Did you mean 'intent'" in told

    def test_a_full_disk(self, small, tmp_path, monkeypatch):
        import errno

        from iacrl.errors import UserError
        from iacrl.training import stage

        def full(*args, **kwargs):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(stage.PeftModel, "save_pretrained", full)
        with pytest.raises(UserError, match="the disk is full"):
            run("sft", small)
        assert not (tmp_path / "runs" / "small" / "sft" / "adapter").exists()

    def test_a_stage_that_trains_nothing_is_told(self, small, sft_run, tmp_path):
        from iacrl.errors import UserError

        constant = tmp_path / "constant.py"
        constant.write_text(
            'import iacrl\n\n\n@iacrl.reward\ndef constant(task, verdict):\n    """One."""\n    return 1.0\n'
        )
        with pytest.raises(UserError, match="did not change"):
            run("grpo", [*small, f'rewards.weights={{"{constant}": 1.0}}'])
