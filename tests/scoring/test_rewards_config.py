"""The section `rewards` of a recipe."""

import pytest

import iacrl
from iacrl.config.recipes import find_config, load_config
from iacrl.scoring.rubric import DEFAULT_GATES, DEFAULT_WEIGHTS, build_rubric

HALF = 'import iacrl\n\n\n@iacrl.reward\ndef half(task, verdict):\n    """A half."""\n    return 0.5\n'


@pytest.fixture
def recipe(tmp_path, monkeypatch):
    """Write a recipe with this section beside a reward of its own, and work somewhere else."""
    folder = tmp_path / "recipes"
    (folder / "rewards").mkdir(parents=True)
    (folder / "rewards" / "half.py").write_text(HALF)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)

    def write(section):
        text = find_config("tiny-cpu").read_text(encoding="utf-8")
        (folder / "mine.yaml").write_text(f"{text}\n{section}")
        return str(folder / "mine.yaml")

    return write


def test_the_default_is_the_default_rubric():
    section = load_config("tiny-cpu").rewards
    assert section.weights == DEFAULT_WEIGHTS
    assert section.gates == {name: gate for name, gate in DEFAULT_GATES.items() if name in DEFAULT_WEIGHTS}


def test_a_file_is_relative_to_the_recipe(recipe, tmp_path):
    section = load_config(
        recipe("rewards:\n  weights: {intent: 1, rewards/half.py: 1}\n  gates: {rewards/half.py: intent}\n")
    ).rewards
    path = str(tmp_path / "recipes" / "rewards" / "half.py")
    assert section.weights == {"intent": 1.0, path: 1.0}
    assert section.gates == {"intent": "layer references", path: "intent"}
    assert build_rubric(section.weights, section.gates).gates == {"intent": "layer references", path: "intent >= 1"}


def test_a_gate_may_be_named_by_the_reward(recipe):
    path = recipe("rewards:\n  weights: {syntax: 1, rewards/half.py: 1}\n  gates: {half: syntax}\n")
    section = load_config(path).rewards
    assert list(build_rubric(section.weights, section.gates).gates.values()) == [None, "syntax >= 1"]


def test_a_gate_of_ones_own_leaves_the_usual_ones_in_place(recipe, tmp_path):
    weights = "weights: {format: 1, style: 1, rewards/half.py: 1}"
    section = load_config(recipe(f"rewards:\n  {weights}\n  gates: {{rewards/half.py: style, style: null}}\n")).rewards
    half = str(tmp_path / "recipes" / "rewards" / "half.py")
    assert section.gates == {"format": "layer intent", half: "style", "style": None}
    built = build_rubric(section.weights, section.gates)
    assert built.gates == {"format": "layer intent", "style": None, half: "style >= 1"}


def test_a_file_named_on_the_command_line_is_here(recipe, tmp_path):
    (tmp_path / "elsewhere" / "near.py").write_text(HALF)
    section = load_config(recipe(""), ["rewards.weights={near.py: 1.0}"]).rewards
    assert section.weights == {str(tmp_path / "elsewhere" / "near.py"): 1.0}
    assert section.gates == {}


def test_the_resolved_section_is_read_back_as_it_is(recipe, tmp_path):
    config = load_config(recipe("rewards:\n  weights: {intent: 1, security: 0.5, rewards/half.py: 1}\n"))
    again = tmp_path / "again.yaml"
    again.write_text(config.to_yaml())
    assert load_config(str(again)).rewards == config.rewards
    assert config.rewards.gates == {"intent": "layer references", "security": "layer intent"}


def test_a_resolved_section_may_be_given_other_weights(tmp_path):
    resolved = tmp_path / "config.yaml"
    resolved.write_text(load_config("tiny-cpu").to_yaml())
    section = load_config(str(resolved), ["rewards.weights={syntax: 1, style: 1}"]).rewards
    assert build_rubric(section.weights, section.gates).gates == {"syntax": None, "style": "layer intent"}


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("weights: {rewards/hlaf.py: 1}", "no file /.*/recipes/rewards/hlaf.py"),
        ("weights: {intent: -1}", r"rewards\.weights\.intent"),
        ("weights: {}", r"rewards\.weights"),
        ("gates: {intent: layer shema}", r"gates\.intent: .*Did you mean 'schema'"),
        ("weihgts: {intent: 1}", "Did you mean 'weights'"),
    ],
)
def test_mistakes_are_told_before_anything_runs(recipe, section, words):
    with pytest.raises(iacrl.UserError, match=words):
        load_config(recipe(f"rewards:\n  {section}\n"))
