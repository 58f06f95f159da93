"""Files of settings: which one decides, what it may hold, and that its JSON Schema takes and refuses the same."""

import json
import tomllib
from pathlib import Path

import jsonschema_rs
import pytest

from iacrl.domains import all_domains
from iacrl.errors import UserError
from iacrl.sources.settings import Given, Settings
from iacrl.sources.settings_file import SettingsFinder, read_settings
from iacrl.sources.settings_keys import Mistakes
from iacrl.sources.settings_schema import json_schema


@pytest.fixture(scope="module")
def schema():
    return jsonschema_rs.validator_for(json_schema())


GOOD = [
    "",
    'select = ["ALL"]',
    'select = []\nignore = ["TF3", "TF304", "KB", "SEC4", "E3012", "W", "IG002"]',
    '[severity]\nTF304 = "warning"\nSEC = "error"',
    'exclude = ["a", "b/**", "[z-a]"]',
    '[per-file-ignores]\n"a/**" = ["TF3"]\nb = []',
    "strict = true\nsecurity = false\nschemas = []",
    'fail-on = ["error", "warning", "unchecked"]',
    'baseline = "known.json"',
    '[kubernetes]\nversion = "1.33"\n[terraform]\n',
    'cloudformation.region = "eu-west-1"',
]
#: A text, and the key and words of each mistake in it.
BAD = [
    ('slect = ["TF3"]', [("slect", "there is no such key. Did you mean 'select'? Keys: select, ")]),
    ('select = "TF3"', [("select", "is a string; expected an array")]),
    ("select = [1, true]", [("select[0]", "is an integer"), ("select[1]", "is a boolean")]),
    ('ignore = ["TF3O4"]', [("ignore[0]", "no rule has the code 'TF3O4', and none begins with it. Did you mean")]),
    ('ignore = [""]', [("ignore[0]", "no rule has the code ''")]),
    ('ignore = ["T"]', [("ignore[0]", "no rule has the code 'T'")]),
    ('ignore = ["E30123"]', [("ignore[0]", "no rule has the code 'E30123'")]),
    ('[severity]\nTF304 = "eror"', [("severity.TF304", "is 'eror'. Did you mean 'error'? Choices: error, warning")]),
    ('[severity]\nTX = "error"', [("severity.TX", "no rule has the code 'TX'")]),
    ('severity = "error"', [("severity", "is a string; expected a table")]),
    ('exclude = ["", 1]', [("exclude[0]", "is empty"), ("exclude[1]", "is an integer; expected a pattern")]),
    ('[per-file-ignores]\n"a" = "TF3"', [("per-file-ignores.a", "is a string; expected an array")]),
    ('[per-file-ignores]\n"" = ["TF3"]', [("per-file-ignores.", "is empty")]),
    ("schemas = ['', 3]", [("schemas[0]", "is empty; expected a folder"), ("schemas[1]", "is an integer")]),
    ("strict = 1", [("strict", "is an integer; expected true or false")]),
    ("fail-on = ['warnings']", [("fail-on[0]", "is 'warnings'. Did you mean 'warning'?")]),
    ("fail-on = 'warning'", [("fail-on", "is a string; expected an array")]),
    ("baseline = ''", [("baseline", "is empty; expected a file")]),
    ("baseline = 2020-01-01", [("baseline", "is date; expected a file")]),
    ("security = 1.5", [("security", "is a float")]),
    ("[kubernetes]\nversion = '1.1'", [("kubernetes.version", "is '1.1'."), ]),
    ("[kubernetes]\nversion = 1.33", [("kubernetes.version", "is a float; expected a string")]),
    ("[kubernetes]\nvesion = '1.33'", [("kubernetes.vesion", "Did you mean 'version'? Keys: version")]),
    ("[kubernetes]\ncontext = 'prod'", [("kubernetes.context", "there is no such key.")]),
    ("kubernetes = '1.33'", [("kubernetes", "is a string; expected a table")]),
    ("[nginx]\na = 1", [("nginx", "there is no such key.")]),
    ("a = 1\nb = 2\nstrict = 'x'", [("a", "no such key"), ("b", "no such key"), ("strict", "is a string")]),
]  # fmt: skip


def plain(value):
    """Return TOML's values as JSON has them."""
    return json.loads(json.dumps(value, default=lambda other: {"date": str(other)}))


