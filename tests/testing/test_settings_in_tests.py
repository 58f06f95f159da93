"""`pytest --iacrl` and `assert_valid` of a path read the settings that `iacrl validate` reads."""

import pytest

from iacrl.testing import assert_valid

pytest_plugins = ["pytester"]

BAD_TF = 'resource "aws_s3_bucket" "a" {\n  bukcet = "x"\n}\n'


@pytest.fixture
def repository(tmp_path):
    for name, text in {
        ".iacrl.toml": 'exclude = ["gen"]\n[per-file-ignores]\n"old/**" = ["TF304"]\n',
        "gen/main.tf": BAD_TF,
        "old/main.tf": BAD_TF,
        "marked/main.tf": f"# iacrl: ignore TF304\n{BAD_TF}",
        "bad/main.tf": BAD_TF,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_pytest_reads_the_settings(pytester, repository):
    done = pytester.runpytest_inprocess("--iacrl", "-v", "-p", "no:cacheprovider", str(repository), "-rN")
    done.assert_outcomes(passed=2, failed=1)
    done.stdout.fnmatch_lines(["*bad/main.tf::terraform FAILED*", "*marked/main.tf::terraform PASSED*"])
    done.stdout.no_fnmatch_line("*gen/main.tf*")
    named = pytester.runpytest_inprocess("--iacrl", "-p", "no:cacheprovider", str(repository / "gen" / "main.tf"))
    named.assert_outcomes(failed=1)


def test_pytest_reports_mistakes_in_settings(pytester, repository):
    (repository / ".iacrl.toml").write_text("exlude = []")
    done = pytester.runpytest_inprocess("--iacrl", "-p", "no:cacheprovider", str(repository / "bad"))
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*exlude: there is no such key. Did you mean 'exclude'?*"])


def test_assert_valid_of_a_path_reads_the_settings_and_of_a_text_does_not(repository):
    assert_valid(repository / "old")
    assert_valid(repository / "marked")
    with pytest.raises(AssertionError, match="TF304"):
        assert_valid(repository)
    with pytest.raises(AssertionError, match="TF304"):
        assert_valid(f"# iacrl: ignore-file TF304\n{BAD_TF}", "terraform")
