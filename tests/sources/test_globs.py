import pytest

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