@pytest.mark.parametrize("text", GOOD)
def test_good_settings_are_taken_by_both(tmp_path, schema, text):
    (tmp_path / ".iacrl.toml").write_text(text)
    mistakes = Mistakes("here")
    assert read_settings(tmp_path / ".iacrl.toml", mistakes) is not None
    assert mistakes.found == []
    assert schema.is_valid(plain(tomllib.loads(text)))


@pytest.mark.parametrize(("text", "expected"), BAD)
def test_bad_settings_are_refused_by_both_and_every_mistake_is_named(tmp_path, schema, text, expected):
    (tmp_path / ".iacrl.toml").write_text(text)
    mistakes = Mistakes("here")
    read_settings(tmp_path / ".iacrl.toml", mistakes)
    assert len(mistakes.found) == len(expected)
    for found, (key, words) in zip(mistakes.found, expected, strict=True):
        assert found.startswith(f"here: {key}: ") and words in found
    assert not schema.is_valid(plain(tomllib.loads(text)))


@pytest.mark.parametrize(
    "text", ["schemas = ['..']", "schemas = ['/']", "schemas = ['link']", "baseline = '../b.json'"]
)
def test_a_file_that_the_user_did_not_name_names_nothing_outside_of_its_folder(tmp_path, text):
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    (folder / ".iacrl.toml").write_text(text)
    mistakes = Mistakes("here")
    read_settings(folder / ".iacrl.toml", mistakes)
    assert ["is not in the folder of this file" in found for found in mistakes.found] == [True]
    mistakes = Mistakes("here")
    read_settings(folder / ".iacrl.toml", mistakes, required=True)
    assert mistakes.found == []


@pytest.mark.parametrize(("name", "table"), [(".iacrl.toml", ""), ("pyproject.toml", "[tool.iacrl]\n")])
def test_a_link_out_of_its_folder_that_the_user_did_not_name_is_not_followed(tmp_path, name, table):
    """Its mistakes would show another file, and a baseline next to that file would be written."""
    folder = tmp_path / "repository"
    folder.mkdir()
    (tmp_path / "mine.toml").write_text(f"{table}secret = 1\nbaseline = 'b.json'\n")
    (folder / name).symlink_to("../mine.toml")
    mistakes = Mistakes("here")
    found = read_settings(folder / name, mistakes)
    assert mistakes.found == ["here: a link: leads out of its folder; name the file that it leads to with --config."]
    assert found is not None and found.baseline is None
    (folder / "inner.toml").write_text(f"{table}baseline = 'b.json'\n")
    (folder / name).unlink()
    (folder / name).symlink_to("inner.toml")
    within = Mistakes("here")
    found = read_settings(folder / name, within)
    assert found is not None and found.baseline == folder / "b.json" and not within.found


@pytest.mark.parametrize("text", [f"strict = {'1' * 5000}", f"strict = {'[' * 5000}", "strict = 2020-99-99"])
def test_what_the_reader_of_toml_cannot_take_is_a_mistake(tmp_path, text):
    (tmp_path / ".iacrl.toml").write_text(text)
    mistakes = Mistakes("here")
    read_settings(tmp_path / ".iacrl.toml", mistakes)
    assert len(mistakes.found) == 1


def test_every_option_of_a_domain_is_a_key_but_those_that_name_programs():
    properties = json_schema()["properties"]
    for domain in all_domains():
        read = {option.name for option in domain.options if not option.of_engine}
        assert set(properties[domain.name]["properties"]) == read


def of(path, given=None):
    finder = SettingsFinder(given or Given())
    found = finder.of(path)
    finder.refuse_mistakes()
    return found


def test_the_nearest_file_decides_alone(tmp_path):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool.iacrl]\nstrict = true\nsecurity = true\n")
    assert of(inner / "main.tf").source == tmp_path / "pyproject.toml"
    (inner / "pyproject.toml").write_text('[project]\nname = "iacrl-user"\n')
    assert of(inner).strict, "a project without the table is passed over"
    (tmp_path / "a" / ".iacrl.toml").write_text("security = true\n")
    assert (of(inner).strict, of(inner).security) == (False, True)
    (tmp_path / ".iacrl.toml").write_text("")
    assert of(tmp_path) == Settings(tmp_path / ".iacrl.toml", of(tmp_path).choices, exclude=of(tmp_path).exclude)
    assert of(inner, Given(isolated=True)) == Settings()
    assert of(inner, Given(config=tmp_path / "pyproject.toml")).strict


