"""Finding rewards: shipped ones, files, and installed packages."""

import importlib
import sys

import pytest

import iacrl
from iacrl.scoring.registry import find_reward, reward_names, shipped_names
from iacrl.scoring.rubric import build_rubric

HALF = '@iacrl.reward\ndef half(task, verdict):\n    """Always a half."""\n    return 0.5\n'
TASK = iacrl.load_tasks("terraform", split="test")[0]


def write(path, body):
    path.write_text("import iacrl\n\n\n" + body)
    return str(path)


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a package of one module offline, as a wheel's installer would: its files and its metadata."""
    site = tmp_path / "site-packages"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def run(package, body, entry_points, version="1.2"):
        (site / package).mkdir()
        write(site / package / "__init__.py", body)
        info = site / f"{package}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text("[iacrl.rewards]\n" + entry_points)
        importlib.invalidate_caches()

    yield run
    for name in list(sys.modules):
        if name.startswith("acme_"):
            del sys.modules[name]


class TestNames:
    def test_the_shipped_rewards_are_known(self):
        assert set(shipped_names()) == {
            "brevity", "complete", "format", "intent", "references", "schema", "security", "style", "syntax",
        }  # fmt: skip

    def test_an_unknown_name_gives_the_nearest(self):
        with pytest.raises(iacrl.UserError, match="Did you mean 'intent'"):
            find_reward("intnet")
        with pytest.raises(iacrl.UserError, match=r"ending in \.py"):
            find_reward("zzz")


class TestFiles:
    def test_a_file_that_hangs_is_given_up(self, tmp_path, monkeypatch):
        monkeypatch.setattr("iacrl.scoring.loading._LOAD_S", 0.2)
        path = write(
            tmp_path / "slow.py", f"import time\ntry:\n    time.sleep(86400)\nexcept Exception:\n    pass\n{HALF}"
        )
        with pytest.raises(iacrl.UserError, match=r"takes more than 0.2 s \(.*slow.py:6\)"):
            find_reward(path)

    @pytest.mark.parametrize(
        ("value", "number"),
        [
            ("numpy.float32(0.5)", 0.5), ("numpy.int64(1)", 1.0), ("numpy.bool_(True)", 1.0), ("True", 1.0),
            ("numpy.array(0.5)", 0.5), ("Fraction(1, 2)", 0.5), ("0", 0.0),
        ],
    )  # fmt: skip
    def test_a_number_of_any_type_is_a_value(self, value, number, tmp_path):
        body = HALF.replace("0.5", value)
        found = find_reward(write(tmp_path / "typed.py", f"import numpy\nfrom fractions import Fraction\n{body}"))
        assert found(TASK, None) == number and type(found(TASK, None)) is float

    @pytest.mark.parametrize(
        "value",
        [
            "numpy.float32('nan')", "numpy.str_('1')", "b'1'", "1j", "[1]", "10**5000",
            "type('Raises', (), {'ndim': 0, '__float__': lambda self: 1 / 0})()",
        ],
    )  # fmt: skip
    def test_what_is_no_number_in_range_is_refused(self, value, tmp_path):
        found = find_reward(write(tmp_path / "typed.py", f"import numpy\n{HALF.replace('0.5', value)}"))
        with pytest.raises(iacrl.UserError, match="must return a number in") as refused:
            found(TASK, None)
        assert len(str(refused.value)) < 200

    def test_a_reward_is_named_by_its_file(self, tmp_path):
        path = write(tmp_path / "anything.py", HALF)
        found = find_reward(path)
        assert (found.name, found.origin, found.description) == ("half", path, "Always a half.")

    def test_two_files_of_one_name_are_two_rewards(self, tmp_path):
        (tmp_path / "b").mkdir()
        one = write(tmp_path / "same.py", HALF)
        other = write(tmp_path / "b" / "same.py", HALF.replace("half", "other").replace("0.5", "1.0"))
        score = build_rubric({one: 1.0, other: 1.0}).score("", TASK)
        assert score.parts == {"half": 0.5, "other": 1.0}

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("1 / 0\n", r"ZeroDivisionError: division by zero \(.*broken\.py:4\)"),
            ("def f(:\n", r"SyntaxError: .*\(.*broken\.py:4\)"),
            ("import sys\nsys.exit(0)\n", r"SystemExit: 0 \(.*broken\.py:5\)"),
            ("import os\nos._exit(0)\n", r"ends the process with os._exit \(.*broken\.py:5\)"),
            ("raise GeneratorExit\n", r"GeneratorExit:  \(.*broken\.py:4\)"),
            ("class Own(BaseException): pass\nraise Own(1)\n", r"Own: 1 \(.*broken\.py:5\)"),
            ("raise type('X' * 9000, (Exception,), {})\n", r"X{300}… \(9000 characters\):"),
            ("raise SyntaxError('x' * 9000)\n", r"x{300}… \(9000 characters\)"),
            (HALF.replace("task, verdict", "task"), r"must take \(task, verdict\).*broken\.py:4"),
            ("import no_such_module\n", r"ModuleNotFoundError: .*no_such_module.*broken\.py:4"),
            ("x = 1\n", "found 0"),
            (HALF + HALF.replace("half", "other"), "found 2"),
            ("@iacrl.reward\ndef bare(task, verdict):\n    return 1.0\n", r"docstring.*broken\.py:4"),
        ],
    )
    def test_a_file_that_holds_no_reward_says_why_and_where(self, tmp_path, body, expected):
        with pytest.raises(iacrl.UserError, match=expected) as raised:
            find_reward(write(tmp_path / "broken.py", body))
        assert "broken.py" in str(raised.value)

    def test_what_a_file_prints_is_not_mixed_with_results(self, tmp_path, capsys):
        find_reward(write(tmp_path / "half.py", f"print('hello')\n{HALF}"))
        told = capsys.readouterr()
        assert (told.out, told.err) == ("", "hello\n")

    def test_one_that_ends_the_program_breaks_on_that_text(self, tmp_path):
        body = "import sys\n\n\n" + HALF.replace("return 0.5", "sys.exit(0)")
        found = find_reward(write(tmp_path / "leaver.py", body))
        with pytest.raises(iacrl.UserError, match=r"'half' raised SystemExit: 0 \(.*leaver\.py:10\)"):
            build_rubric({str(tmp_path / "leaver.py"): 1.0}).score(TASK.output, TASK)
        assert found.name == "half"

    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(iacrl.UserError, match="no such file"):
            find_reward(str(tmp_path / "missing.py"))


