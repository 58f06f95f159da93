"""YAML from anybody: what is no YAML, or what no person writes, is refused in one message and in no time."""

import pytest

from iacrl.errors import UserError
from iacrl.intent.places import decoded
from iacrl.yaml_text import read_yaml

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join(9 * [f'*a{n - 1}'])}]\n" for n in range(1, 12)
)
HOSTILE = {
    "brackets": "[" * 20_000,
    "braces": "a: " + "{a: " * 20_000,
    "lines": "".join(" " * n + "a:\n" for n in range(200)),
    "aliases": BOMB,
    "itself": "a: &a [1, *a]",
    "digits": "a: " + "1" * 10_000,
    "hexadecimal": "a: 0x" + "f" * 10_000,
    "sixty": "a: 1" + ":59" * 5_000,
    "bool": "a: !!bool x",
    "timestamp": "a: !!timestamp x",
    "date": "a: 2020-99-99",
    "int": "a: !!int ''",
    "float": "a: !!float x",
    "binary": "a: !!binary é",
    "python": "a: !!python/object/apply:os.system [true]",
    "twice": "a: 1\na: 2",
    "documents": "a: 1\n---\na: 2",
    "key": "? [a]\n: 1",
    "control": "a: \x00",
    "half": "a: 'b",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_with_its_place(name):
    with pytest.raises(UserError) as error:
        read_yaml(HOSTILE[name], "recipe.yaml")
    assert str(error.value).startswith("recipe.yaml") and len(str(error.value)) < 300


@pytest.mark.parametrize("name", HOSTILE)
def test_no_recipe_ends_otherwise(run_cli, tmp_path, name):
    path = tmp_path / "recipe.yaml"
    path.write_text(HOSTILE[name], encoding="utf-8")
    done = run_cli("sft", "--dry-run", "--config", path)
    assert done.status == 2 and "recipe.yaml" in done.err
    assert run_cli("sft", "--dry-run", "--config", "tiny-cpu", f"sft.steps={HOSTILE[name]}").status == 2


@pytest.mark.parametrize("name", HOSTILE)
def test_a_value_that_holds_it_is_a_text_like_any_other(name):
    """Values of a completion are looked into where they hold JSON or YAML."""
    decoded(HOSTILE[name])


def test_aliases_that_a_person_writes_are_read():
    assert read_yaml("a: &a {x: 1}\nb: {<<: *a, y: 2}\nc: *a", "recipe") == {
        "a": {"x": 1},
        "b": {"x": 1, "y": 2},
        "c": {"x": 1},
    }


def test_a_number_without_end_is_no_setting(run_cli):
    done = run_cli("sft", "--dry-run", "--config", "tiny-cpu", "sft.learning_rate=.inf")
    assert done.status == 2 and "sft.learning_rate" in done.err