def test_a_link_to_a_folder_has_the_settings_of_where_it_leads(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / ".iacrl.toml").write_text("strict = true\nexclude = ['gen.yaml']")
    (tmp_path / "link").symlink_to("real")
    finder = SettingsFinder(Given())
    assert finder.of(tmp_path / "link" / "x.yaml").strict
    assert finder.excludes(tmp_path / "link" / "gen.yaml")
    (tmp_path / "real" / "other.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    assert finder.of(tmp_path / "real" / "other.yaml").strict


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"strict = true\xff", "byte 13: not UTF-8"),
        (b"strict = ", "not TOML: "),
        (b"strict = true\nstrict = true", "not TOML: "),
        (b"a = " + b"[" * 3000, "not TOML: "),
    ],
)
def test_a_file_that_cannot_be_read_is_one_message(tmp_path, content, words):
    (tmp_path / ".iacrl.toml").write_bytes(content)
    with pytest.raises(UserError, match=words):
        of(tmp_path)


def test_ends_of_lines_and_a_byte_order_mark_do_not_matter(tmp_path):
    (tmp_path / ".iacrl.toml").write_bytes(b"\xef\xbb\xbfstrict = true\r\nignore = ['TF3']\r\n")
    assert of(tmp_path).strict


def test_mistakes_of_several_files_are_told_at_once(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / ".iacrl.toml").write_text(f"{name}x = 1")
    finder = SettingsFinder(Given())
    for name in ("a", "b"):
        finder.of(tmp_path / name)
    with pytest.raises(UserError) as refused:
        finder.refuse_mistakes()
    assert [line.split(": ")[1] for line in str(refused.value).splitlines()] == ["ax", "bx"]


def test_a_project_file_must_have_the_table_where_it_is_named(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    with pytest.raises(UserError, match=r"tool\.iacrl: there is no such table"):
        of(tmp_path, Given(config=tmp_path / "pyproject.toml"))
    (tmp_path / "pyproject.toml").write_text("[tool]\niacrl = 3\n")
    with pytest.raises(UserError, match=r"tool\.iacrl: is an integer; expected a table"):
        of(tmp_path)


def choices(tmp_path, text):
    (tmp_path / ".iacrl.toml").write_text(text)
    return of(tmp_path)


def test_the_longest_entry_decides_and_in_a_tie_ignore_does(tmp_path):
    settings = choices(tmp_path, 'select = ["TF3", "TF412"]\nignore = ["TF30", "TF4", "TF3"]')
    reported = {code: settings.reports(code, tmp_path / "x") for code in ("TF304", "TF312", "TF412", "TF401", "KB417")}
    assert reported == {"TF304": False, "TF312": False, "TF412": True, "TF401": False, "KB417": False}


def test_the_command_line_decides_over_the_file(tmp_path):
    settings = choices(tmp_path, 'ignore = ["TF304"]\nfail-on = ["warning"]\n[kubernetes]\nversion = "1.33"\n')
    given = Given(
        settings=Settings(
            choices=(type(settings.choices[0])(("TF",), ()),),
            fail_on=frozenset({"error"}),
            options={"kubernetes": {"version": "1.34"}, "terraform": {"dialect": "tofu"}},
        )
    )
    both = of(tmp_path, given)
    assert both.reports("TF304", tmp_path) and not both.reports("KB417", tmp_path)
    assert both.fail_on == {"error"}
    assert both.options == {"kubernetes": {"version": "1.34"}, "terraform": {"dialect": "tofu"}}


def test_severity_by_the_longest_beginning(tmp_path):
    settings = choices(tmp_path, '[severity]\nSEC4 = "error"\nSEC401 = "warning"\nALL = "warning"')
    assert [settings.severity_of(code, "error") for code in ("SEC402", "SEC401", "TF304")] == [
        "error", "warning", "warning",
    ]  # fmt: skip
    assert Settings(severity={"TF": "warning"}).severity_of("KB417", "error") == "error"


def test_the_installed_schema_and_the_page_are_up_to_date(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "scripts")
    import settings_table

    assert settings_table.SCHEMA_FILE.read_text() == settings_table.schema()
    assert settings_table.PAGE.read_text() == settings_table.page()


def test_known_codes_are_looked_up_without_reading_catalogues(monkeypatch):
    from iacrl.sources import code_names

    monkeypatch.setattr(code_names, "_all_selectors", lambda: pytest.fail("reads every catalogue"))
    assert all(map(code_names.is_selector, ("TF304", "TF", "KB417", "SEC4", "E3012", "W1", "CF101", "IG002", "ALL")))
