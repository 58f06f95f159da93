import os

import pytest

from iacrl import patterns
from iacrl.errors import UserError
from iacrl.sources.globs import Globs

MATCHES = [
    ("vendor", "vendor", True),
    ("vendor", "a/vendor", True),
    ("vendor", "a/vendor/main.tf", True),
    ("vendor", "a/vendored/main.tf", False),
    ("vendor/", "a/vendor/main.tf", True),
    ("/vendor", "vendor/main.tf", True),
    ("/vendor", "a/vendor/main.tf", False),
    ("./vendor", "a/vendor/main.tf", False),
    ("a/vendor", "a/vendor/b/main.tf", True),
    ("a/vendor", "b/a/vendor/main.tf", False),
    ("./a/*.tf", "a/main.tf", True),
    ("a/*.tf", "a/b/main.tf", False),
    ("a/**/*.tf", "a/main.tf", True),
    ("a/**/*.tf", "a/b/c/main.tf", True),
    ("a/**", "a/b/c/main.tf", True),
    ("a/**", "ab/main.tf", False),
    ("**/gen.yaml", "gen.yaml", True),
    ("*.y?ml", "x/y.yaml", True),
    ("*.y?ml", "x/y.yml", False),
    ("[ab].tf", "c/a.tf", True),
    ("[!ab].tf", "c/a.tf", False),
    ("[!ab].tf", "c/d.tf", True),
    ("[z-a].tf", "[z-a].tf", True),
    ("a[", "a[", True),
    ("a+b(c).tf", "a+b(c).tf", True),
    ("A.tf", "a.tf", False),
    ("\nb", "a/\nb", True),
    ("[\\d-f]", "e", True),
    ("[]]x", "]x", True),
    ("ü*ß?", "aü/übß1", True),
    ("a *.tf", "a b.tf", True),
    ("*" + "a*" * 60 + "b", "a" * 250, False),  # Python's own matching would not end
    ("**/" * 60 + "b", "a/" * 120 + "c", False),
]


@pytest.mark.parametrize(("pattern", "path", "expected"), MATCHES)
def test_patterns(tmp_path, pattern, path, expected):
    assert Globs(tmp_path, (pattern,)).match(tmp_path / path) is expected


def test_a_pattern_does_not_match_the_folders_above_its_own(tmp_path):
    inner = tmp_path / "vendor" / "inner"
    assert not Globs(inner, ("vendor",)).match(inner / "main.tf")


def test_of_a_path_elsewhere_only_names_match(tmp_path):
    globs = Globs(tmp_path / "a", ("main.tf",))
    assert globs.match(tmp_path / "b" / "main.tf")
    assert not Globs(tmp_path / "a", ("b/main.tf",)).match(tmp_path / "b" / "main.tf")


def test_a_name_that_is_not_utf_8_matches(tmp_path):
    assert Globs(tmp_path, ("a*",)).match(tmp_path / os.fsdecode(b"a\xff.tf"))


def test_patterns_that_take_too_long_are_refused(tmp_path):
    globs = Globs(tmp_path, ("*a" * 2_000 + "b",))
    with pytest.raises(UserError, match="takes too long"):
        globs.match(tmp_path / ("a" * 4_000))


def test_the_searches_of_all_paths_share_their_time(tmp_path, monkeypatch):
    clock = iter(range(1_000_000))
    monkeypatch.setattr(patterns, "thread_time", lambda: next(clock) / 10)
    globs = Globs(tmp_path, ("*a" * 100 + "b",))
    with pytest.raises(UserError, match="takes too long"):
        for number in range(9):
            globs.match(tmp_path / ("a" * 200 + str(number)))


def test_a_pattern_that_is_too_long_is_refused(tmp_path):
    with pytest.raises(UserError, match="is too long"):
        Globs(tmp_path, ("a*" * 200_000,)).match(tmp_path / "a")
