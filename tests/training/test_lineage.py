"""GRPO refuses a parent that is not what it says, with the reason."""

import json
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file
from stage_runs import rows, run

from iacrl.config.recipes import load_config
from iacrl.errors import UserError
from iacrl.runs.directory import RunDirectory
from iacrl.runs.splits import read_split
from iacrl.training.lineage import Lineage, gold_seen
from iacrl.training.resuming import check_same_data
from iacrl.training.rows import grpo_tasks

SHIPPED = Path(__file__).parents[2] / "datasets"


@pytest.fixture(scope="module")
def trained(tiny_model, tmp_path_factory):
    """The path of an SFT run, shared by the tests; each works on a copy."""
    where = tmp_path_factory.mktemp("lineage")
    run("sft", [*overrides_of(tiny_model, where)])
    return where


def overrides_of(model, where):
    return [
        f"model.id={model}",
        f"run.dir={where}",
        "run.name=small",
        "data.sft_rows=4",
        "sft.steps=1",
        "sft.warmup_steps=0",
        "sft.batch_size=2",
        "gates.action=skip",
        "probe.every=null",
    ]


@pytest.fixture
def parent(trained, tiny_model, tmp_path):
    import shutil

    shutil.copytree(trained / "small", tmp_path / "small")
    return tmp_path / "small" / "sft", overrides_of(tiny_model, tmp_path)


def refused(parent, *extra):
    path, overrides = parent
    with pytest.raises(UserError) as error:
        run("grpo", [*overrides, *extra])
    assert not (path.parent / "grpo").exists()
    return str(error.value)


def change(file, **entries):
    file.write_text(json.dumps(json.loads(file.read_text()) | entries))


def test_a_weight_that_was_changed(parent):
    file = parent[0] / "adapter" / "adapter_model.safetensors"
    tensors = load_file(file)
    name = sorted(tensors)[0]
    tensors[name][0, 0] += 1e-3
    save_file(tensors, file)
    assert "digest differs" in refused(parent)


def test_a_scale_that_was_changed(parent):
    change(parent[0] / "adapter" / "adapter_config.json", lora_alpha=64)
    assert "digest differs" in refused(parent)


def test_a_file_that_was_cut_off(parent):
    file = parent[0] / "adapter" / "adapter_model.safetensors"
    file.write_bytes(file.read_bytes()[:1000])
    assert "cannot be read" in refused(parent)


def test_an_adapter_that_imports_a_module(parent):
    change(parent[0] / "adapter" / "adapter_config.json", megatron_config={"a": 1}, megatron_core="antigravity")
    assert "megatron_co" in refused(parent)


def test_an_adapter_that_is_missing(parent):
    (parent[0] / "adapter" / "adapter_config.json").unlink()
    assert "holds no adapter" in refused(parent)


