import json
import re

import pytest
import yaml

from iacrl.config.foreign_names import FOREIGN_NAMES, our_name
from iacrl.config.recipes import Config, _settings, config_names, load_config
from iacrl.errors import UserError

HALF = 'import iacrl\n\n\n@iacrl.reward\ndef half(task, verdict):\n    """A half."""\n    return 0.5\n'


@pytest.mark.parametrize("name", config_names())
def test_every_shipped_recipe_loads_and_survives_a_round_trip(name, tmp_path):
    config = load_config(name)
    copy = tmp_path / "copy.yaml"
    copy.write_text(config.to_yaml())
    assert load_config(str(copy)) == config


def test_the_recipes_are_the_promised_ones():
    assert {"tiny-cpu", "qwen2.5-0.5b", "qwen2.5-coder-1.5b", "qwen2.5-coder-7b-8gb"} <= set(config_names())
    config = load_config("qwen2.5-0.5b")
    assert config.model.id == "Qwen/Qwen2.5-0.5B-Instruct"
    assert (config.model.quantization, config.model.compute_dtype) == ("nf4", "bfloat16")
    assert (config.lora.rank, config.lora.alpha, len(config.lora.target_modules)) == (32, 64, 7)
    assert config.sft.optimizer == config.grpo.optimizer == "paged_adamw_8bit"
    assert config.sft.gradient_checkpointing and config.grpo.gradient_checkpointing


def test_overrides_are_read_as_yaml_and_typed():
    config = load_config("tiny-cpu", ["sft.learning_rate=1e-4", "data.domains=[terraform]", "run.name=other"])
    assert config.sft.learning_rate == 1e-4
    assert config.data.domains == ("terraform",)
    assert config.run.name == "other"


def test_all_mistakes_are_reported_at_once_each_with_its_path_and_the_nearest_key():
    with pytest.raises(UserError) as error:
        load_config("tiny-cpu", ["sft.learnin_rate=1", "lora.rank=many", "grpo.temperature=-1", "modle.id=x"])
    message = str(error.value)
    assert "sft.learnin_rate: unknown key. Did you mean 'learning_rate'?" in message
    assert "lora.rank: " in message and "'many'" in message
    assert "grpo.temperature: " in message and "-1" in message
    assert "modle: unknown key. Did you mean 'model'?" in message


@pytest.mark.parametrize(
    ("key", "meant"),
    [("rewards.kubernetes_version", "domains.kubernetes.version"), ("sft.max_difficulty", "data.max_difficulty")],
)
def test_a_key_of_another_section_is_answered_with_its_full_name(key, meant):
    with pytest.raises(UserError, match=f"{key}: unknown key. Did you mean '{meant}'"):
        load_config("tiny-cpu", [f"{key}=1"])


@pytest.mark.parametrize(
    ("key", "ours"),
    [
        ("grpo.num_generations", "grpo.group_size"),
        ("sft.num_train_epochs", "sft.epochs"),
        ("sft.warmup_ratio", "sft.warmup_steps"),
        ("grpo.warmup_ratio", "grpo.warmup_steps"),
        ("lora.lora_alpha", "lora.alpha"),
    ],
)
def test_names_of_other_libraries_are_answered_with_ours(key, ours):
    with pytest.raises(UserError, match=f"{key}: unknown key. It is '{ours}' here."):
        load_config("tiny-cpu", [f"{key}=1"])