class TestPackages:
    def test_an_installed_reward_is_found_by_its_entry_point(self, install):
        install("acme_rewards", HALF, "acme_half = acme_rewards:half\n")
        assert "acme_half" in reward_names()
        found = find_reward("acme_half")
        assert (found.name, found.origin) == ("acme_half", "package acme_rewards 1.2")
        score = build_rubric({"acme_half": 1.0, "syntax": 1.0}, {"acme_half": "syntax"}).score(TASK.output, TASK)
        assert score.parts == {"acme_half": 0.5, "syntax": 1.0}

    def test_a_misspelt_one_is_offered(self, install):
        install("acme_rewards", HALF, "acme_half = acme_rewards:half\n")
        with pytest.raises(iacrl.UserError, match="Did you mean 'acme_half'"):
            find_reward("acme_hafl")

    def test_one_that_fails_to_load_says_which_and_where(self, install):
        install("acme_broken", "1 / 0\n", "acme_bad = acme_broken:bad\n")
        expected = r"'acme_bad' of package acme_broken 1\.2 fails to load: ZeroDivisionError: .*__init__\.py:4"
        with pytest.raises(iacrl.UserError, match=expected):
            find_reward("acme_bad")

    def test_one_that_is_no_reward_says_so(self, install):
        install("acme_plain", "def plain(task, verdict):\n    return 1.0\n", "acme_plain = acme_plain:plain\n")
        with pytest.raises(iacrl.UserError, match=r"is function; expected a function under @iacrl\.reward"):
            find_reward("acme_plain")

    def test_one_that_names_nothing_says_so(self, install):
        install("acme_empty", "", "acme_none = acme_empty:missing\n")
        with pytest.raises(iacrl.UserError, match="acme_empty:missing is not there"):
            find_reward("acme_none")

    def test_a_name_that_a_shipped_reward_has(self, install):
        install("acme_rewards", HALF, "intent = acme_rewards:half\n")
        with pytest.raises(iacrl.UserError, match=r"'intent' is declared 2 times: by iacrl itself and by package acme"):
            find_reward("intent")

    def test_a_name_that_two_packages_have(self, install):
        install("acme_one", HALF, "acme_half = acme_one:half\n")
        install("acme_two", HALF, "acme_half = acme_two:half\n")
        with pytest.raises(iacrl.UserError, match=r"package acme_(one|two) 1\.2 and by package acme_(one|two) 1\.2"):
            find_reward("acme_half")

    def test_the_digest_covers_its_version(self, install, tmp_path):
        install("acme_rewards", HALF, "acme_half = acme_rewards:half\n")
        before = build_rubric({"acme_half": 1.0}).digest
        info = tmp_path / "site-packages" / "acme_rewards-1.2.dist-info"
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme_rewards\nVersion: 1.3\n")
        importlib.invalidate_caches()
        assert build_rubric({"acme_half": 1.0}).digest != before