def test_a_manifest_that_is_missing_or_cut_off(parent):
    file = parent[0] / "manifest.json"
    whole = file.read_text()
    file.write_text(whole[: len(whole) // 2])
    assert "not JSON" in refused(parent)
    file.unlink()
    assert "no manifest.json" in refused(parent)


@pytest.mark.parametrize("key", ["lineage", "adapter_digest"])
def test_a_manifest_that_lacks_an_entry(parent, key):
    change(parent[0] / "manifest.json", **{key: None})
    told = refused(parent)
    assert "is damaged" in told and key in told


def test_a_run_that_is_not_finished(parent):
    change(parent[0] / "manifest.json", status="stopped")
    told = refused(parent)
    assert "'stopped'" in told and "iacrl sft" in told


def test_what_else_lies_beside_checkpoints(parent):
    for name in ("checkpoint-abc", "checkpoint-²", "checkpoint-" + "9" * 200):
        (parent[0] / "checkpoints" / name).mkdir(parents=True)
    change(parent[0] / "manifest.json", status="stopped")
    assert "It has a checkpoint" in refused(parent) and "not finished" in refused(parent)


def test_a_message_quotes_little_of_a_manifest(parent):
    manifest = json.loads((parent[0] / "manifest.json").read_text())
    tasks = {f"task{number}": "x" for number in range(10_000)}
    change(parent[0] / "manifest.json", lineage={**manifest["lineage"], "tasks": tasks})
    assert "task split" in (told := refused(parent)) and len(told) < 1_000
    change(parent[0] / "manifest.json", status="x" * 100_000)
    assert "is not finished" in (told := refused(parent)) and len(told) < 1_000


def test_another_adapter_shape_than_the_configured_one(parent):
    told = refused(parent, "lora.rank=8", "lora.target_modules=[q_proj]")
    assert "lora.rank: the parent has 16, this run 8" in told and "lora.target_modules" in told


def test_the_same_weights_with_another_tokenizer(parent, tiny_model, tmp_path):
    import shutil

    copy = tmp_path / "model"
    shutil.copytree(tiny_model, copy)
    tokens = json.loads((copy / "tokenizer.json").read_text())
    words = tokens["model"]["vocab"]
    one, other = sorted(words, key=words.get)[300:302]
    words[one], words[other] = words[other], words[one]
    (copy / "tokenizer.json").write_text(json.dumps(tokens))
    told = refused(parent, f"model.id={copy}")
    assert "tokenizer: the parent has" in told and "base model" not in told


def test_the_same_base_under_another_path_is_the_same(parent, tiny_model, tmp_path):
    import shutil

    shutil.copytree(tiny_model, tmp_path / "model")
    path, overrides = parent
    with pytest.raises(UserError, match=r"rewards\.weights|Unknown reward"):
        run("grpo", [*overrides, f"model.id={tmp_path / 'model'}", "rewards.weights={nonsense: 1.0}"])
    small_steps = ["grpo.steps=1", "grpo.prompts_per_step=2", "grpo.group_size=2", "grpo.batch_size=2"]
    # Without the parent's word, the three tasks would be those whose gold it saw.
    tasks = ["data.sft_rows=1", "data.grpo_rows=3", "grpo.max_completion_tokens=4"]
    with pytest.raises(UserError, match="did not change"):  # a random model earns nothing, so nothing is learnt
        run(
            "grpo", [*overrides, *tasks, f"model.id={tmp_path / 'model'}", *small_steps, "grpo.max_completion_tokens=4"]
        )
    seen = set(RunDirectory(path).read_manifest()["data"]["gold"])
    asked = {row["task"] for row in rows(path.parent / "grpo" / "samples.jsonl")}
    assert len(seen) == 4 and len(asked) == 2 and not asked & seen
    assert set(RunDirectory(path.parent / "grpo").read_manifest()["data"]["gold"]) == seen, "for who stands on this"


class TestGold:
    """GRPO never trains on a task whose gold was shown, whatever its own configuration says."""

    @pytest.mark.parametrize("own", ["data.sft_rows=1", "data.max_difficulty=1", "data.sft_rows=null"])
    def test_what_the_parent_saw_is_left_out(self, parent, own):
        path, overrides = parent
        seen = gold_seen(RunDirectory(path), RunDirectory(path).read_manifest())
        config = load_config("tiny-cpu", [*overrides, own])
        train = read_split(config, "train")
        left = {task.id for task in grpo_tasks(config, train, seen)}
        assert len(seen) == 4 and left == {task.id for task in train.tasks if task.intent} - seen

    def test_a_parent_that_does_not_name_them_is_refused(self, tmp_path):
        for data in ({"rows": 4}, 5, ["gold"], "gold", {"gold": [1]}, None):
            with pytest.raises(UserError, match=r"does not say which tasks .* Train that run again"):
                gold_seen(RunDirectory(tmp_path), {"data": data})

    def test_without_data_sft_rows_nothing_is_left(self):
        config = load_config("tiny-cpu", ["data.sft_rows=null"])
        with pytest.raises(UserError, match=r"No training task is left.*data\.sft_rows=N"):
            grpo_tasks(config, read_split(config, "train"))

    @pytest.mark.parametrize(("rows", "told"), [("null", True), ("4", False)])
    def test_sft_on_all_gold_says_at_its_start_that_grpo_cannot_follow(self, rows, told, tiny_model, tmp_path, capsys):
        run("sft", [*overrides_of(tiny_model, tmp_path), f"data.sft_rows={rows}"])
        assert ("keep tasks for it with data.sft_rows=N" in " ".join(capsys.readouterr().err.split())) == told


def test_a_run_goes_on_with_the_tasks_it_was_started_on(tmp_path):
    def with_data(**data):
        lineage = dict.fromkeys(Lineage.__annotations__, "same")
        return {"lineage": lineage, "data": {"prompts": 3, "digest": "one", "replay": None, **data}}

    (tmp_path / "manifest.json").write_text(json.dumps(with_data()))
    check_same_data(RunDirectory(tmp_path), with_data())
    with pytest.raises(UserError, match=r"started on 3 tasks, .* there are now 2"):
        check_same_data(RunDirectory(tmp_path), with_data(prompts=2))
    with pytest.raises(UserError, match="or others"):
        check_same_data(RunDirectory(tmp_path), with_data(digest="other"))


def test_sft_goes_on_with_the_files_it_was_started_on(tiny_model, chats, tmp_path):
    train, weights = tmp_path / "train.jsonl", tmp_path / "weights.jsonl"
    tasks = (SHIPPED / "tiny" / "train.jsonl").read_text().splitlines(keepends=True)[::20]
    train.write_text("".join(tasks))
    weights.write_text("".join(json.dumps({"task": json.loads(row)["id"], "weight": 1}) + "\n" for row in tasks))
    files = [f"data.train={train}", f"data.weights={weights}", f"data.replay={chats}"]
    overrides = [*overrides_of(tiny_model, tmp_path), "sft.lr_schedule=constant", *files]
    run("sft", overrides)
    for file, told in ((train, "task split"), (weights, "other weights"), (chats, r"other rows of data\.replay")):
        whole = file.read_text()
        file.write_text(whole[whole.index("\n") + 1 :])
        with pytest.raises(UserError, match=told):
            run("sft", [*overrides, "sft.steps=2"], resume=True)
        file.write_text(whole)
    assert run("sft", [*overrides, "sft.steps=2"], resume=True).read_manifest()["resumed"]