def test_every_such_answer_names_a_setting():
    known = set(_settings(Config))
    for key in FOREIGN_NAMES:
        for section in ("sft", "grpo"):
            ours = our_name(key, section)
            assert ours in known or (ours.startswith("grpo.") and ours.replace("grpo.", "sft.") in known), key


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (["grpo.loss_type=cispo"], "greatest importance ratio"),
        (["grpo.loss_type=luspo"], "set importance_level = sequence"),
        (["grpo.importance_level=sequence"], "GSPO is loss_type = grpo"),
        (["grpo.vllm=colocate", "model.quantization=none", "grpo.min_p=0.1"], "must be neutral"),
        (["sft.lr_schedule=constant", "sft.min_learning_rate=1e-5"], "never falls"),
        (["grpo.keep_best=true"], "set eval_every"),
        (["sft.patience=3"], "set eval_every"),
        (["sft.learning_rate=1e-5", "sft.min_learning_rate=1e-4"], "is not below"),
        (["sft.eval_every=true"], "eval_every: expected a number, found true"),  # pydantic alone takes it for 1
        (["eval.temperature=no"], "temperature: expected a number, found false"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(overrides, told):
    with pytest.raises(UserError, match=told):
        load_config("tiny-cpu", overrides)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("model: [\n", "not YAML"),
        ("- a\n- b\n", "expected sections"),
        ("", "expected sections"),
        ("model: {id: x}\n", "grpo: required"),
        ("model: 3\ngrpo: {}\nrun: {name: a}\n", "model: "),
        ("model: {id: x}\ngrpo: {batch_size: 7}\nrun: {name: a}\n", "does not divide"),
        ("model: {id: x}\nmodel: {id: y}\n", "bad.yaml:2:1: not YAML: `model` is on line 1 already"),
        (
            "model: {id: x}\ndata: {domains: [tf]}\ngrpo: {}\nrun: {name: a}\n",
            "bad.yaml:\n  data.domains.0: Unknown domain 'tf'. Domains: terraform, kubernetes, ",
        ),
        ("model: {id: x}\ngrpo: {vllm: colocate}\nrun: {name: a}\n", "bad.yaml:\n  grpo.vllm = colocate"),
        ("model: {id: x}\ngrpo: {iterations: 3}\nrun: {name: a}\n", "not a multiple of iterations"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(tmp_path, content, expected):
    path = tmp_path / "bad.yaml"
    path.write_text(content)
    with pytest.raises(UserError, match=r"bad\.yaml") as error:
        load_config(str(path))
    assert expected in str(error.value)


def test_a_missing_config_is_named_with_the_nearest():
    with pytest.raises(UserError, match="Did you mean 'tiny-cpu'"):
        load_config("tiny-cpuu")
    with pytest.raises(UserError, match="no such file"):
        load_config("nowhere/at-all.yaml")


@pytest.mark.parametrize("override", ["sft", "sft.=1", "=1", "run.name.x=1", "sft.steps=[1"])
def test_a_malformed_override_is_refused(override):
    with pytest.raises(UserError, match="Override"):
        load_config("tiny-cpu", [override])


def test_every_training_setting_is_in_the_resolved_config():
    resolved = yaml.safe_load(load_config("tiny-cpu").to_yaml())
    for section in ("sft", "grpo"):
        assert set(resolved[section]) == set(Config.model_fields[section].annotation.model_fields)
    for name in ("beta", "loss_type", "scale_rewards", "epsilon_high", "mask_truncated", "steps_per_generation"):
        assert name in resolved["grpo"]


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A folder with a recipe, and another one to work in; both hold a task file, a reward and a model of one name."""
    for name in ("recipes", "work"):
        (tmp_path / name / "models" / "mine").mkdir(parents=True)
        (tmp_path / name / "tasks.jsonl").touch()
        (tmp_path / name / "half.py").write_text(HALF)
    (tmp_path / "recipes" / "mine.yaml").write_text(
        "model: {id: models/mine}\n"
        "data: {train: tasks.jsonl, validation: ./tasks.jsonl, test: nowhere.jsonl}\n"
        "rewards: {weights: {half.py: 1, intent: 1}, gates: {./half.py: layer syntax, intent: ./half.py >= 0.5}}\n"
        "grpo: {}\nrun: {name: a}\n"
    )
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


def test_a_folder_of_the_name_of_a_shipped_recipe_does_not_hide_it(places):
    (places / "work" / "tiny-cpu").mkdir()
    assert load_config("tiny-cpu").run.name == "tiny-cpu"


def test_paths_in_a_recipe_are_relative_to_it(places):
    config, folder = load_config("../recipes/mine.yaml"), places / "recipes"
    assert config.model.id == str(folder / "models" / "mine")
    assert config.data.train == config.data.validation == str(folder / "tasks.jsonl")
    assert config.data.test == str(folder / "nowhere.jsonl")
    assert config.rewards.weights == {str(folder / "half.py"): 1, "intent": 1}
    assert config.rewards.gates == {str(folder / "half.py"): "layer syntax", "intent": f"{folder / 'half.py'} >= 0.5"}
    assert config.rubric().gates["intent"] == "half >= 0.5"


@pytest.mark.parametrize("dot", ["", "./"])
def test_paths_in_overrides_are_relative_to_the_working_directory(places, dot):
    overrides = [
        f"model.id={dot}models/mine",
        f"data={{train: {dot}tasks.jsonl}}",
        f"data.test={dot}tasks.jsonl",
        f"rewards={{weights: {{{dot}half.py: 1}}}}",
    ]
    config, folder = load_config("../recipes/mine.yaml", overrides), places / "work"
    assert config.model.id == str(folder / "models" / "mine")
    assert config.data.train == config.data.test == str(folder / "tasks.jsonl")
    assert config.data.validation == "shipped"
    assert config.rewards.weights == {str(folder / "half.py"): 1}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Qwen/Qwen2.5-0.5B", "Qwen/Qwen2.5-0.5B"),
        ("gpt2", "gpt2"),
        ("./nowhere", "{work}/nowhere"),
        ("a/b/nowhere", "{work}/a/b/nowhere"),
        ("~/nowhere", "{home}/nowhere"),
    ],
)
def test_a_model_stays_a_hub_id_where_it_can_be_one(places, monkeypatch, given, expected):
    monkeypatch.setenv("HOME", str(places / "home"))
    found = load_config("../recipes/mine.yaml", [f"model.id={given}"]).model.id
    assert found == expected.format(work=places / "work", home=places / "home")


def test_a_resolved_recipe_with_paths_reads_back_unchanged_anywhere(places, monkeypatch):
    config = load_config("../recipes/mine.yaml", ["model.id=Qwen/Qwen2.5-0.5B"])
    (places / "config.yaml").write_text(config.to_yaml())
    monkeypatch.chdir(places)
    assert load_config("config.yaml") == config


def test_a_reward_that_is_missing_or_named_twice_is_refused(places):
    with pytest.raises(UserError, match=rf"there is no file {places}/work/third\.py\."):
        load_config("../recipes/mine.yaml", ["rewards.weights={third.py: 1}"])
    with pytest.raises(UserError, match=r"work/half\.py twice"):
        load_config("../recipes/mine.yaml", ["rewards.weights={half.py: 1, ./half.py: 2}"])


def test_a_missing_task_file_is_named_by_the_absolute_path_tried(run_cli, places):
    (places / "work" / "a.tf").touch()
    recipe = ("--config", "../recipes/mine.yaml", "data.train=no.jsonl")
    done = run_cli("score", "a.tf", "--task", "x", *recipe)
    assert done.status == 2 and f"{places}/work/no.jsonl: there is no such file" in done.err


def test_the_command_shows_lists_and_copies(run_cli, tmp_path):
    assert "tiny-cpu" in run_cli("config", "list").out
    shown = yaml.safe_load(run_cli("config", "show", "tiny-cpu", "grpo.steps=9").out)
    assert shown["grpo"]["steps"] == 9 and {"guards", "gates", "probe"} <= set(shown)
    assert json.loads(run_cli("config", "show", "tiny-cpu", "grpo.steps=9", "--format", "json").out) == shown
    target = tmp_path / "mine.yaml"
    assert run_cli("config", "copy", "tiny-cpu", target).status == 0
    again = run_cli("config", "copy", "tiny-cpu", target)
    assert again.status == 2 and "exists already" in again.err
    copied = run_cli("config", "copy", target, tmp_path / "second.yaml")
    assert copied.status == 2 and "only shipped recipes are copied" in copied.err
    assert not (tmp_path / "second.yaml").exists()


@pytest.mark.parametrize("name", config_names())
def test_a_copied_recipe_means_the_same(run_cli, tmp_path, name):
    assert run_cli("config", "copy", name, tmp_path / "mine.yaml").status == 0
    assert load_config(str(tmp_path / "mine.yaml")) == load_config(name)


def test_a_dry_run_refuses_the_rewards_that_a_run_would_refuse(run_cli):
    for command in ("sft", "eval"):
        done = run_cli(command, "--config", "tiny-cpu", "rewards.weights.nope=1", "--dry-run")
        assert done.status == 2 and "Unknown reward 'nope'" in done.err and not done.out


def test_dry_run_prints_the_resolved_config_and_nothing_else(run_cli):
    done = run_cli("sft", "--config", "tiny-cpu", "sft.steps=3", "--dry-run")
    assert done.status == 0
    assert Config.model_validate(yaml.safe_load(done.out)) == load_config("tiny-cpu", ["sft.steps=3"])


def test_the_options_of_the_domains_are_resolved():
    from iacrl.domains.kubernetes.schema.api_schemas import DEFAULT_VERSION
    from iacrl.domains.terraform.terraform_version import VERSION

    assert load_config("tiny-cpu").domains["kubernetes"] == {
        "version": DEFAULT_VERSION, "assets": "", "context": "",
    }  # fmt: skip
    assert load_config("tiny-cpu", ["data.domains=[terraform]"]).domains == {
        "terraform": {"dialect": "terraform", "version": VERSION},
    }  # fmt: skip


@pytest.mark.parametrize("written", ["1.30", "'1.30'", "1.31"])
def test_a_version_needs_no_quotes(written):
    found = load_config("tiny-cpu", [f"domains.kubernetes.version={written}"]).domains
    assert found["kubernetes"]["version"] == written.strip("'")


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("domains.kubernetes.version=1.99", "option version does not take '1.99'"),
        ("domains.kubernetes.verson=1.31", "no option 'verson'. Did you mean 'version'?"),
        ("domains.kubernets.version=1.31", "Unknown domain 'kubernets'. Did you mean 'kubernetes'?"),
        ("domains.kubernets.x=1", "domains.kubernets: Unknown domain"),
        ("domains.kubernetes.x=1", "Domain kubernetes has no option 'x'"),
        ("data.domains=[terrafrom]", "Unknown domain 'terrafrom'. Did you mean 'terraform'?"),
    ],
)
def test_a_wrong_domain_or_option_is_told(override, told):
    with pytest.raises(UserError, match=re.escape(told)):
        load_config("tiny-cpu", [override])


def test_merge_keys_of_yaml_may_repeat_what_they_merge(tmp_path):
    path = tmp_path / "merged.yaml"
    path.write_text("model: {id: x}\nsft: &stage {log_every: 2}\ngrpo: {<<: *stage, log_every: 3}\nrun: {name: a}\n")
    assert load_config(str(path)).grpo.log_every == 3
