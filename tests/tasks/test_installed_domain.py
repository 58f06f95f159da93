"""A domain that an installed package declares, with its families and its task files."""

import sys

import pytest

from iacrl.domains import registry
from iacrl.errors import UserError
from iacrl.tasks import Task, family, load_tasks, write_tasks
from iacrl.tasks.data_card import render_card
from iacrl.tasks.family import all_families, find_family
from iacrl.tasks.importing import import_tasks
from iacrl.tasks.mutants import mutations

DOMAIN = """
from pathlib import Path

from iacrl.domains import Category, Domain, Verdict

DOMAIN = Domain(
    name="ini",
    languages=("ini",),
    validate=lambda text, options: Verdict("ini"),
    suffixes=(".ini",),
    categories=(Category("variable"),),
    families="acme_ini.families",
    tasks=Path(__file__).parent / "tasks",
)
"""
FAMILY = '''"""A key."""

from iacrl.tasks.family import Item, family
from iacrl.tasks.wording import ask


@family("ini", levels={1: "a value"})
def ini_key(draw, level):
    value = draw.name()
    wanted = {"must_exist": [{"is": "variable", "with": {"key": value}}]}
    return Item(ask("a key", ("value", value)), f"[main]\\nkey = {value}\\n", wanted)
'''


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The folder of the installed package."""
    folder = tmp_path / "acme_ini"
    (folder / "families").mkdir(parents=True)
    (folder / "tasks").mkdir()
    for name, text in {"__init__": DOMAIN, "families/__init__": "", "families/ini_key": FAMILY}.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    all_families()  # registers the shipped ones, once and for all tests
    monkeypatch.setattr(registry, "_entry_points", lambda: {"ini": "acme_ini:DOMAIN"})
    monkeypatch.setattr(family, "_FAMILIES", dict(family._FAMILIES))
    caches = (registry.domain_names, registry._find, all_families)
    for cache in caches:
        cache.cache_clear()
    yield folder
    for cache in caches:
        cache.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] == "acme_ini"]:
        del sys.modules[name]


def test_its_families_are_found_beside_the_shipped_ones(package):
    made = find_family("ini_key").task(1, 0)
    assert (made.domain, made.output.splitlines()[0]) == ("ini", "[main]")
    wordings = {find_family("ini_key").task(1, index).instruction for index in range(60)}
    assert any("Ini" in wording for wording in wordings), "the language is called by the domain's title"
    assert "aws_sqs_queue" in all_families()
    assert "requests for Ini configurations" in render_card({"ini-test": [made]})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import nothing_of_this_name\n", "'ini': its families, acme_ini.families, fail to load: ModuleNotFoundError"),
        (FAMILY.replace("ini_key", "aws_sqs_queue"), r"families\.terraform\.aws\.aws_sqs_queue has that name already"),
    ],
)
def test_broken_families_are_named_with_their_domain(package, text, message):
    (package / "families" / "broken.py").write_text(text)
    with pytest.raises(UserError, match=message):
        all_families()


def test_its_tasks_are_those_of_its_folder(package):
    with pytest.raises(UserError, match=r"'ini' brings no test tasks\. Name a file .* data\.test=FILE"):
        load_tasks("ini", split="test")
    tasks = [Task("Write a key.", "", "[main]\nkey = a\n", "ini", id="one", split="test")]
    write_tasks(package / "tasks" / "ini-test.jsonl", tasks)
    assert load_tasks("ini", split="test") == tasks


def test_its_files_are_imported(package, tmp_path):
    (tmp_path / "found").mkdir()
    (tmp_path / "found" / "a.ini").write_text("[main]\n")
    (kept,), refused = import_tasks(str(tmp_path / "found"), "ini")
    assert (kept.instruction, refused) == ("Write the Ini file `a.ini`.", [])


def test_without_mutations_of_its_own_words_and_paragraphs_are_changed(package):
    task = Task("Set key to worker, and other to 7.", "", "[main]\nkey = worker\n\n[second]\nother = 7\n", "ini")
    made = dict(mutations(task))
    assert made["worker changed"] == "[main]\nkey = workex\n\n[second]\nother = 7\n"
    assert made["7 dropped"] == "[main]\nkey = worker\n\n[second]\n"
    assert made["block 1 dropped"] == "[second]\nother = 7\n"
    assert "unrelated addition" not in made
